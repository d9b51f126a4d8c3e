"""Calls as the formats say that their models write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alcove.engine.formats import Format

Call = tuple[str, Mapping[str, Any]]


def written(
    form: Format,
    calls: Sequence[Call],
    *,
    line: str = "\n",
    ids: Sequence[str] = (),
    first: int = 0,
) -> str:
    """Return an answer with these calls, whose numbers begin with ``first``.

    ``line`` is in the places where a line break may be.
    """
    writing = form.writing
    assert writing is not None
    each = []
    for index, (name, arguments) in enumerate(calls):
        call_id = ids[index] if ids else f"abcdefghi{index}"
        places = {"{name}": name, "{number}": str(first + index)}
        places |= {"{id}": call_id, "{short id}": call_id[:9]}
        before, after = (_placed(text, places) for text in (writing.before, writing.after))
        each.append(before + writing.arguments.written(arguments) + after)
    whole = writing.begin + writing.between.join(each) + writing.end
    return whole.replace("{line}", line)


def _placed(text: str, places: Mapping[str, str]) -> str:
    for place, value in places.items():
        text = text.replace(place, value)
    return text
