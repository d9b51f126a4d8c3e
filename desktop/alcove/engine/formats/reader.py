"""Reading an answer while it comes: its text, its reasoning and its tool calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from alcove.engine.answer import Delta
from alcove.engine.formats.attempt import CallAttempt
from alcove.engine.formats.calls import Begun, CallSyntax
from alcove.engine.formats.format import NOTHING, Format, Opening
from alcove.engine.formats.pieces import joined, unfinished
from alcove.engine.formats.places import BARE_CALL, Places
from alcove.engine.formats.values import Tools

_TO = "to="
"""Stands in a header before to whom the message goes."""


class _Step(NamedTuple):
    """What a piece of text brought, what is left of it, and whether that can be read further."""

    delta: Delta
    rest: str = ""
    again: bool = False


class Reader:
    """Sets the reasoning and the calls of one answer apart from its text, piece by piece.

    Nothing is given that may still become part of a mark. Line breaks around marks belong to them.
    """

    def __init__(
        self,
        form: Format,
        opening: Opening = NOTHING,
        tools: Tools | None = None,
        new_id: Callable[[], str] | None = None,
    ) -> None:
        """``tools`` are the schemas of the parameters of the functions that were offered, by name.

        None: there were none, and what marks calls is text like any other. ``new_id`` makes the
        ids of calls to which the model gave none.
        """
        self._form = form
        self._tools = tools
        self._new_id = new_id or form.new_id
        self._marks = Places(form, calls=tools is not None)
        self._read: Callable[[str, bool], _Step] = self._text
        self._held = ""
        self._begun = False
        """Whether text was given that was not blank: then only control tokens are marks."""
        self._after_mark = False
        self._close = ""
        """What ends the reasoning that is being read."""
        self._reasoning_marks = self._marks.within("")
        self._call = CallAttempt()
        self._count = 0
        self._call_begin = 0
        self._thoughts: list[tuple[int, int]] = []
        self._length = 0
        """Characters of the answer that were taken."""
        self.push(opening.tail)
        self._thoughts.clear()
        self._length = 0

    def push(self, text: str) -> Delta:
        """Take more of the answer and return what is certain now."""
        return self._take(text, final=False)

    def finish(self) -> Delta:
        """Return what was held back."""
        return self._take("", final=True)

    @property
    def decided(self) -> int:
        """How many characters of the answer are known for good to be what they are."""
        in_call = self._read == self._in_call
        return self._call_begin if in_call else self._length - len(self._held)

    def thoughts(self) -> list[tuple[int, int]]:
        """Return where in the answer reasoning was found since this was asked last."""
        found, self._thoughts = self._thoughts, []
        return found

    def _take(self, text: str, *, final: bool) -> Delta:
        self._length += len(text)
        whole = Delta()
        step = _Step(whole, self._held + text, again=True)
        while step.again:
            rest = step.rest
            if self._after_mark and self._read != self._in_call:
                rest = rest.lstrip("\n")
                self._after_mark = not rest
            step = self._noted(rest, final)
            whole = joined(whole, step.delta)
        self._held = step.rest
        return whole

    def _noted(self, text: str, final: bool) -> _Step:
        """Read on, and note where that is in the answer."""
        begin, called = self._length - len(text), self._read == self._in_call
        step = self._read(text, final)
        if reasoning := step.delta.reasoning:
            self._thoughts.append((begin, begin + len(reasoning)))
        if not called and self._read == self._in_call:
            self._call_begin = self._length - len(step.rest)
        return step

    def _text(self, text: str, final: bool) -> _Step:
        if not self._begun and (step := self._start(text, final)):
            return step
        before, mark, after = self._marks.text.split(text, final=final)
        ended = final or not self._marks.text
        shown = before if ended and not mark else before.rstrip("\n")
        if mark in self._marks.calls:
            given_back = before[len(shown) :] + self._form.shown(mark)
            self._begin_call(self._marks.calls[mark], given_back)
            return _Step(Delta(text=shown), after, again=True)
        if mark:
            return self._enter(mark, Delta(text=shown), after)
        return _Step(Delta(text=shown), before[len(shown) :] + after)

    def _start(self, text: str, final: bool) -> _Step | None:
        """Look for marks that count at the start only; None if there is none."""
        begin = text.lstrip()
        for mark in self._marks.start:
            if begin.startswith(mark):
                return self._enter_at_start(mark, text, begin)
        if not final and any(mark.startswith(begin) for mark in self._marks.start):
            return _Step(Delta(), text)
        self._begun = bool(begin)
        return None

    def _enter_at_start(self, mark: str, text: str, begin: str) -> _Step:
        if mark in self._form.header.leads:
            self._read = self._in_header
            return _Step(Delta(), begin, again=True)
        if mark == BARE_CALL:
            self._begin_call(self._marks.bare, text[: len(text) - len(begin)])
            return _Step(Delta(), begin, again=True)
        return self._enter(mark, Delta(), begin[len(mark) :])

    def _enter(self, mark: str, before: Delta, after: str) -> _Step:
        """Go on behind a mark that begins no call."""
        self._after_mark = True
        if fence := self._marks.fences.get(mark):
            self._begin_reasoning(fence.close)
        elif mark in self._form.header.opens:
            self._read = self._in_header
        elif mark in self._marks.plain:
            self._begun = True
            self._marks.also(self._marks.plain[mark])
            self._read = self._text
        elif mark in self._marks.all_calls:
            self._marks.also(*self._form.inner)
        return _Step(before, after, again=True)

    def _begin_reasoning(self, close: str) -> None:
        self._reasoning_marks = self._marks.within(close)
        self._close = close
        self._after_mark = True
        self._read = self._reasoning

    def _reasoning(self, text: str, final: bool) -> _Step:
        before, mark, after = self._reasoning_marks.split(text, final=final)
        delta = Delta(reasoning=before)
        if not mark:
            return _Step(delta, after)
        if mark == self._close:
            self._read = self._text
            self._after_mark = True
            return _Step(delta, after, again=True)
        if mark in self._marks.calls:
            self._begin_call(self._marks.calls[mark], "")
            return _Step(delta, after, again=True)
        return self._enter(mark, delta, after)

    def _in_header(self, text: str, final: bool) -> _Step:
        header = self._form.header
        said, mark, after = text.partition(header.close)
        if not mark:
            return _Step(self._behind_header(text) if final else Delta(), "" if final else text)
        self._begun = True
        self._after_mark = True
        self._read = self._text
        if self._tools is not None and (name := re.search(header.name, said)):
            self._begin_call(header.calls, "", name["name"])
        elif re.search(header.reasoning, said):
            self._begin_reasoning("")
        return _Step(Delta(), after, again=True)

    def _behind_header(self, text: str) -> Delta:
        """Return what follows a header that the model did not close, if it did not end there."""
        header, rest = self._form.header, text[: len(text) - unfinished(text, self._form.hidden)]
        for mark in self._form.hidden:
            rest = rest.replace(mark, " ")
        words = (*header.words, _TO)
        while rest := rest.lstrip():
            word = rest.split(maxsplit=1)[0]
            begun = word == rest and any(each.startswith(word) for each in words)
            if not (begun or word in words or word.startswith(_TO)):
                break
            rest = rest[len(word) :]
        thought = re.search(header.reasoning, text)
        return Delta(reasoning=rest) if thought else Delta(text=rest)

    def _begin_call(
        self, syntaxes: tuple[CallSyntax, ...], given_back: str, name: str = ""
    ) -> None:
        begun = Begun(self._tools or {}, self._new_id, self._form.hidden, name)
        self._call = CallAttempt(syntaxes, begun, given_back)
        self._begun = True
        self._read = self._in_call

    def _in_call(self, text: str, final: bool) -> _Step:
        progress = self._call.push(text, final=final)
        pieces = tuple(replace(piece, index=piece.index + self._count) for piece in progress.pieces)
        delta = Delta(calls=pieces)
        if progress.state == "going":
            return _Step(delta)
        self._read = self._text
        if progress.state == "done":
            self._count += self._call.count
            self._after_mark = True
            return _Step(delta, progress.rest, again=True)
        self._marks.also(*self._form.inner)
        return _Step(Delta(text=self._call.given_back), progress.rest, again=True)
