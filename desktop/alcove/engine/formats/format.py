"""How a family of models marks its reasoning and its tool calls."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass

from alcove.engine.formats.calls import CallSyntax
from alcove.engine.formats.writing import Writing

_SHORT_ID_LENGTH = 9
_SHORT_ID_CHARACTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Fence:
    """The marks around a part of an answer.

    They count at the start of the text, before anything else was said; ``anywhere``: they are
    control tokens, which mean nothing else wherever they come.
    """

    open: str
    close: str
    anywhere: bool = False


@dataclass(frozen=True)
class Header:
    """Messages within an answer, each with a header that says what it is.

    A header begins with one of ``opens`` and ends with ``close``; ``turn`` is how the prompt begins
    the first one, and ``leads`` how it may go on at the start of the answer. ``reasoning`` and
    ``name`` are regular expressions that find reasoning and the name of the function to call, as
    the group "name"; the call itself is written as one of ``calls``. ``thought`` is around a
    message of reasoning, and ``said`` before a text for the user, behind ``turn``. ``words`` stand
    in headers, beside to whom the message goes.
    """

    opens: tuple[str, ...] = ()
    close: str = ""
    turn: str = ""
    leads: tuple[str, ...] = ()
    reasoning: str = ""
    name: str = ""
    calls: tuple[CallSyntax, ...] = ()
    thought: Fence = Fence("", "")
    said: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opening:
    """What a prompt leaves open, for the answer to go on from: its end, from the last mark on."""

    tail: str = ""


NOTHING = Opening()


@dataclass(frozen=True)
class Format:
    """One family's marks.

    ``plain`` is around answers that are no reasoning. ``hidden`` are control tokens, and runs of
    text with them, that are never shown; ``inner`` are hidden only once a call began, because they
    look like text. ``tokens`` are parts of other marks that may be control tokens in a model file.
    ``short_ids``: the chat template takes no other ids of calls than nine letters and digits.
    ``turn`` stands between reasoning and what follows.
    """

    name: str
    reasoning: tuple[Fence, ...] = ()
    plain: tuple[Fence, ...] = ()
    calls: tuple[CallSyntax, ...] = ()
    header: Header = Header()
    hidden: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    short_ids: bool = False
    turn: str = ""

    @property
    def preserved(self) -> tuple[str, ...]:
        """The texts of tokens that must reach the reader, control tokens though they may be."""
        marks = [*self.hidden, *self.inner, *self.tokens]
        marks += [
            mark for fence in self.reasoning + self.plain for mark in (fence.open, fence.close)
        ]
        marks += [mark for syntax in self.calls for mark in (syntax.open, syntax.close)]
        return tuple(dict.fromkeys(filter(None, marks)))

    @property
    def has_calls(self) -> bool:
        """Whether there is a way of calling tools."""
        return bool(self.calls or self.header.calls)

    @property
    def writing(self) -> Writing | None:
        """How a model that is made to call tools writes the calls."""
        ways = (call.writing for call in self.calls + self.header.calls)
        return next(filter(None, ways), None)

    def shown(self, mark: str) -> str:
        """Return what is shown of a mark that turned out to be none."""
        for hidden in self.hidden:
            mark = mark.replace(hidden, "")
        return mark

    def may_reason(self, template: str) -> bool:
        """Whether a model with this chat template may begin to reason by itself."""
        if self.header.turn:
            return True
        marks = [mark for fence in self.reasoning for mark in (fence.open, fence.close)]
        return any(mark in template for mark in marks)

    def opened(self, prompt: str) -> Opening:
        """Return what ``prompt`` leaves open."""
        if self.header.turn:
            _, turn, tail = prompt.rpartition(self.header.turn)
            return Opening(tail) if turn and self.header.opens[0] not in tail else NOTHING
        end = prompt.rstrip()
        for fence in self.reasoning:
            if end.endswith(fence.open.rstrip()):
                return Opening(fence.open)
            if end.endswith(fence.close):
                return Opening(fence.open + fence.close)
        entrance = next(
            (call.open for call in self.calls if call.open and end.endswith(call.open)), ""
        )
        return Opening(entrance)

    def new_id(self) -> str:
        """Return an id for a call whose model gave none."""
        if self.short_ids:
            letters = (secrets.choice(_SHORT_ID_CHARACTERS) for _ in range(_SHORT_ID_LENGTH))
            return "".join(letters)
        return f"call_{secrets.token_hex(12)}"
