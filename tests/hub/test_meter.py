from __future__ import annotations

import pytest

from alcove.hub.meter import Meter
from alcove.hub.remote import RemoteFile, RemoteModel

MODEL = RemoteModel(
    "a/b", "c", (RemoteFile("1", 1000, None), RemoteFile("2", 1000, None)), "Q4_0", None
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_speed_is_of_the_last_seconds_and_of_this_run() -> None:
    clock = Clock()
    meter = Meter(MODEL, {"1": 600, "2": 0}, clock)
    assert meter.read().received_bytes == 600
    meter.received("1", 600)
    assert meter.read().bytes_per_second == 0.0
    for second in range(1, 5):
        clock.now = second
        meter.received("1", 600 + 100 * second)
    progress = meter.read()
    assert progress.bytes_per_second == pytest.approx(100)
    assert (progress.received_bytes, meter.total_bytes) == (1000, 2000)
    assert meter.fetched_bytes == 400


def test_the_speed_of_a_stalled_transfer_falls_to_nothing() -> None:
    clock = Clock()
    meter = Meter(MODEL, {"1": 0, "2": 0}, clock)
    clock.now = 2
    meter.received("1", 500)
    assert meter.read().bytes_per_second == pytest.approx(250)
    for second in range(3, 9):
        clock.now = second
        progress = meter.read()
    assert progress.bytes_per_second == 0.0


def test_what_is_verified_is_neither_received_nor_speed() -> None:
    clock = Clock()
    meter = Meter(MODEL, {"1": 1000, "2": 0}, clock)
    clock.now = 1
    meter.verified("1", 400)
    progress = meter.read()
    assert (progress.received_bytes, progress.verified_bytes) == (1000, 400)
    assert progress.bytes_per_second == 0.0
