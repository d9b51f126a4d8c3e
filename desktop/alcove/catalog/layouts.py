"""Reading the layouts that ship with the catalog."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alcove.catalog.fields import Record
from alcove.catalog.layout import Build, Layout
from alcove.errors import StorageError
from alcove.gguf.recipe import Sketch
from alcove.i18n import _
from alcove.resources import resource

_LAYOUT = {"architecture", "source", "tokenizer", "metadata", "ends", "kinds", "order"}
_MODEL = {"layout", "header_bytes", "habits"}


def load_builds(path: Path | None = None) -> dict[str, Build]:
    """Read how models are laid out, by their ids; not every model of the catalog is among them.

    Raises StorageError if the file cannot be read or has a fault.
    """
    whole = Record(_read(path or resource("catalog", "layouts.json")))
    table, models = whole.record("layouts"), whole.record("models")
    layouts = {name: _layout(table.record(name)) for name in table.values}
    return {name: _build(models.record(name), layouts) for name in models.values}


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
        if not isinstance(content, dict) or content.keys() != {"schema", "layouts", "models"}:
            raise ValueError(_("it is no table of layouts"))
    except (OSError, ValueError) as error:
        raise StorageError(
            _("The layouts of the models, {path}, cannot be read: {reason}.").format(
                path=path, reason=error
            ),
            _("Install Alcove again to get the catalog back."),
        ) from error
    return content


def _layout(record: Record) -> Layout:
    record.require(_LAYOUT, _LAYOUT)
    return Layout(
        architecture=record.text("architecture"),
        source=record.text("source"),
        tokenizer=record.text("tokenizer"),
        metadata=record.record("metadata").values,
        ends=_sketches(record.record("ends")),
        kinds=tuple(map(_sketches, record.records("kinds"))),
        order=tuple(ord(letter) - ord("a") for letter in record.text("order")),
    )


def _sketches(record: Record) -> tuple[Sketch, ...]:
    return tuple((name, tuple(shape)) for name, shape in record.values.items())


def _build(record: Record, layouts: Mapping[str, Layout]) -> Build:
    record.require(_MODEL, _MODEL - {"habits"})
    habits = record.record("habits") if "habits" in record.values else Record({})
    return Build(
        layout=layouts[record.choice("layout", layouts.keys())],
        header_bytes=record.count("header_bytes"),
        habits={name: frozenset(habits.texts(name)) for name in habits.values},
    )
