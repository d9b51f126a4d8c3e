"""Writing the catalog's file so that a change of one fact changes one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_WIDTH = 100


def write_catalog(path: Path, content: dict[str, Any]) -> None:
    """Write the catalog; what fits on a line stands on one."""
    path.write_text(encoded(content) + "\n", encoding="utf-8")


def encoded(value: object, depth: int = 0) -> str:
    """Encode a JSON value that stands ``depth`` levels deep."""
    line = json.dumps(value, ensure_ascii=False)
    plain = not isinstance(value, dict | list)
    if plain or not value or depth + len(line) <= _WIDTH or _is_flat(value, depth):
        return line
    indent = " " * (depth + 1)
    if isinstance(value, dict):
        members = (f"{json.dumps(k)}: {encoded(v, depth + 1)}" for k, v in value.items())
        opening, closing = "{", "}"
    else:
        members = (encoded(item, depth + 1) for item in value)
        opening, closing = "[", "]"
    lines = ",\n".join(indent + member for member in members)
    return f"{opening}\n{lines}\n{' ' * depth}{closing}"


def _is_flat(value: dict[str, Any] | list[Any], depth: int) -> bool:
    """Whether a value is one fact however long: a list of texts, or a record deep inside."""
    items = value.values() if isinstance(value, dict) else value
    inside = isinstance(value, list) or depth > 3
    return inside and not any(isinstance(item, dict | list) for item in items)
