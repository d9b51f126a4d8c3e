"""Grammars in GBNF, put together rule by rule."""

from __future__ import annotations

import re

_NAMES = re.compile(
    r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|\{[^}]*\}|<[^>]*>|#[^\r\n]*|(?P<name>[\w-]+)',
    re.DOTALL,
)
"""Names of rules, and what may hold words that are none."""

_RULE = re.compile(r"^(?P<name>[\w-]+) ::= (?P<body>.*)$")

_SHARED = frozenset(
    (
        *("space", "boolean", "decimal-part", "integral-part", "number", "integer"),
        *("value", "object", "array", "char", "string", "null"),
    )
)
"""Rules that every grammar of a JSON schema has alike."""


class Rules:
    """The rules of one grammar; whatever is added gets a name of its own."""

    def __init__(self) -> None:
        self._rules: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._included: dict[tuple[str, str], str] = {}
        self._foreign: list[str] = []

    def add(self, body: str) -> str:
        """Add a rule and return its name; the same rule has one name."""
        if body not in self._names:
            self._names[body] = name = self.declare()
            self._rules[name] = body
        return self._names[body]

    def declare(self) -> str:
        """Return the name of a rule that is defined later, for rules that hold themselves."""
        name = f"r{len(self._rules)}"
        self._rules[name] = ""
        return name

    def define(self, name: str, body: str) -> None:
        """Say what a declared rule is."""
        self._rules[name] = body

    def without(self, mark: str) -> str:
        """Return the name of a rule for any text that does not hold ``mark``.

        Behind ``mark[:3]`` the rule numbered 3 goes on.
        """
        states = [f"{self.add(literal(mark))}-{state}" for state in range(len(mark))]
        for matched, name in enumerate(states):
            ways = {other: _longest(mark, mark[:matched] + other) for other in dict.fromkeys(mark)}
            steps = [
                f"{literal(other)} {states[state]}"
                for other, state in ways.items()
                if state and state < len(mark)
            ]
            rest = "".join(in_set(other) for other, state in ways.items() if state)
            self._rules[name] = " | ".join((f"[^{rest}] {states[0]}", *steps, '""'))
        return states[0]

    def include(self, grammar: str, dialect: str = "") -> str:
        """Add all rules of a grammar under other names; return that of its root.

        ``dialect`` names the grammars of JSON schemas, which share some of their rules.
        """
        known = grammar, dialect
        if known not in self._included:
            self._included[known] = f"g{len(self._included)}-"
            renamed = _Renaming(self._included[known], dialect).apply
            for line in grammar.splitlines() if dialect else ():
                if found := _RULE.match(line):
                    self._rules[renamed(found["name"])] = renamed(found["body"])
            if not dialect:
                self._foreign.append(renamed(grammar))
        return f"{self._included[known]}root"

    def text(self, root: str) -> str:
        """Return the GBNF of what the expression ``root`` allows."""
        rules = (f"{name} ::= {body}" for name, body in self._rules.items())
        return "\n".join((f"root ::= {root}", *rules, *self._foreign))


class _Renaming:
    def __init__(self, prefix: str, dialect: str) -> None:
        self._prefix = prefix
        self._dialect = dialect

    def apply(self, text: str) -> str:
        """Return rules, or a part of one, with other names."""
        return _NAMES.sub(self._other, text)

    def _other(self, found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0]
        if self._dialect and name in _SHARED:
            return f"{self._dialect}-{name}"
        return f"{self._prefix}{name}"


def literal(text: str) -> str:
    """Return what stands for exactly this text."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r") + '"'


def in_set(character: str) -> str:
    """Return what stands for a character in a set of them."""
    return f"\\x{ord(character):02X}" if ord(character) < 128 else character


def repeated(item: str, between: str, low: int = 0, high: int | None = None) -> str:
    """Return what stands for ``low`` to ``high`` items with a text between each two."""
    if high is not None and high < max(low, 1):
        return '""'
    most = "" if high is None else str(high - 1)
    more = f"({literal(between)} {item}){{{max(low - 1, 0)},{most}}}"
    return f"{item} {more}" if low else f"({item} {more})?"


def in_order(items: list[tuple[str, bool]], between: str) -> str:
    """Return what stands for items in this order, each with whether it must be there."""
    if not between:
        return " ".join(item if needed else f"({item})?" for item, needed in items) or '""'
    first = next((number for number, (_, needed) in enumerate(items) if needed), None)
    sep = literal(between)
    if first is None:
        return _any_of(items, sep)
    before = [f"({item} {sep})?" for item, _ in items[:first]]
    after = [
        f"{sep} {item}" if needed else f"({sep} {item})?" for item, needed in items[first + 1 :]
    ]
    return " ".join((*before, items[first][0], *after))


def _any_of(items: list[tuple[str, bool]], sep: str) -> str:
    """Return what stands for some of the items, or none."""
    ways = ""
    for number in range(len(items) - 1, -1, -1):
        later = " ".join(f"({sep} {item})?" for item, _ in items[number + 1 :])
        ways += f" | {items[number][0]} {later}"
    return f'("" {ways})' if ways else '""'


def _longest(mark: str, read: str) -> int:
    """Return how many characters of ``mark`` the text ``read`` ends with."""
    return next(size for size in range(len(read), -1, -1) if read.endswith(mark[:size]))
