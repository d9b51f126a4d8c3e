from __future__ import annotations

from dataclasses import replace

import pytest

from alcove.fit.configuration import Configuration
from alcove.fit.formula import Formula
from alcove.fit.margins import FIRST_MARGINS
from alcove.fit.price import Buffers, DeviceBuffers
from alcove.fit.trial import Room, Trial, try_out
from alcove.hardware.machine import Gpu, GpuKind
from fit.examples import GIB, MIB, gpu, machine, shape


def card(identity: str, free: int, kind: GpuKind = "discrete") -> Gpu:
    return replace(gpu(free, kind), name="Arc", identity=identity)


def buffers(name: str, identity: str | None, weights: int) -> DeviceBuffers:
    """What a dry run says of one card; each has compute buffers, even where no layer lies."""
    return DeviceBuffers(name, "Arc", "gpu", identity, weights, 0, 100 * MIB)


HOST = DeviceBuffers("CPU", "CPU", "cpu", None, GIB, 0, 100 * MIB)


def tried(
    gpus: tuple[Gpu, ...], devices: tuple[DeviceBuffers, ...], *, beside: int = 0, layers: int = 9
) -> Trial:
    room = Room(machine(64 * GIB, *gpus), FIRST_MARGINS)
    asked = Configuration(4096, gpu_layers=layers)
    return try_out(asked, Buffers((*devices, HOST)), 32, room, 0, beside)


@pytest.mark.parametrize(("asked", "found"), [(-1, 9), (-2, 0), (0, 0), (4, 4), (9, 9), (40, 9)])
def test_there_are_no_more_layers_on_gpus_than_the_model_has(asked: int, found: int) -> None:
    assert Configuration(4096, gpu_layers=asked).on_gpus(9) == found


def test_cards_of_one_name_without_addresses_are_two() -> None:
    trial = tried(
        (card("Arc", 4 * GIB), card("Arc #2", 16 * GIB)),
        (buffers("SYCL0", None, GIB), buffers("SYCL1", None, 10 * GIB)),
    )
    assert trial.fits
    assert [share.free_bytes for share in trial.devices[:-1]] == [4 * GIB, 16 * GIB]
    turned = tried(
        (card("Arc", 4 * GIB), card("Arc #2", 16 * GIB)),
        (buffers("SYCL0", None, 10 * GIB), buffers("SYCL1", None, GIB)),
    )
    assert not turned.fits


def test_a_description_that_calls_two_cards_the_same_means_two() -> None:
    """Such as one written by hand, or by an Alcove that did not number them yet."""
    host = machine(64 * GIB, card("Arc", 4 * GIB), card("Arc", 16 * GIB))
    price = Formula(shape(), host).price(Configuration(4096, tensor_split=(0.2, 0.8)))
    trial = try_out(Configuration(4096), price, 32, Room(host, FIRST_MARGINS), 0)
    assert [share.free_bytes for share in trial.devices[:-1]] == [4 * GIB, 16 * GIB]


def test_an_address_finds_its_card_wherever_it_stands() -> None:
    one, two = "0000:01:00.0", "0000:41:00.0"
    trial = tried(
        (card(one, 4 * GIB), card(two.upper(), 16 * GIB)),
        (buffers("CUDA0", two, 10 * GIB), buffers("CUDA1", one, GIB)),
    )
    assert [share.free_bytes for share in trial.devices[:-1]] == [16 * GIB, 4 * GIB]
    assert trial.fits


def test_a_card_that_nobody_knows_has_nothing() -> None:
    trial = tried((card("0000:01:00.0", 16 * GIB),), (buffers("CUDA0", "0000:02:00.0", GIB),))
    assert trial.gpu_room_bytes == -GIB - 100 * MIB


def test_what_goes_beside_a_model_lies_on_the_first_card_with_weights() -> None:
    gpus = card("0000:01:00.0", 8 * GIB), card("0000:02:00.0", 8 * GIB)
    devices = tuple(
        buffers(f"CUDA{number}", each.identity, number * GIB) for number, each in enumerate(gpus)
    )
    trial = tried(gpus, devices, beside=2 * GIB)
    assert [share.beside_bytes for share in trial.devices] == [0, 2 * GIB, 0]
    assert trial.gpu_room_bytes == 8 * GIB - 1 * GIB - 2 * GIB - 100 * MIB - FIRST_MARGINS.gpu_bytes
    in_ram = tried(gpus, devices, beside=2 * GIB, layers=0)
    assert [share.beside_bytes for share in in_ram.devices] == [0, 0, 2 * GIB]
    assert in_ram.host_room_bytes == tried(gpus, devices, layers=0).host_room_bytes - 2 * GIB
