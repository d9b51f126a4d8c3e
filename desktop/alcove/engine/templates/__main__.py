"""The process that renders templates: one JSON object in for each, one out.

Nothing that a template does holds up or brings down more than this process. It ends with its
input, and by itself if one template keeps it for too long, even where nobody waits any more.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jinja2

from alcove import children
from alcove.engine.templates.environment import Refusal, environment
from alcove.errors import reason

_REASON_CHARACTERS = 500
_PATIENCE = 10.0
"""How many times longer than the limit of CPU time one rendering may last."""


def main() -> None:
    """Render what is asked for, within the limits that come first."""
    send = children.claim_stdout()
    limits = children.read_request()
    send({"process": os.getpid()})
    for line in sys.stdin:
        faulthandler.dump_traceback_later(limits["seconds"] * _PATIENCE, exit=True)
        send(_answer(line, limits["characters"]))
        faulthandler.cancel_dump_traceback_later()


def _answer(line: str, characters: int) -> dict[str, Any]:
    try:
        request = json.loads(line)
        template = _compiled(request["source"])
        text = _rendered(template, request["variables"], characters)
    except (MemoryError, RecursionError, _TooLong):
        return {"kind": "excess", "reason": ""}
    except jinja2.TemplateSyntaxError as error:
        return _failed("unreadable", error)
    except Refusal as error:
        return _failed("refused", error)
    except Exception as error:  # a template is a program of the file's, it may raise anything
        return _failed("failed", error)
    return {"text": text}


class _TooLong(Exception):
    """A prompt that is longer than any context."""


@lru_cache(maxsize=8)
def _compiled(source: str) -> jinja2.Template:
    return environment().from_string(source)


def _rendered(template: jinja2.Template, variables: Mapping[str, Any], characters: int) -> str:
    pieces = []
    for piece in template.generate(variables):
        pieces.append(piece)
        characters -= len(piece)
        if characters < 0:
            raise _TooLong
    return "".join(pieces)


def _failed(kind: str, error: Exception) -> dict[str, Any]:
    return {"kind": kind, "reason": reason(error)[:_REASON_CHARACTERS].rstrip("!. ")}


if __name__ == "__main__":
    main()
