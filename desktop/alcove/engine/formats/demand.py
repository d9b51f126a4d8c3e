"""What an answer is demanded to be, as a grammar: calls, a text of a given form, or either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alcove.engine.formats.call_grammar import Function, calls
from alcove.engine.formats.format import NOTHING, Fence, Format, Opening
from alcove.llama.rules import Rules, literal

_SPACE = "[ \\t\\n]{0,3}"
"""What may stand around reasoning."""


@dataclass(frozen=True)
class Demand:
    """What an answer must be.

    Calls of ``functions``, or text that follows the GBNF ``form``; either, if both are given.
    ``several``: there may be more than one call. ``reasons``: the model may reason before, even
    if the prompt did not begin it.
    """

    functions: Sequence[Function] = ()
    form: str = ""
    several: bool = True
    reasons: bool = False


def answer_grammar(form: Format, demand: Demand, opening: Opening = NOTHING) -> str:
    """Return the GBNF of the whole answer, with its marks and its reasoning.

    ``opening`` is what the prompt leaves open. Raises GrammarError.
    """
    rules = Rules()
    ways = []
    if demand.functions and (writing := form.writing):
        tail = "" if form.header.turn else opening.tail
        ways.append(calls(writing, demand.functions, rules, tail, several=demand.several))
    if demand.form:
        ways.append(_said(form, opening, rules.include(demand.form)))
    answer = rules.add(" | ".join(ways))
    think = _messages if form.header.turn else _fenced
    return rules.text(f"{think(form, opening, rules, demand.reasons)} {answer}")


def _said(form: Format, opening: Opening, inner: str) -> str:
    """Return what stands for a text for the user."""
    if begin := form.header.said:
        return inner if opening.tail.endswith(begin) else f"{literal(begin)} {inner}"
    for fence in form.plain:
        begun = literal(fence.open.removeprefix(opening.tail))
        return f"({begun})? {inner} ({literal(fence.close)})?"
    return inner


def _fenced(form: Format, opening: Opening, rules: Rules, reasons: bool) -> str:
    """Return what stands for the reasoning before the answer, between two marks."""
    for fence in form.reasoning:
        if opening.tail == fence.open + fence.close:
            return '""'
        rest = f"{rules.without(fence.close)} {literal(fence.close)} {_SPACE}"
        rest += f" {literal(form.turn)}" if form.turn else ""
        if opening.tail == fence.open:
            return rest
        if reasons:
            closed = f" | {literal(fence.close)}" if fence.close in form.hidden else ""
            return f"({_SPACE} {literal(fence.open)} {rest}{closed})?"
    return '""'


def _messages(form: Format, opening: Opening, rules: Rules, reasons: bool) -> str:
    """Return what stands for reasoning in messages of its own."""
    header, think = form.header, form.header.thought
    rest = f"{rules.without(think.close)} {literal(think.close + header.turn)}"
    begun = _goes_on(think, opening.tail)
    may = reasons and (begun or not opening.tail)
    more = f"({literal(think.open)} {rest})*" if may else '""'
    return f"{rest} {more}" if begun else more


def _goes_on(think: Fence, tail: str) -> bool:
    """Whether the prompt ends within reasoning."""
    return think.open in tail and think.close not in tail.rpartition(think.open)[2]
