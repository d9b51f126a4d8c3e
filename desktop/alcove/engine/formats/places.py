"""The marks to look for in each place of an answer."""

from __future__ import annotations

from alcove.engine.formats.calls import CallSyntax
from alcove.engine.formats.format import Format
from alcove.engine.formats.pieces import Marks

BARE_CALL = "{"
"""How calls begin that no mark opens."""


class Places:
    """What the marks of a format lead to, and the ones to look for in each place."""

    def __init__(self, form: Format, *, calls: bool) -> None:
        self.fences = {fence.open: fence for fence in form.reasoning}
        self.plain = {fence.open: fence.close for fence in form.plain}
        self.all_calls = {syntax.open for syntax in form.calls if syntax.open}
        self.calls: dict[str, tuple[CallSyntax, ...]] = {}
        """The ways of writing calls that a mark may begin, the likeliest first."""
        for syntax in form.calls if calls else ():
            if syntax.open:
                self.calls[syntax.open] = (*self.calls.get(syntax.open, ()), syntax)
        self.bare = tuple(s for s in form.calls if calls and not s.open)
        everywhere = [fence for fence in (*form.reasoning, *form.plain) if fence.anywhere]
        self._anywhere = {mark for fence in everywhere for mark in (fence.open, fence.close)}
        self._anywhere |= {*form.hidden, *form.header.opens}
        at_start = [fence.open for fence in (*form.reasoning, *form.plain) if not fence.anywhere]
        self.start = (*at_start, *form.header.leads, *((BARE_CALL,) if self.bare else ()))
        self.text = Marks({*self._anywhere, *self.calls})

    def also(self, *marks: str) -> None:
        """Look for more marks from now on, which are not shown."""
        self._anywhere |= set(marks)
        self.text = Marks({*self._anywhere, *self.calls})

    def within(self, close: str) -> Marks:
        """Return the marks to look for in reasoning that ends with ``close``."""
        return Marks({close, *self._anywhere})
