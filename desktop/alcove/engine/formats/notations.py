"""Notations for calls that are neither JSON nor tagged: how some models write them."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator

from alcove.engine.formats.values import Tools, encoded, parsed
from alcove.engine.formats.whole_calls import ReadCall

_GEMMA_CALL = re.compile(r"\s*call:(?P<name>[^{\s]+)\s*(?P<arguments>\{.*\})\s*", re.DOTALL)
_GEMMA_QUOTE = '<|"|>'
_QUOTED_OR_KEY = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<key>[^\s"{}\[\],:]+)(?=\s*:)')

_STRING = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_CODE_TOOLS = ("code_interpreter", "python", "ipython")
_BUILTIN_CALL = ".call"
_JSON_WORDS = {"true": True, "false": False, "null": None}


def gemma(body: str, _tools: Tools) -> list[ReadCall]:
    """Read ``call:name{key:value}``, whose strings stand between marks of their own."""
    found = _GEMMA_CALL.fullmatch(body)
    if found is None:
        return []
    pieces = found["arguments"].split(_GEMMA_QUOTE)
    text = "".join(
        json.dumps(piece) if index % 2 else _QUOTED_OR_KEY.sub(_quoted_key, piece)
        for index, piece in enumerate(pieces)
    )
    try:
        arguments = parsed(text)
        return [(found["name"], encoded(arguments))] if isinstance(arguments, dict) else []
    except ValueError:
        return []


def pythonic(body: str, _tools: Tools) -> list[ReadCall]:
    """Read ``[name(key=value), ...]``, calls as Python writes them, or calls line by line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about backslashes that escape nothing
            lines = ast.parse(_STRING.sub(_one_line, body.strip())).body
        return [_python_call(node) for line in lines for node in _python_nodes(line)]
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return []


def ipython(body: str, tools: Tools) -> list[ReadCall]:
    """Read what Llama writes for its built-in tools: ``name.call(key=value)``, or Python."""
    calls = pythonic(body, tools)
    if len(calls) == 1 and calls[0][0].endswith(_BUILTIN_CALL):
        return [(calls[0][0].removesuffix(_BUILTIN_CALL), calls[0][1])]
    name = next((name for name in _CODE_TOOLS if name in tools), None)
    code = body.strip()
    return [(name, encoded({"code": code}))] if name and code else []


def keyed(body: str, _tools: Tools) -> list[ReadCall]:
    """Read ``[{"name": {"key": value}}, ...]``, objects whose only key is the function's name."""
    try:
        return [call for item in parsed(body) for call in _keyed_calls(item)]
    except (ValueError, TypeError):
        return []


def _keyed_calls(item: object) -> Iterator[ReadCall]:
    if not isinstance(item, dict) or not all(isinstance(each, dict) for each in item.values()):
        raise ValueError("no call")
    for name, arguments in item.items():
        yield name, encoded(arguments)


def _quoted_key(found: re.Match[str]) -> str:
    return json.dumps(found["key"]) if found["key"] else found.group()


def _one_line(found: re.Match[str]) -> str:
    """Return a string literal without line breaks, which Python does not allow in it."""
    return found.group().replace("\n", "\\n").replace("\r", "\\r")


def _python_nodes(line: ast.stmt) -> list[ast.expr]:
    """Return the parts of a list, or what else stands in a line; raises ValueError."""
    if not isinstance(line, ast.Expr):
        raise ValueError("no expression")
    return line.value.elts if isinstance(line.value, ast.List | ast.Tuple) else [line.value]


def _python_call(node: ast.expr) -> ReadCall:
    """Return a call from its syntax tree; raises ValueError if it is something else."""
    if not isinstance(node, ast.Call) or node.args:
        raise ValueError("no call with named arguments")
    if not isinstance(node.func, ast.Name | ast.Attribute):
        raise ValueError("no name")
    arguments = {word.arg: ast.literal_eval(_Words().visit(word.value)) for word in node.keywords}
    if None in arguments:
        raise ValueError("arguments without names")
    return ast.unparse(node.func), encoded(arguments)


class _Words(ast.NodeTransformer):
    """Takes JSON's words for Python's."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace a name by the value it has in JSON."""
        if node.id not in _JSON_WORDS:
            return node
        return ast.copy_location(ast.Constant(_JSON_WORDS[node.id]), node)
