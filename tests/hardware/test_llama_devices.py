from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from alcove.llama import devices as llama


def test_the_processor_is_a_device_with_memory() -> None:
    (cpu,) = [device for device in llama.devices() if device.kind == "cpu"]
    assert (cpu.name, cpu.backend, cpu.identity) == ("CPU", "CPU", None)
    assert cpu.description
    assert 0 < cpu.free_bytes <= cpu.total_bytes


def test_every_device_belongs_to_a_backend() -> None:
    assert {device.backend for device in llama.devices()} <= set(llama.backends())


def test_the_features_are_those_that_llama_cpp_prints() -> None:
    printed = llama.system_info()
    assert llama.cpu_features()
    assert all(f"{feature} = " in printed for feature in llama.cpu_features())


def test_matrix_tiles_are_left_out_and_other_kernels_are_not() -> None:
    code = (
        "from alcove.llama import amx, native; before = amx.ways(); native.start()\n"
        "assert amx.ways() == tuple(name for name in before if not name.startswith('AMX'))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    assert not any(feature.startswith("AMX") for feature in llama.cpu_features())


def test_the_version_is_the_installed_one() -> None:
    assert llama.build_version() == version("llama-cpp-python")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux's list of libraries")
def test_no_second_ggml_is_loaded() -> None:
    code = (
        "from alcove.llama import devices as d; d.devices(), d.backends(), d.cpu_features()\n"
        "lines = open('/proc/self/maps').read().splitlines()\n"
        "print(len({line.split()[-1] for line in lines if 'libggml-base' in line}))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.strip() == b"1"
