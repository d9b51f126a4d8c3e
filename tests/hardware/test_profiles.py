from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alcove.errors import TargetError
from alcove.hardware import wire
from alcove.hardware.machine import Machine
from alcove.hardware.profiles import load_profile, profile_names
from alcove.resources import resource

GIB = 1024**3
NAMES = [profile.name for profile in profile_names()]


def document(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(resource("machines", f"{name}.json").read_text())
    return content


@pytest.fixture
def machine() -> dict[str, Any]:
    described: dict[str, Any] = document("rtx-4090-24gb")["machine"]
    return described


def test_the_machines_that_people_ask_about_are_there() -> None:
    titles = [profile.title for profile in profile_names()]
    assert len(titles) >= 20
    assert len(set(titles)) == len(titles)
    assert {"laptop-8gb", "macbook-air-m1-8gb", "rtx-3060-12gb", "raspberry-pi-5-8gb"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_machine_is_plausible(name: str) -> None:
    machine = load_profile(name)
    memory = machine.memory
    assert machine.system in ("Windows", "Darwin", "Linux")
    assert 8 * GIB <= memory.total_bytes <= 256 * GIB
    assert GIB <= memory.total_bytes - memory.available_bytes <= 13 * GIB
    assert 2 <= machine.cpu.physical_cores <= 56
    assert machine.bandwidth
    assert 10e9 <= machine.bandwidth <= 300e9
    assert machine.gpus == machine.usable_gpus
    for gpu in machine.gpus:
        assert gpu.backend in ("CUDA", "Vulkan", "Metal")
        assert gpu.total_bytes - gpu.free_bytes <= 13 * GIB
        assert gpu.bandwidth
        assert 60e9 <= gpu.bandwidth <= 3.4e12
        if gpu.kind == "integrated":
            assert gpu.free_bytes <= memory.available_bytes
            assert gpu.total_bytes <= memory.total_bytes
            assert gpu.bandwidth > machine.bandwidth


@pytest.mark.parametrize("name", NAMES)
def test_the_size_that_a_name_states_is_that_of_the_gpu_or_of_the_ram(name: str) -> None:
    machine = load_profile(name)
    sizes = {round(machine.memory.total_bytes / GIB)}
    sizes |= {round(gpu.total_bytes / GIB) for gpu in machine.gpus}
    stated = [int(part.removesuffix("gb")) for part in name.split("-") if part.endswith("gb")]
    assert all(any(0.94 * size <= has <= size for has in sizes) for size in stated)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_machine_survives_the_journey_and_names_its_sources(name: str) -> None:
    machine = load_profile(name)
    assert wire.from_json(json.loads(json.dumps(wire.to_json(machine)))) == machine
    sources = document(name)["source"]
    assert sources
    assert all(source.startswith("https://") for source in sources)


def test_an_identity_belongs_to_one_gpu() -> None:
    gpus = load_profile("server-2x-rtx-4090").gpus
    assert len({gpu.identity for gpu in gpus}) == len(gpus) == 2


def test_any_case_will_do() -> None:
    assert load_profile("RTX-4090-24GB") == load_profile("rtx-4090-24gb")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])  # as shells redirect
@pytest.mark.parametrize("wrapped", [True, False])
def test_a_file_of_the_doctor_or_the_machine_alone(
    tmp_path: Path, machine: dict[str, Any], wrapped: bool, encoding: str
) -> None:
    path = tmp_path / "mine.json"
    content = {"version": "1", "machine": machine, "findings": []} if wrapped else machine
    path.write_text(json.dumps(content), encoding=encoding)
    assert load_profile(str(path)) == replace(wire.from_json(machine), elsewhere=True)


def test_a_file_in_this_folder_needs_no_suffix(
    tmp_path: Path, machine: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine").write_text(json.dumps(machine))
    assert isinstance(load_profile("mine"), Machine)


def test_an_unknown_name_is_answered_with_those_like_it() -> None:
    with pytest.raises(TargetError, match=r"No machine is called rtx-4091\. .*rtx-4090-24gb"):
        load_profile("rtx-4091")
    with pytest.raises(TargetError, match=r"There are arc-b580-12gb, .*alcove doctor --json"):
        load_profile("??????")


def test_a_name_may_be_cut_short() -> None:
    assert load_profile("rtx-4090") == load_profile("rtx-4090-24gb")


@pytest.mark.parametrize("name", ["", "x" * 300, "a\0b"])
def test_names_that_no_file_can_have(name: str) -> None:
    with pytest.raises(TargetError):
        load_profile(name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "it is not JSON"),
        (b"\xff\xfe\xfd", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b" " * 1024**2 + b"{}", "larger than 1 MB"),
        (b"[]", r"machine is \[\]"),
        (b'{"machine": 3}', "machine is 3"),
        (b'{"machine": {}}', "machine.system is missing"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(TargetError, match=f"bad.json does not describe a machine: .*{words}"):
        load_profile(str(path))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"memory": {"total_bytes": 0, "available_bytes": 0}}, "machine.memory.total_bytes is 0"),
        ({"memory": {"total_bytes": 1, "available_bytes": 2}}, "of 1 bytes in machine.memory, 2"),
        ({"cpu": {"name": "", "physical_cores": 0, "logical_cores": 1}}, "physical_cores is 0"),
        ({"bandwidth": -1.0}, "machine.bandwidth is -1.0"),
        ({"bandwidth": float("nan")}, "machine.bandwidth is nan"),
    ],
)
def test_what_cannot_be(
    tmp_path: Path, machine: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(machine | change))
    with pytest.raises(TargetError, match=words):
        load_profile(str(path))


@pytest.mark.parametrize("change", [{"free_bytes": -1}, {"total_bytes": 0}, {"bandwidth": 0.0}])
def test_a_gpu_that_cannot_be(
    tmp_path: Path, machine: dict[str, Any], change: dict[str, Any]
) -> None:
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(machine | {"gpus": [machine["gpus"][0] | change]}))
    with pytest.raises(TargetError, match=r"machine\.gpus"):
        load_profile(str(path))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"mine\.json cannot be read: No such file"):
        load_profile(str(tmp_path / "mine.json"))
    with pytest.raises(TargetError, match="cannot be read: Is a directory"):
        load_profile(str(tmp_path))
