"""Single values from the settings of other programs, which are only ever read."""

from __future__ import annotations

import json
import re
from pathlib import Path

_MOST_CHARACTERS = 4 * 1024**2
_ESCAPED = re.compile(r"\\x([0-9a-fA-F]{1,4})|\\\\")


def first_line(path: Path) -> str:
    """Return the first line of a text file, empty if there is none."""
    return next(iter(_text(path).strip().splitlines()), "").strip()


def text_in_json(path: Path, key: str) -> str:
    """Return a text of a JSON object's top level, empty if there is none."""
    document = json_object(path)
    value = document.get(key)
    return value if isinstance(value, str) else ""


def json_object(path: Path) -> dict[str, object]:
    """Return the JSON object in a file, empty if there is none."""
    try:
        document = json.loads(_text(path))
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def value_in_ini(path: Path, key: str) -> str:
    """Return a value of the general section of a file that Qt wrote, empty if there is none.

    Characters that Qt escaped come back as they were.
    """
    section = "General"
    for line in _text(path).splitlines():
        name, _equals, value = line.partition("=")
        if line.startswith("["):
            section = line.strip(" []")
        elif section == "General" and name.strip() == key:
            return _unescaped(value.strip().strip('"'))
    return ""


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else "\\", value)


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return file.read(_MOST_CHARACTERS)
    except OSError:
        return ""
