"""How models write their tool calls, piece by piece: what grammars of calls are made from."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from alcove.engine.formats.values import encoded
from alcove.llama.grammar import schema_grammar
from alcove.llama.rules import Rules

_SPACE_AT_END = re.compile(r"(?<=^root ::= )(.*) space$", re.MULTILINE)
"""Behind a call it would be text."""


class Arguments(ABC):
    """How the arguments of a call are written."""

    @abstractmethod
    def expression(self, schema: Mapping[str, Any], rules: Rules) -> str:
        """Return the GBNF of all arguments that fit the schema of the function's parameters.

        Raises GrammarError.
        """

    @abstractmethod
    def written(self, arguments: Mapping[str, Any]) -> str:
        """Return these arguments as the model writes them; raises GrammarError."""


@dataclass(frozen=True)
class JsonArguments(Arguments):
    """Arguments as one JSON object."""

    def expression(self, schema: Mapping[str, Any], rules: Rules) -> str:
        """Return the GBNF of the objects."""
        grammar = schema_grammar({"type": "object", "properties": {}, **schema})
        return rules.include(_SPACE_AT_END.sub(r"\1", grammar), "json")

    def written(self, arguments: Mapping[str, Any]) -> str:
        """Return the object."""
        return encoded(dict(arguments))


@dataclass(frozen=True)
class Writing:
    """How calls are written.

    ``begin`` and ``end`` are around all calls of an answer, ``between`` is what stands between
    two; ``before`` and ``after`` are around the arguments of each. In them {name} is the
    function's, {number} the call's, {id} its identity of ten characters and {short id} of nine,
    and {line} is a line break that may be left out. ``skipped`` are texts that may come first and
    mean nothing. ``single``: an answer holds one call.
    """

    before: str
    after: str = ""
    begin: str = ""
    between: str = ""
    end: str = ""
    skipped: tuple[str, ...] = ()
    single: bool = False
    arguments: Arguments = field(default_factory=JsonArguments)

    def behind(self, tail: str) -> Writing:
        """Return how the first call goes on where the prompt ends with ``tail``."""
        if self.begin:
            return replace(self, begin=self.begin.removeprefix(tail))
        return replace(self, before=self.before.removeprefix(tail))
