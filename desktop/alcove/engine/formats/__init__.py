"""How models mark their reasoning and their tool calls, read while the answer streams."""

from alcove.engine.formats.call_grammar import Function
from alcove.engine.formats.choice import format_of
from alcove.engine.formats.demand import Demand, answer_grammar
from alcove.engine.formats.format import NOTHING, Format, Opening
from alcove.engine.formats.pieces import joined, unfinished
from alcove.engine.formats.reader import Reader

__all__ = [
    "NOTHING",
    "Demand",
    "Format",
    "Function",
    "Opening",
    "Reader",
    "answer_grammar",
    "format_of",
    "joined",
    "unfinished",
]
