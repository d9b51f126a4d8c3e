from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest

from alcove.hardware import detect, read_memory, wire
from alcove.hardware.machine import Cpu, LlamaBuild, Machine, Memory

SENT = Machine("Linux", Memory(8, 4), Cpu("Sent", 1, 1), (), LlamaBuild("1", ("CPU",)), 2e10)


def child(body: str) -> list[str]:
    """Return the command of a child that runs ``body`` after it has read the request."""
    start = "import json, os, sys, time\nassert json.loads(sys.stdin.readline()) == {}\n"
    return [sys.executable, "-c", start + body]


def say(machine: Machine) -> str:
    return f"print({json.dumps(wire.to_json(machine))!r}, flush=True)\n"


def test_this_machine() -> None:
    machine = detect(timeout_s=60.0)
    assert not any("could not be" in warning for warning in machine.warnings)
    assert machine.memory.total_bytes == read_memory().total_bytes
    assert machine.memory.total_bytes <= psutil.virtual_memory().total
    assert 0 < machine.memory.available_bytes <= machine.memory.total_bytes
    assert 1 <= machine.cpu.physical_cores <= machine.cpu.logical_cores
    assert machine.cpu.features
    assert machine.llama is not None
    assert machine.llama.version == version("llama-cpp-python")
    assert "CPU" in machine.llama.backends
    assert machine.bandwidth is None or machine.bandwidth > 0


def test_the_caller_never_loads_llama_cpp_or_a_gpu_library() -> None:
    code = (
        "import sys; from alcove import hardware; hardware.detect(60.0); "
        "sys.exit(any(name in sys.modules for name in ('llama_cpp', 'pynvml')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_child_that_hangs_is_ended_in_time() -> None:
    machine = detect(1.0, command=child("time.sleep(600)"))
    assert machine.llama is None
    assert machine.memory.total_bytes == read_memory().total_bytes
    assert machine.cpu.logical_cores >= 1
    assert "What llama.cpp can use" in machine.warnings[-1]
    assert "1 seconds" in machine.warnings[-1]


def test_what_a_child_said_before_it_hung_is_kept() -> None:
    first = replace(SENT, bandwidth=None)
    machine = detect(10.0, command=child(say(first) + say(SENT) + "time.sleep(600)"))
    assert (machine.cpu, machine.llama, machine.bandwidth) == (SENT.cpu, SENT.llama, 2e10)
    assert machine.memory.total_bytes == read_memory().total_bytes
    assert "GPUs that llama.cpp cannot use" in machine.warnings[-1]


@pytest.mark.parametrize(
    ("stages", "named"), [(1, "The speed of the RAM"), (2, "GPUs that llama.cpp cannot use")]
)
def test_the_stage_that_failed_is_named_though_a_bandwidth_may_be_unknown(
    stages: int, named: str
) -> None:
    sent = say(replace(SENT, bandwidth=None)) * stages
    machine = detect(60.0, command=child(sent + "os.abort()"))
    assert machine.warnings[-1].startswith(f"{named} could not be found out")


def test_a_child_that_closes_its_output_and_stays_is_ended() -> None:
    machine = detect(30.0, command=child(say(SENT) + "os.close(1); time.sleep(600)"))
    assert machine.cpu == SENT.cpu
    assert len(machine.warnings) == 1


def test_what_a_child_said_before_it_crashed_is_kept() -> None:
    body = say(SENT) + "print('driver fault', file=sys.stderr, flush=True); os.abort()"
    machine = detect(60.0, command=child(body))
    assert machine.cpu == SENT.cpu
    assert "driver fault" in machine.warnings[-1]


def test_a_crash_before_the_first_word_leaves_ram_and_processor() -> None:
    machine = detect(60.0, command=[sys.executable, "-c", "raise SystemExit('no GPU today')"])
    assert machine.llama is None
    assert machine.memory.total_bytes == read_memory().total_bytes
    assert "code 1 (no GPU today). Update" in machine.warnings[-1]


@pytest.mark.parametrize("rubbish", ["hello", "{}", "[1]", '{"system": 3}', "\ufffd"])
def test_rubbish_is_passed_over(rubbish: str) -> None:
    write = f"sys.stdout.buffer.write({rubbish.encode()!r} + b'\\n')\n"
    machine = detect(60.0, command=child(write))
    assert machine.llama is None
    assert "made no sense" in machine.warnings[-1]
    assert detect(60.0, command=child(say(SENT) + write)).warnings == ()


def test_a_command_that_does_not_exist_is_no_error(tmp_path: Path) -> None:
    machine = detect(command=[str(tmp_path / "nothing")])
    assert machine.cpu.logical_cores >= 1
    assert len(machine.warnings) == 1
