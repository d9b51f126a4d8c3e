"""``alcove compare``: two to four models in columns."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import PurePath

import typer
from rich.table import Table

from alcove.catalog.model import Model
from alcove.cli import output
from alcove.cli.documents import Json, fit_document
from alcove.cli.fit import Judged, judge_target
from alcove.cli.options import CONTEXT, JSON, KV_TYPE, MACHINE, wish
from alcove.cli.session import Session
from alcove.gguf.names import quantization_of
from alcove.i18n import _
from alcove.library.comparison import LEAST, MOST, Compared, rows
from alcove.library.installed import InstalledModel

_TARGETS = typer.Argument(help=_("Two to four models, each named as for `alcove fit`."))


def compare(
    context: typer.Context,
    targets: list[str] = _TARGETS,
    length: int | None = CONTEXT,
    kv_type: str | None = KV_TYPE,
    machine: str | None = MACHINE,
    json_output: bool = JSON,
) -> None:
    """Compare two to four models: need, speed, context, licence, benchmarks, files."""
    session: Session = context.obj
    session.profile = machine
    if not LEAST <= len(targets) <= MOST:
        raise typer.BadParameter(_("Name {least} to {most} models.").format(least=LEAST, most=MOST))
    asked = wish(session.settings, length, kv_type, None, None)
    judged = [(target, judge_target(session, target, asked)) for target in targets]
    compared = [_compared(session, target, each) for target, each in judged]
    if json_output:
        documents = zip(compared, (each for _target, each in judged), strict=True)
        output.document([_document(one, each) for one, each in documents])
    else:
        output.tables().print(_table(compared))


def _compared(session: Session, target: str, judged: Judged) -> Compared:
    found = session.find_local(target)
    if isinstance(found, InstalledModel):
        known = session.catalog.get(found.catalog_id) if found.catalog_id else None
        name = known.name if known else found.name
        size = found.size_bytes
        return Compared(target, name, judged.file, found.quantization, size, judged.fit, known)
    size = judged.size_bytes or (judged.skeleton.file_size if judged.skeleton else 0)
    if listed := session.catalog.find_file(found.repository, found.wanted or ""):
        model, chosen = listed
        return Compared(
            target, model.name, judged.file, chosen.name, chosen.size_bytes, judged.fit, model
        )
    name = found.repository.partition("/")[2]
    quantization = quantization_of(judged.file) or PurePath(judged.file).name
    return Compared(target, name, judged.file, quantization, size, judged.fit, None)


def _table(models: list[Compared]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("", style="dim", no_wrap=True)
    for one in models:
        table.add_column(one.name)
    for row in rows(models):
        table.add_row(row.title, *row.values)
    return table


def _document(one: Compared, judged: Judged) -> Json:
    document = fit_document(one.target, one.file, judged.architecture, one.fit)
    document |= {
        "name": one.name,
        "quantization": one.quantization,
        "size_bytes": one.size_bytes,
        "catalog": _catalog_document(one.model) if one.model else None,
    }
    return document


def _catalog_document(model: Model) -> Json:
    return {
        "id": model.id,
        "publisher": model.publisher,
        "released": model.released,
        "parameters": model.parameters,
        "active_parameters": model.active_parameters,
        "context": model.context,
        "licence": asdict(model.licence),
        "abilities": sorted(model.abilities),
        "benchmarks": [asdict(each) for each in model.benchmarks],
        "files": [
            {"quantization": one.name, "repository": one.repository, "size_bytes": one.size_bytes}
            for one in model.quantizations
        ],
    }
