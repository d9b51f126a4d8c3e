"""How models mark their reasoning and their tool calls, read while the answer streams."""

from alcove.engine.formats.choice import format_of
from alcove.engine.formats.forced import ForcedCall, forced_call
from alcove.engine.formats.format import NOTHING, Format, Opening
from alcove.engine.formats.pieces import joined, unfinished
from alcove.engine.formats.reader import Reader

__all__ = [
    "NOTHING",
    "ForcedCall",
    "Format",
    "Opening",
    "Reader",
    "forced_call",
    "format_of",
    "joined",
    "unfinished",
]
