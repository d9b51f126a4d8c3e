"""``alcove list --installed``: every GGUF on this machine, whoever put it there."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from alcove.cli import output
from alcove.cli.documents import installed_document
from alcove.hub.items import Item
from alcove.i18n import _
from alcove.library.installed import InstalledModel, Place
from alcove.library.owners.names import owner_name
from alcove.library.references import Reference
from alcove.words import gigabytes


def list_installed(
    models: Sequence[InstalledModel], downloads: Sequence[Item], *, as_json: bool
) -> None:
    """Write a table, or a JSON array, of ``models``; the table ends with unfinished downloads."""
    if as_json:
        output.document([installed_document(model) for model in models])
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in (_("Model"), _("Size"), _("Quantization"), _("Owner")):
        table.add_column(title, no_wrap=title != _("Model"), overflow="fold")
    for model in models:
        name = Text(model.target, style="dim" if model.damage else "bold")
        table.add_row(name, gigabytes(model.size_bytes), model.quantization, owners(model))
    output.tables().print(table)
    for model in models:
        if model.damage:
            output.line(model.damage)
    for item in downloads:
        if item.state != "done" and item.received_bytes:
            output.line(_partly(item))


def _partly(item: Item) -> str:
    name = Reference(item.repository, item.file or None, item.revision).target
    return _("Downloaded in part: {name}, {kept} of {size}. Go on with: alcove pull {name}").format(
        name=name, kept=gigabytes(item.received_bytes), size=gigabytes(item.size_bytes)
    )


def owners(model: InstalledModel) -> str:
    """Say whose a model is, and whose else."""
    return ", ".join(dict.fromkeys(owner_name(place.source) for place in model.places))


def described(place: Place) -> str:
    """Say where a model lies, and what its owner calls it."""
    owner = f"{owner_name(place.source)} ({place.name})" if place.name else owner_name(place.source)
    return f"{owner}: {place.path}"
