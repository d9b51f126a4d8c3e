"""Calls whose arguments are nested elements, each tag behind a mark that no text holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alcove.engine.formats.schemas import Schemas
from alcove.engine.formats.values import Tools, argument_of, encoded, types_of
from alcove.engine.formats.whole_calls import ReadCall
from alcove.llama.grammar import GrammarError

NAMESPACE = "]<]minimax[>["
"""What stands before every tag of MiniMax M3."""

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[^<>]+)>(?P<text>.*)", re.DOTALL)
_CALL = re.compile(r'invoke name="(?P<name>[^"]+)"')
_ITEM = "item"


@dataclass
class _Element:
    name: str
    text: str = ""
    children: list[_Element] = field(default_factory=list)


def minimax(body: str, tools: Tools) -> list[ReadCall]:
    """Read ``<invoke name="..."><key>value</key></invoke>``; objects and lists are nested."""
    try:
        return [_call(element, tools) for element in _elements(body)]
    except (ValueError, GrammarError):
        return []


def _elements(body: str) -> list[_Element]:
    """Return the outermost elements; raises ValueError if tags do not match."""
    before, *parts = body.split(NAMESPACE)
    opened = [_Element("", before)]
    for part in parts:
        tag = _TAG.fullmatch(part)
        if tag is None:
            raise ValueError("no tag")
        if tag["end"]:
            _close(opened, tag)
        else:
            opened.append(_Element(tag["name"], tag["text"]))
    if len(opened) > 1 or opened[0].text.strip():
        raise ValueError("an element is not closed")
    return opened[0].children


def _close(opened: list[_Element], tag: re.Match[str]) -> None:
    element = opened.pop()
    name = element.name.partition(" ")[0]
    if not opened or tag["name"] != name or (element.children and element.text.strip()):
        raise ValueError("another element is open")
    if tag["text"].strip():
        raise ValueError("text between elements")
    opened[-1].children.append(element)


def _call(element: _Element, tools: Tools) -> ReadCall:
    named = _CALL.fullmatch(element.name)
    if named is None:
        raise ValueError("no call")
    schema = tools.get(named["name"], {})
    arguments = _members(element, schema, Schemas(schema))
    return named["name"], encoded(arguments)


def _members(element: _Element, schema: object, schemas: Schemas) -> dict[str, Any]:
    known = {key: value for key, value, _needed in schemas.members(schema)}
    members = {
        child.name: _value(child, known.get(child.name, {}), schemas) for child in element.children
    }
    if len(members) < len(element.children):
        raise ValueError("a key comes twice")
    return members


def _value(element: _Element, schema: object, schemas: Schemas) -> Any:  # noqa: ANN401
    found = schemas.followed(schema)
    types = types_of(found)
    if not element.children:
        if not element.text and "string" not in types and types & {"array", "object"}:
            return [] if "array" in types else {}
        return argument_of(element.text, found)
    items = all(child.name == _ITEM for child in element.children)
    if "array" in types or (items and "object" not in types):
        return [_value(child, _items(found), schemas) for child in element.children]
    return _members(element, found, schemas)


def _items(schema: Mapping[str, Any]) -> object:
    return schema.get("items", {})
