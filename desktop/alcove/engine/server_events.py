"""Reading a stream of server-sent events, in which only CR, LF and both together end a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from alcove.errors import RequestError
from alcove.i18n import _

_LINE_END = re.compile(rb"\r\n|\r|\n")
_FIELD, _DONE = b"data:", b"[DONE]"


def documents(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects that a stream consists of; raises RequestError for anything else.

    ``pieces`` are its bytes, as they come.
    """
    for line in _lines(pieces):
        data = line.removeprefix(_FIELD).strip()
        if line.startswith(_FIELD) and data != _DONE:
            yield _document(data)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines; there may be empty ones between them, which say nothing here."""
    held = b""
    for piece in pieces:
        *whole, held = _LINE_END.split(held + piece)
        yield from whole
    yield held


def _document(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except ValueError:
        document = None
    if isinstance(document, dict):
        return document
    raise RequestError(_("The engine answered with something that is no JSON object."))
