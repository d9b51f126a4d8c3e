"""What is completed or embedded: texts, or tokens."""

from __future__ import annotations

from typing import TypeGuard

from alcove.engine.protocol.errors import BadRequest
from alcove.engine.protocol.fields import Fields, is_integer
from alcove.i18n import _

Prompt = str | tuple[int, ...]


def parse_prompts(fields: Fields, name: str, most: int) -> tuple[Prompt, ...]:
    """Read a text, a list of tokens, or a list of at most ``most`` of either."""
    value = fields.value(name)
    items = value if isinstance(value, list) and not is_tokens(value) else [value]
    if not 0 < len(items) <= most:
        raise BadRequest(
            _("'{name}' must hold from 1 to {most} texts.").format(name=name, most=most), name
        )
    return tuple(_prompt(item, name) for item in items)


def is_tokens(value: object) -> TypeGuard[list[int]]:
    """Whether a JSON value is a list of numbers, with one at least."""
    return isinstance(value, list) and bool(value) and all(is_integer(item) for item in value)


def _prompt(item: object, name: str) -> Prompt:
    if isinstance(item, str):
        return item
    if is_tokens(item):
        return tuple(item)
    raise BadRequest(
        _("'{name}' must be a text, a list of token numbers, or a list of those.").format(
            name=name
        ),
        name,
    )
