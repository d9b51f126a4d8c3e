"""What all ways of writing tool calls have in common."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from alcove.engine.answer import CallPiece
from alcove.engine.formats.values import Tools
from alcove.engine.formats.writing import Writing

State = Literal["going", "done", "broken"]

_CERTAIN = re.compile(r'\s*\{\s*["}]')
"""How a JSON object begins, as far as it takes to tell it from other text in braces."""


@dataclass(frozen=True)
class Progress:
    """What a piece of text brought: pieces of calls, and whether the calls have ended.

    ``rest`` is what comes after them. "broken": it was no call, and no piece of one was given.
    """

    pieces: tuple[CallPiece, ...] = ()
    state: State = "going"
    rest: str = ""


class CallReader(Protocol):
    """Reads the calls that one mark began; counts them from 0."""

    def push(self, text: str) -> Progress:
        """Take more text. Not called again once the calls have ended."""

    def finish(self) -> Progress:
        """Take the end of the answer."""


@dataclass(frozen=True)
class Begun:
    """What a reader of calls is told at the start.

    ``name`` is the function's where the mark named it. ``ends`` are marks that no argument holds:
    they end a call that went wrong.
    """

    tools: Tools
    new_id: Callable[[], str]
    ends: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class CallSyntax(ABC):
    """A way of writing calls, between two marks.

    An empty ``open`` is none: such calls are the whole answer, or the message's header opened them.
    An empty ``close``: the calls say themselves where they end, or the answer's end does.
    ``writing`` is how a model that is made to call writes them, None where another way is taken.
    """

    open: str
    close: str = ""
    writing: Writing | None = field(default=None, kw_only=True)

    @abstractmethod
    def reader(self, begun: Begun) -> CallReader:
        """Return a reader for the text after the mark."""


class GivenCall:
    """A call that is being given: with its name once its arguments are certain to be arguments."""

    def __init__(self, index: int, name: str, call_id: str, begun: Begun) -> None:
        self._index = index
        self._name = name
        self._id = call_id
        self._new_id = begun.new_id
        self._held = ""
        self.begun = False

    def push(self, arguments: str) -> tuple[CallPiece, ...]:
        """Take more of the arguments, a JSON object, and return what can be given of them."""
        if self.begun:
            return (CallPiece(self._index, arguments=arguments),) if arguments else ()
        self._held += arguments
        if not _CERTAIN.match(self._held):
            return ()
        self.begun = True
        call_id = self._id or self._new_id()
        return (CallPiece(self._index, call_id, self._name, self._held.lstrip()),)
