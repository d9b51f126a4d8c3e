"""Text after a mark that may be a call."""

from __future__ import annotations

from dataclasses import replace

from alcove.engine.formats.calls import Begun, CallReader, CallSyntax, Progress


class CallAttempt:
    """Calls that a mark began, read in each of the ways they may be written in until one fits."""

    def __init__(
        self,
        syntaxes: tuple[CallSyntax, ...] = (),
        begun: Begun | None = None,
        given_back: str = "",
    ) -> None:
        self.given_back = given_back
        """What was taken before the call, to be shown if it is none."""
        self.count = 0
        self._begun = begun
        self._syntaxes = syntaxes
        self._text = ""
        self._reader: CallReader | None = None

    def push(self, text: str, *, final: bool) -> Progress:
        """Take more text; where it is no call, the progress holds all of it again."""
        if not self.count:
            self._text += text
        while self._begun and (self._reader or self._syntaxes):
            if self._reader is None:
                self._reader = self._syntaxes[0].reader(self._begun)
                self._syntaxes = self._syntaxes[1:]
                text = self._text
            progress = self._fed(self._reader, text, final=final)
            if progress.state != "broken":
                self.count = max([self.count, *(piece.index + 1 for piece in progress.pieces)])
                return progress
            self._reader = None
        return Progress((), "broken", self._text)

    def _fed(self, reader: CallReader, text: str, *, final: bool) -> Progress:
        progress = reader.push(text) if text else Progress()
        if not final or progress.state != "going":
            return progress
        end = reader.finish()
        return replace(end, pieces=progress.pieces + end.pieces)
