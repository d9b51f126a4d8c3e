from __future__ import annotations

import json

import pytest

from alcove.hardware import wire
from alcove.hardware.machine import Cpu, Gpu, LlamaBuild, Machine, Memory

FULL = Machine(
    system="Linux",
    memory=Memory(32, 16),
    cpu=Cpu("Processor", 8, 16, ("AVX2", "FMA")),
    gpus=(
        Gpu("RTX", "discrete", 24, 20, "CUDA", "0000:01:00.0"),
        Gpu("UHD", "integrated", 16, 8, None, "0000:00:02.0", "pip install"),
    ),
    llama=LlamaBuild("0.3.36", ("CUDA", "CPU"), "info"),
    bandwidth=4.1e10,
    warnings=("A sentence.",),
)
BARE = Machine("Darwin", Memory(8, 4), Cpu("", 1, 1), (), None)


@pytest.mark.parametrize("machine", [FULL, BARE])
def test_a_machine_survives_the_journey(machine: Machine) -> None:
    assert wire.from_json(json.loads(json.dumps(wire.to_json(machine)))) == machine


def test_what_has_a_default_may_be_left_out() -> None:
    document = wire.to_json(BARE)
    del document["warnings"], document["bandwidth"], document["cpu"]["features"]
    assert wire.from_json(document) == BARE


def test_a_round_number_is_a_bandwidth_too() -> None:
    assert wire.from_json(wire.to_json(BARE) | {"bandwidth": 40}).bandwidth == 40.0


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"system": None}, "machine.system"),
        ({"memory": {"total_bytes": 8}}, "machine.memory.available_bytes is missing"),
        ({"memory": {"total_bytes": True, "available_bytes": 1}}, "machine.memory.total_bytes"),
        ({"gpus": "none"}, "machine.gpus"),
        ({"gpus": [{"name": "x", "kind": "huge"}]}, "machine.gpus.kind"),
        ({"warnings": [1]}, "machine.warnings"),
    ],
)
def test_rubbish_is_refused_with_its_place(change: dict[str, object], place: str) -> None:
    with pytest.raises(ValueError, match=place):
        wire.from_json(wire.to_json(BARE) | change)


@pytest.mark.parametrize("document", [None, [], "machine", 3])
def test_only_an_object_is_a_machine(document: object) -> None:
    with pytest.raises(ValueError, match="machine"):
        wire.from_json(document)
