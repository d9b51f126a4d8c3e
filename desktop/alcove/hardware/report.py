"""What to say about a machine to the person in front of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alcove.errors import StorageError
from alcove.hardware.folders import require_writable
from alcove.hardware.machine import Gpu, LlamaBuild, Machine
from alcove.hardware.remedy import install_command
from alcove.i18n import _
from alcove.words import decimal, gigabytes

_GIB = 1024**3
_LITTLE_RAM = 2 * _GIB
_INSTRUCTION_SETS = ("AVX2", "AVX512", "AMX_INT8", "NEON", "SVE")
"""The ones worth naming; llama.cpp lists a dozen."""


@dataclass(frozen=True)
class Finding:
    """One sentence about the machine; ``remedy`` is a command to copy, where one helps."""

    kind: Literal["ok", "note", "problem"]
    sentence: str
    remedy: str | None = None


def findings(machine: Machine) -> tuple[Finding, ...]:
    """Say what is there, what is missing and how to get it."""
    return (
        *_llama(machine),
        *_processor(machine),
        _memory(machine),
        *_graphics(machine),
        *(Finding("note", warning) for warning in machine.warnings),
    )


def folder_findings(folders: Iterable[Path]) -> tuple[Finding, ...]:
    """Say which of Alcove's folders cannot be written to; makes those that are not there."""
    found: dict[Path, Finding] = {}
    for folder in folders:
        if any(folder.is_relative_to(other) for other in found):
            continue  # it is the same trouble
        try:
            require_writable(folder)
        except StorageError as error:
            found[folder] = Finding("problem", str(error))
    return tuple(found.values())


def _llama(machine: Machine) -> Iterator[Finding]:
    if machine.llama is None:
        command = install_command(None, system=machine.system)
        yield Finding("problem", _("llama.cpp does not work here; no model can run."), command)
        return
    features = ", ".join(name for name in _INSTRUCTION_SETS if name in machine.cpu.features)
    backends = ", ".join(
        f"{name} ({features})" if name == "CPU" and features else name
        for name in machine.llama.backends
    )
    sentence = _("llama.cpp {version} with {backends}.")
    yield Finding("ok", sentence.format(version=machine.llama.version, backends=backends))
    if "SSE3" in machine.cpu.features and "AVX2" not in machine.cpu.features:
        yield _no_avx2(machine, machine.llama)


def _no_avx2(machine: Machine, build: LlamaBuild) -> Finding:
    return Finding(
        "problem",
        _(
            "llama.cpp runs without AVX2, several times slower than it could be. If the processor "
            "has AVX2, a build made on this computer uses it."
        ),
        install_command(None, system=machine.system, version=build.version),
    )


def _processor(machine: Machine) -> Iterator[Finding]:
    cpu = machine.cpu
    yield Finding(
        "ok",
        _("{name}: {physical} cores, {logical} threads for Alcove.").format(
            name=cpu.name, physical=cpu.physical_cores, logical=cpu.logical_cores
        ),
    )
    if machine.bandwidth is not None:
        sentence = _("RAM is read at {speed} GB/s.")
        yield Finding("ok", sentence.format(speed=decimal(machine.bandwidth / 1e9)))


def _memory(machine: Machine) -> Finding:
    memory = machine.memory
    little = memory.available_bytes < _LITTLE_RAM
    sentence = _("{free} of {total} RAM are free.").format(
        free=gigabytes(memory.available_bytes), total=gigabytes(memory.total_bytes)
    )
    if little:
        sentence += " " + _("Close other applications, or only the smallest models will fit.")
    return Finding("problem" if little else "ok", sentence)


def _graphics(machine: Machine) -> Iterator[Finding]:
    if not machine.gpus:
        yield Finding("note", _("No GPU was found; models run on the processor."))
    cards = any(gpu.kind == "discrete" for gpu in machine.usable_gpus)
    for gpu in machine.gpus:
        yield _usable(gpu, beside_card=cards) if gpu.backend else _unusable(gpu)


def _usable(gpu: Gpu, *, beside_card: bool) -> Finding:
    if gpu.kind == "integrated" and beside_card:
        sentence = _("{name}: left aside, because llama.cpp prefers the graphics card.")
        return Finding("note", sentence.format(name=gpu.name))
    sentence = _("{name} through {backend}: {free} of {total} are free.")
    return Finding(
        "ok",
        sentence.format(
            name=gpu.name,
            backend=gpu.backend,
            free=gigabytes(gpu.free_bytes),
            total=gigabytes(gpu.total_bytes),
        ),
    )


def _unusable(gpu: Gpu) -> Finding:
    if gpu.hidden_by is not None:
        sentence = _(
            "{name} ({total}) lies idle: llama.cpp is built for it but does not see it. The "
            "environment variable {variable} is set, which hides GPUs: remove it and start Alcove "
            "again. If that does not help, the driver may be missing or too old."
        )
    elif gpu.remedy is None:
        sentence = _(
            "{name} ({total}) lies idle: llama.cpp is built for it but does not see it or its "
            "memory. Its driver may be missing or too old."
        )
    else:
        sentence = _(
            "{name} ({total}) lies idle: the installed llama.cpp is not built for it. The command "
            "builds one that is; it needs a C++ compiler and the toolkit of the GPU's maker."
        )
    return Finding(
        "problem" if gpu.kind == "discrete" else "note",
        sentence.format(name=gpu.name, total=gigabytes(gpu.total_bytes), variable=gpu.hidden_by),
        gpu.remedy,
    )
