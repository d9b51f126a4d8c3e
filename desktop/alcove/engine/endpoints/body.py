"""Reading the body of a request, which may be anything."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any, NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from alcove.engine.protocol.errors import BadRequest, TooLarge, TooSlow
from alcove.i18n import _

_BYTES = 16 * 2**20
_SECONDS = 30.0
_DEPTH = 100
"""JSON that is nested deeper is for attackers; what reads it later may be recursive."""


async def read_json(request: Request) -> object:
    """Read the body; raises BadRequest if it is no JSON, TooLarge and TooSlow."""
    try:
        async with asyncio.timeout(_SECONDS):
            body = await _read(request)
    except TimeoutError as error:
        raise TooSlow(
            _("The request took longer than {seconds:.0f} s to arrive.").format(seconds=_SECONDS)
        ) from error
    return await run_in_threadpool(parse_json, body)


def parse_json(body: bytes) -> object:
    """Read JSON; raises BadRequest. What Python adds to JSON is refused."""
    try:
        document = _loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadRequest(_("The body of the request is not valid JSON.")) from error
    if not _within(document, _DEPTH):
        raise BadRequest(_("The request is nested more than {depth} deep.").format(depth=_DEPTH))
    return document


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BYTES:
            raise TooLarge(_("The request is larger than {size} MiB.").format(size=_BYTES // 2**20))
    return bytes(body)


def _loads(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Read JSON; halves of characters, which a client cut apart, become replacement characters."""
    document = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    if "\\ud" not in text.lower():
        return document
    rewritten = json.dumps(document, ensure_ascii=False).encode("utf-16", "surrogatepass")
    return json.loads(rewritten.decode("utf-16", "replace"))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


def _within(document: object, depth: int) -> bool:
    level: list[Any] = [[document]]
    for _level in range(depth + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return not level
