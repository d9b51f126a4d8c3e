"""How a family of models writes: the answers that every one of them is to be read in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from alcove.engine.formats import Format, token_families
from engine.formats.answers import PARIS, ROME, Sample


@dataclass(frozen=True)
class Writer:
    """How a family writes; ``%`` stands for what is written.

    ``paris`` and ``rome`` are the calls PARIS and ROME, ``around`` what is around all of them.
    ``broken`` is a call that is none, as it is written and as it is shown; so is ``cut``, the
    call PARIS when the answer ends within it: it is shown as text, or as a call if that is None.
    """

    form: Format
    paris: str
    rome: str
    broken: tuple[str, str]
    cut: tuple[str, str | None]
    reasoning: str = "<think>\n%</think>\n\n"
    text: str = "%"
    between: str = "\n"
    around: tuple[str, str] = ("", "")
    turn: str = ""

    def samples(self) -> Iterable[Sample]:
        """Yield the answers that every family is to be read in."""
        form, (begin, end) = self.form, self.around
        hello, said = self.text.replace("%", "Hello.\nYou\n"), "Hello.\nYou"
        said += "\n" if self.text.endswith("%") else ""  # what comes before a mark belongs to it
        think = self.reasoning.replace("%", "R <b> {")
        paris, both = begin + self.paris + end, begin + self.paris + self.between + self.rome + end
        yield Sample(form, hello, said)
        yield Sample(form, paris, calls=(PARIS,))
        yield Sample(form, both, calls=(PARIS, ROME))
        yield Sample(form, self.broken[0], self.broken[1])
        cut, shown = self.cut
        yield Sample(form, cut, shown or "", calls=() if shown else (PARIS,))
        if self.reasoning:
            yield Sample(form, think + self.turn + hello, said, "R <b> {")
            yield Sample(form, think + self.turn + both, "", "R <b> {", (PARIS, ROME))
            yield Sample(form, think, "", "R <b> {")
        if form.calls[:1] != token_families.LLAMA_3.calls[:1]:
            yield Sample(form, hello + self.turn + paris, "Hello.\nYou", calls=(PARIS,))


def tagged(begin: str, parameter: str, end: str) -> tuple[str, str]:
    """Return the two calls with each argument written as ``parameter``, its key and its value."""
    city, days, rome = (
        parameter.replace("KEY", key).replace("VALUE", value)
        for key, value in (("city", "Paris"), ("days", "2"), ("city", str(ROME[1]["city"])))
    )
    return begin + city + days + end, begin + rome + end


def objects(
    before: str, after: str = "", *, arguments: str = "arguments", name: str = "name"
) -> tuple[str, str]:
    """Return the two calls as JSON objects between two texts."""
    paris, rome = (
        before + json.dumps({name: function, arguments: given}, ensure_ascii=False) + after
        for function, given in (PARIS, ROME)
    )
    return paris, rome


def named(before: str, after: str = "") -> tuple[str, str]:
    """Return the two calls as their arguments behind a text with their name."""
    return f"{before}{json.dumps(PARIS[1])}{after}", f"{before}{json.dumps(ROME[1])}{after}"
