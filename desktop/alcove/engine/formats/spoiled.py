"""Calls that went wrong after they had begun to be given."""

from __future__ import annotations

from alcove.engine.answer import CallPiece
from alcove.engine.formats.calls import Progress
from alcove.engine.formats.pieces import Marks


class SpoiledCall:
    """Adds what is left of a call to its arguments as it is, so that nothing is lost."""

    def __init__(self, index: int, close: str, ends: tuple[str, ...]) -> None:
        self._index = index
        self._close = close
        self._marks = Marks((close, *ends))
        self._held = ""

    def push(self, text: str) -> Progress:
        """Take more text, up to the call's end."""
        before, mark, after = self._marks.split(self._held + text)
        if mark:
            rest = after if mark == self._close else mark + after
            return Progress(self._pieces(before), "done", rest)
        self._held = after
        return Progress(self._pieces(before))

    def finish(self) -> Progress:
        """Take the end of the answer."""
        return Progress(self._pieces(self._held), "done")

    def _pieces(self, text: str) -> tuple[CallPiece, ...]:
        return (CallPiece(self._index, arguments=text),) if text else ()
