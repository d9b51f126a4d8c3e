"""The Jinja that publishers write chat templates in: transformers', down to the whitespace."""

from __future__ import annotations

import datetime
import json
from typing import Any, NoReturn

import jinja2
import jinja2.exceptions
import jinja2.ext
import jinja2.nodes
import jinja2.parser
import jinja2.sandbox
import jinja2.utils


class Refusal(Exception):
    """What a template raises about the conversation it is given."""


def environment() -> jinja2.Environment:
    """Build the environment, a sandbox that keeps templates away from Python's internals."""
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.loopcontrols", _GenerationBlock],
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = _now
    environment.globals["namespace"] = _Namespace
    return environment


class _Namespace(jinja2.utils.Namespace):
    """``namespace()`` without names that could pass for Python's own."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:  # noqa: ANN401 - Jinja's
        given = dict(*arguments, **attributes)
        super().__init__()
        for name, value in given.items():
            self[name] = value

    def __setitem__(self, name: str, value: Any) -> None:  # noqa: ANN401 - whatever it sets
        if name.startswith("_"):
            raise jinja2.exceptions.SecurityError(f"a namespace holds no name like {name!r}")
        super().__setitem__(name, value)


class _GenerationBlock(jinja2.ext.Extension):
    """``{% generation %}``: marks answers for training; here its content is all that matters."""

    tags = {"generation"}  # noqa: RUF012 - as Jinja's own extensions declare it

    def parse(self, parser: jinja2.parser.Parser) -> jinja2.nodes.Node:
        """Return what is between the tags; names that it sets are unknown behind it."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.Scope(body).set_lineno(line)


def _to_json(
    value: Any,  # noqa: ANN401 - whatever a template holds
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _now(form: str) -> str:
    return datetime.datetime.now().strftime(form)


def _raise(message: str) -> NoReturn:
    raise Refusal(message)
