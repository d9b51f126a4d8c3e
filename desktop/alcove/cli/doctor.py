"""``alcove doctor``: the machine, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

import alcove
from alcove.cli import output
from alcove.cli.session import Session
from alcove.fit.speeds import Speeds
from alcove.hardware import Finding, findings, folder_findings
from alcove.hardware.machine import Machine
from alcove.hardware.wire import to_json
from alcove.hub.layout import cache_folder
from alcove.i18n import _
from alcove.library.starter import find_starter
from alcove.words import decimal, gigabytes

_MARKS = {"ok": "+", "note": "-", "problem": "!"}


def doctor(
    context: typer.Context,
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """Show this machine, its GPUs, llama.cpp's backends, and what is missing."""
    session: Session = context.obj
    machine = session.insight.at_best(session.machine)
    places = {
        "settings": session.paths.settings,
        "database": session.paths.database,
        "logs": session.paths.logs,
        "models": cache_folder(),
    }
    found = (*findings(machine), *folder_findings((session.paths.data, session.paths.logs)))
    if json_output:
        output.document(_document(machine, session.insight.speeds, found, places))
        return
    _describe(machine, found, places)


def _document(
    machine: Machine, speeds: Speeds | None, found: Sequence[Finding], places: dict[str, Path]
) -> dict[str, object]:
    starter = find_starter()
    return {
        "version": alcove.__version__,
        "machine": to_json(machine),
        "findings": [
            {"kind": one.kind, "sentence": one.sentence, "remedy": one.remedy} for one in found
        ],
        "places": {name: str(path) for name, path in places.items()},
        "starter": str(starter) if starter else None,
        "speeds": speeds.to_json() if speeds else None,
    }


def _describe(machine: Machine, found: Sequence[Finding], places: dict[str, Path]) -> None:
    memory = machine.memory
    output.line(f"Alcove {alcove.__version__} / {machine.system}")
    output.line(
        _("Memory: {available} of {total} free").format(
            available=gigabytes(memory.available_bytes), total=gigabytes(memory.total_bytes)
        )
    )
    output.line(
        _("Processor: {name}, {cores} cores").format(
            name=machine.cpu.name, cores=machine.cpu.physical_cores
        )
    )
    for gpu in machine.gpus:
        output.line(
            _("GPU: {name}, {free} of {total} free").format(
                name=gpu.name, free=gigabytes(gpu.free_bytes), total=gigabytes(gpu.total_bytes)
            )
        )
    if machine.bandwidth:
        output.line(_("Memory speed: {speed} GB/s").format(speed=decimal(machine.bandwidth / 1e9)))
    output.line()
    for one in found:
        output.line(f"{_MARKS[one.kind]} {one.sentence}")
        if one.remedy:
            output.line(f"    {one.remedy}")
    output.line()
    for name, path in places.items():
        output.line(f"{name}: {path}")
