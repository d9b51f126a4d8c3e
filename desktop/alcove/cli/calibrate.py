"""``alcove calibrate``: how fast this machine runs models, measured once for all forecasts."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from rich.table import Table

from alcove.cli import output
from alcove.cli.session import Session
from alcove.fit.calibration import calibrate as measure
from alcove.fit.formula import targets
from alcove.fit.learning import keep_speeds
from alcove.fit.speeds import DeviceSpeeds, Speeds
from alcove.fit.summary import left_out, paces
from alcove.hardware.machine import Machine
from alcove.i18n import _
from alcove.words import decimal


def calibrate(
    context: typer.Context,
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """Measure the speed of this machine once, so that speeds are forecast and not guessed."""
    session: Session = context.obj
    with output.measuring() as report:
        speeds = measure(session.machine, report, session.paths.logs / "calibration.log")
    if json_output:
        output.document(speeds.to_json())
    else:
        _describe(speeds, session.machine)
    keep_speeds(session.ledger, speeds)


def _describe(speeds: Speeds, machine: Machine) -> None:
    output.tables().print(_table(speeds, machine))
    output.line(
        _("Fastest with {threads} threads for answers and {batch} for prompts.").format(
            threads=speeds.threads, batch=speeds.batch_threads
        )
    )
    if remark := left_out(speeds):
        output.line(remark)


def _table(speeds: Speeds, machine: Machine) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(_("Device"), no_wrap=True)
    table.add_column(_("Weights"), no_wrap=True)
    table.add_column(_("Generation, GB/s"), justify="right")
    table.add_column(_("Prompt of a 1B model, tokens/s"), justify="right")
    for name, device in _devices(speeds, machine):
        for pace in paces(device):
            table.add_row(
                name,
                _("{type}, experts").format(type=pace.type) if pace.experts else pace.type,
                decimal(pace.generation / 1e9),
                decimal(pace.prompt) if pace.prompt else "",
            )
            name = ""
    return table


def _devices(speeds: Speeds, machine: Machine) -> Iterator[tuple[str, DeviceSpeeds]]:
    yield machine.cpu.name, speeds.cpu
    yield from zip((gpu.name for gpu in targets(machine)), speeds.gpus, strict=False)
