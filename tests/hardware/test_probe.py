from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from alcove.hardware import probe
from alcove.hardware.adapter import Adapter, SourceError
from alcove.hardware.survey import survey
from alcove.hardware.vendors.sources import Source, sources
from alcove.llama.devices import Device

CARD = Adapter("NVIDIA RTX A2000", "nvidia", "discrete", 12, 11, "0000:01:00.0")
CUDA = Device("CUDA0", "NVIDIA RTX A2000", "gpu", 10, 12, "0000:01:00.0", "CUDA")


def test_each_stage_adds_to_the_machine_and_a_failing_source_costs_one_sentence() -> None:
    def broken() -> NoReturn:
        raise SourceError("The driver is broken.", "Install it again.")

    stages = list(probe.stages(survey(), [Source("A", broken), Source("B", lambda: (CARD,))]))
    assert [stage.bandwidth is not None for stage in stages] == [False, True, True, True]
    assert all(stage.llama is not None for stage in stages)
    last = stages[-1]
    assert last.warnings[-1] == "A: The driver is broken. Install it again."
    assert [gpu.name for gpu in last.gpus if gpu.identity == CARD.address] == [CARD.name]


def test_without_room_for_a_buffer_the_bandwidth_stays_unknown() -> None:
    machine = survey()
    full = replace(machine, memory=replace(machine.memory, available_bytes=0))
    *_rest, last = probe.stages(full, [Source("B", lambda: (CARD,))])
    assert last.bandwidth is None
    assert "speed of the RAM was not measured" in last.warnings[-1]


def test_an_idle_card_comes_with_the_command_for_the_installed_version() -> None:
    *_rest, last = probe.stages(survey(), [Source("B", lambda: (CARD,))])
    card = next(gpu for gpu in last.gpus if gpu.identity == CARD.address)
    assert last.llama is not None
    assert card.remedy is not None
    assert "-DGGML_CUDA=on" in card.remedy
    assert card.remedy.endswith(f"llama-cpp-python=={last.llama.version}")


def test_a_device_of_llama_cpp_is_usable_through_its_backend() -> None:
    adapter = probe.to_adapter(CUDA)
    assert adapter == replace(CARD, free_bytes=10, backend="CUDA")


def test_apples_gpu_shares_the_ram_and_metal_has_its_full_name() -> None:
    adapter = probe.to_adapter(Device("MTL0", "Apple M2", "gpu", 10, 12, None, "MTL"))
    assert (adapter.vendor, adapter.kind, adapter.backend) == ("apple", "integrated", "Metal")


def test_a_device_without_memory_is_not_usable_and_a_new_build_would_not_help() -> None:
    adapter = probe.to_adapter(replace(CUDA, free_bytes=0, total_bytes=0))
    assert (adapter.backend, adapter.vendor) == (None, None)


@pytest.mark.parametrize("system", ["Linux", "Windows", "Darwin", "FreeBSD"])
def test_every_system_has_its_sources(system: str, tmp_path: Path) -> None:
    names = {source.name for source in sources(system, tmp_path)}
    assert ("NVML" in names) == (system in ("Linux", "Windows"))
