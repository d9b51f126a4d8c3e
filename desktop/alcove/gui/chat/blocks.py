"""Markdown cut into blocks that never change again, so that a growing text stays cheap to show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from alcove.gui.chat.mathematics import growing, mathematics

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_LISTS = {"bullet_list_open", "ordered_list_open"}


@cache
def parser() -> MarkdownIt:
    """Return the dialect of answers: CommonMark, tables, strikethrough, LaTeX; HTML as plain text.

    Link references are plain text too: a definition at the end would change what stands above.
    """
    dialect = MarkdownIt("commonmark", {"html": False})
    return dialect.enable(["table", "strikethrough"]).disable("reference").use(mathematics)


def language_of(token: Token) -> str:
    """Return the language that a fence names, or nothing."""
    words = token.info.split()
    return words[0] if words else ""


@dataclass(frozen=True)
class Code:
    """A fenced or indented code block; ``language`` is the first word behind the fence."""

    text: str
    language: str


@dataclass(frozen=True)
class Block:
    """The source of one block, blank lines after it included; ``code`` if it is a code block."""

    source: str
    code: Code | None = None


def split(text: str, *, complete: bool = True) -> list[Block]:
    """Cut Markdown at its top level, and lists between their items.

    The sources of the blocks, joined, are ``text``, of which more is to come if not ``complete``.
    """
    lines = _LINE.findall(text)
    starts = list(_starts(parser().parse(text, {} if complete else growing(text))))
    if not starts:
        return [Block(text)] if text else []
    first = [0, *(line for line, _code in starts[1:])]
    last = [*first[1:], len(lines)]
    return [
        Block("".join(lines[begin:end]), code)
        for begin, end, (_line, code) in zip(first, last, starts, strict=True)
    ]


class GrowingText:
    """A text that only grows, in two parts: blocks that are final and blocks that may change."""

    def __init__(self) -> None:
        self._final = 0
        self._text = ""

    def extends(self, text: str) -> bool:
        """Whether ``text`` goes on where the last one ended."""
        return text.startswith(self._text)

    def update(self, text: str, *, complete: bool) -> tuple[list[Block], list[Block]]:
        """Take the whole text so far; return the blocks that became final, and the others.

        A block is final once a complete line of the next block stands below it. Only the text
        behind the final blocks is parsed, so the cost does not grow with the answer.
        """
        self._text = text
        blocks = split(text[self._final :], complete=complete)
        count = len(blocks) if complete else _final_count(blocks)
        final, open_ = blocks[:count], blocks[count:]
        self._final += sum(len(block.source) for block in final)
        return final, open_


def _final_count(blocks: list[Block]) -> int:
    count = len(blocks) - 1
    if count > 0 and "\n" not in blocks[count].source:
        count -= 1
    return max(count, 0)


def _starts(tokens: list[Token]) -> Iterator[tuple[int, Code | None]]:
    for token in tokens:
        if token.map is None:
            continue
        is_item = token.level == 1 and token.type == "list_item_open"
        if is_item or (token.level == 0 and token.type not in _LISTS):
            yield token.map[0], _code(token)


def _code(token: Token) -> Code | None:
    if token.type not in {"fence", "code_block"}:
        return None
    return Code(token.content.removesuffix("\n"), language_of(token))
