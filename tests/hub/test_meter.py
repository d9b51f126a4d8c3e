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
    meter.note("receiving", "1", 600)
    assert meter.read().seconds_left is None
    for second in range(1, 5):
        clock.now = second
        meter.note("receiving", "1", 600 + 100 * second)
    progress = meter.read()
    assert progress.bytes_per_second == pytest.approx(100)
    assert progress.seconds_left == pytest.approx(10)
    assert (progress.received_bytes, progress.total_bytes) == (1000, 2000)


def test_a_stalled_transfer_has_no_time_left_to_tell() -> None:
    clock = Clock()
    meter = Meter(MODEL, {"1": 0, "2": 0}, clock)
    meter.note("receiving", "1", 0)
    clock.now = 2
    meter.note("receiving", "1", 500)
    assert meter.read().bytes_per_second == pytest.approx(250)
    clock.now = 60
    progress = meter.read()
    assert (progress.bytes_per_second, progress.seconds_left) == (0.0, None)


def test_verifying_counts_as_received_and_not_as_speed() -> None:
    clock = Clock()
    meter = Meter(MODEL, {"1": 0, "2": 0}, clock)
    meter.note("receiving", "1", 0)
    clock.now = 1
    meter.note("verifying", "1", 400)
    progress = meter.read()
    assert (progress.phase, progress.received_bytes, progress.verified_bytes) == (
        "verifying",
        1000,
        400,
    )
    assert progress.bytes_per_second == 0.0
