from __future__ import annotations

import json
from dataclasses import replace
from math import nan

import pytest

from alcove.errors import StorageError
from alcove.fit.speeds import KernelSpeeds, Speeds, speeds_key
from alcove.hardware.machine import LlamaBuild
from fit.examples import GIB, gpu, machine
from fit.measured import speeds


def test_speeds_survive_being_kept() -> None:
    kept = json.loads(json.dumps(speeds(gpus=1).to_json()))
    assert Speeds.from_json(kept) == speeds(gpus=1)


@pytest.mark.parametrize(
    "damage", [{"cpu": None}, {"cpu": {"dense": 3}}, {"threads": "two"}, {"gpus": 1}]
)
def test_what_is_no_calibration_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises(StorageError, match="Calibrate"):
        Speeds.from_json({**speeds().to_json(), **damage})


@pytest.mark.parametrize("rates", [{}, {"Q4_K": 0.0}, {"Q4_K": -1.0}, {"Q4_K": nan}])
@pytest.mark.parametrize("device", ["cpu", "gpus"])
def test_a_calibration_without_speeds_is_none(rates: dict[str, float], device: str) -> None:
    """Every forecast would end in nothing to go by; such as one that was interrupted."""
    known = speeds(gpus=1)
    one = replace(known.cpu, dense=KernelSpeeds(rates))
    broken = replace(known, **{device: one if device == "cpu" else (one,)})  # type: ignore[arg-type]
    with pytest.raises(StorageError, match="Calibrate"):
        Speeds.from_json(broken.to_json())


def test_the_key_changes_with_the_machine_and_the_build_alone() -> None:
    known = replace(machine(8 * GIB, gpu(GIB)), llama=LlamaBuild("1", ("CPU",)))
    busier = replace(known, memory=machine(2 * GIB).memory, bandwidth=1e9)
    others = [
        replace(known, llama=LlamaBuild("2", ("CPU",))),
        replace(known, gpus=()),
        replace(known, cpu=replace(known.cpu, name="another")),
        replace(known, cpu=replace(known.cpu, logical_cores=16)),
    ]
    assert speeds_key(busier) == speeds_key(known)
    assert len({speeds_key(each) for each in (known, *others)}) == len(others) + 1


def test_a_gpu_that_llama_cpp_cannot_use_does_not_matter() -> None:
    assert speeds_key(machine(GIB, gpu(GIB, backend=None))) == speeds_key(machine(GIB))
