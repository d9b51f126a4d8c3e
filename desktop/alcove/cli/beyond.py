"""``alcove beyond``: what a model would need, which other computers run it, and how."""

from __future__ import annotations

import typer
from rich.table import Table

from alcove.cli import output
from alcove.cli.documents import Json, forecast_document
from alcove.cli.fit import Judged, judge_target
from alcove.cli.options import CONTEXT, JSON, wish
from alcove.cli.session import Session
from alcove.errors import TargetError
from alcove.fit.forecast import speed
from alcove.fit.hosts import Host
from alcove.i18n import _
from alcove.library import elsewhere
from alcove.library.beyond import Beyond, Elsewhere, Way, new_key
from alcove.library.beyond import beyond as find_ways
from alcove.library.installed import InstalledModel
from alcove.words import gigabytes

_SHOWN = 8
"""Machines that are listed for people."""


def beyond(
    context: typer.Context,
    target: str = typer.Argument(
        help=_("A path, a catalog id, org/repo[:QUANT], a file of it, or a link.")
    ),
    length: int | None = CONTEXT,
    json_output: bool = JSON,
) -> None:
    """Say which other computers would run a model, with commands to run there."""
    session: Session = context.obj
    asked = wish(session.settings, length, None, None, None)
    judged = judge_target(session, target, asked)
    model = _elsewhere(session, target, judged)
    found = find_ways(model, judged.fit, asked, new_key())
    if json_output:
        output.document(_document(target, judged.file, found))
    else:
        _describe(judged.file, found)


def _elsewhere(session: Session, target: str, judged: Judged) -> Elsewhere:
    """Gather what is known of the model that was judged."""
    found = session.find_local(target)
    if isinstance(found, InstalledModel):
        known = session.catalog.get(found.catalog_id) if found.catalog_id else None
        return elsewhere.of_installed(found, known, session.skeletons.of_installed(found))
    if listed := session.catalog.find_file(found.repository, found.wanted or ""):
        model, quantization = listed
        skeleton = judged.skeleton or session.skeletons.rebuilt(model.id, quantization)
        return elsewhere.of_catalogued(model, quantization, skeleton)
    if judged.skeleton is None:
        raise TargetError(
            _("The header of {file} is needed to say more.").format(file=judged.file),
            _("Connect to the network, or download the model."),
        )
    file = judged.file.removeprefix(f"{found.repository}/")
    return elsewhere.of_remote(found.repository, file, judged.skeleton)


def _describe(file: str, found: Beyond) -> None:
    fit = found.fit
    output.line(file)
    output.line(_("Here: {sentence}").format(sentence=fit.sentence))
    output.line(_("It needs {size} in all.").format(size=gigabytes(fit.needed_bytes)))
    output.line()
    if found.hosts:
        output.line(_("Computers that would run it, fast ones first, then by their memory:"))
        output.tables().print(_table(found.hosts[:_SHOWN]))
    else:
        output.line(_("None of the computers that Alcove knows would run it."))
    for way in found.ways:
        output.line()
        _describe_way(way)
    if found.ways:
        output.line()
        output.line(_("HOST is that computer's name or address in your network."))


def _describe_way(way: Way) -> None:
    output.line(way.title)
    output.line(f"  {way.note}")
    for step in way.steps:
        output.line(f"  {step.where}:  {step.command}")
    key = _("then:  alcove connect {url} --api-key {key}").format(url=way.url, key=way.key)
    output.line(f"  {key}")


def _table(hosts: tuple[Host, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
    for title in (_("Computer"), _("Speed"), _("Verdict")):
        table.add_column(title)
    for host in hosts:
        generation = host.fit.forecast.generation
        pace = speed(generation) if generation else ""
        table.add_row(host.profile.title, pace, host.fit.sentence)
    return table


def _document(target: str, file: str, found: Beyond) -> Json:
    fit = found.fit
    return {
        "target": target,
        "file": file,
        "verdict": fit.verdict,
        "needed_bytes": fit.needed_bytes,
        "missing_bytes": fit.missing_bytes,
        "machines": [_host_document(host) for host in found.hosts],
        "ways": [_way_document(way) for way in found.ways],
    }


def _host_document(host: Host) -> Json:
    return {
        "profile": host.profile.name,
        "title": host.profile.title,
        "verdict": host.fit.verdict,
        "context": host.fit.context,
        "needed_bytes": host.fit.needed_bytes,
        "forecast": forecast_document(host.fit.forecast),
        "sentence": host.fit.sentence,
    }


def _way_document(way: Way) -> Json:
    return {
        "title": way.title,
        "note": way.note,
        "steps": [{"where": step.where, "command": step.command} for step in way.steps],
        "url": way.url,
        "key": way.key,
    }
