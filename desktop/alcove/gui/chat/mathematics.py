r"""LaTeX in Markdown: ``$..$`` and ``\(..\)`` in a line, ``$$..$$`` and ``\[..\]`` displayed.

While a text is still written, a formula whose end has not come yet is left out: it appears at once
and whole. What cannot be a formula, such as a price, is text from the beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

GROWING = "growing"
"""Key of what a text is parsed with: its source, if more of it is to come."""
DISPLAYED = "displayed"
"""What the ``info`` of a formula says that is not set in a line."""

_CLOSERS = {"$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]"}
_DISPLAYS = ("$$", "\\[")
_ENVIRONMENT = re.compile(r"\\begin\{((?:align|equation|gather|multline)\*?)\}")
_LONGEST = 4000
_LONGEST_UNFINISHED = 300
_COMMAND = re.compile(r"\\[A-Za-z]+\*?(?:\s*\{[^{}]*\})?")
_WORDS = re.compile(r"[^\W\d_]{2,}[,;:.]?\s+[^\W\d_]{2,}")
_PRICE = re.compile(r"\d[\d.,]*\s+[^\W\d_]{2,}")


def mathematics(dialect: MarkdownIt) -> None:
    """Teach a dialect of Markdown formulas: tokens "formula" with LaTeX, ``markup`` its source."""
    dialect.inline.ruler.before("escape", "formula", _inline)
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    dialect.block.ruler.before("fence", "formula", _block, {"alt": interrupts})


def is_formula(body: str) -> bool:
    """Whether what stands between two dollar signs can be LaTeX, rather than words or a price."""
    if not body or body[0].isspace():
        return False
    rest = _COMMAND.sub("\\\\", body)
    return not (_PRICE.match(rest) or _WORDS.search(rest))


def _inline(state: StateInline, silent: bool) -> bool:
    text, start = state.src, state.pos
    opener = next((one for one in _CLOSERS if text.startswith(one, start)), None)
    if opener is None:
        return _is_half_delimiter(state, silent)
    if opener == "$" and start > 0 and text[start - 1].isalnum():
        return False
    end = _end_in_line(text, start + len(opener), opener)
    if end is None:
        return _leave_out(state, opener, silent)
    body = text[start + len(opener) : end].strip()
    state.pos = end + len(_CLOSERS[opener])
    if not silent:
        made = state.push("formula", "math", 0)
        made.content, made.markup = body, text[start : state.pos]
        made.info = DISPLAYED if opener in _DISPLAYS else ""
    return True


def _end_in_line(text: str, start: int, opener: str) -> int | None:
    """Return where the formula that begins at ``start`` is closed; None if it is not."""
    closer = _CLOSERS[opener]
    for found in re.finditer(rf"(?<!\\){re.escape(closer)}", text[start : start + _LONGEST]):
        body, end = text[start : start + found.start()], start + found.end()
        if not body.strip():
            return None
        if opener != "$":
            return start + found.start()
        if body[-1].isspace() or text[end : end + 1].isdigit():
            continue
        return start + found.start() if is_formula(body) else None
    return None


def _leave_out(state: StateInline, opener: str, silent: bool) -> bool:
    """Pass over a formula that is still written."""
    body = state.src[state.pos + len(opener) :]
    if silent or not _grows(state) or len(body) > _LONGEST_UNFINISHED:
        return False
    if opener == "$" and body and not is_formula(body):
        return False
    state.pos = state.posMax
    return True


def _is_half_delimiter(state: StateInline, silent: bool) -> bool:
    """Pass over a backslash with which a growing text ends: what it begins is not known yet."""
    if silent or state.src[state.pos :] != "\\" or not _grows(state):
        return False
    state.pos = state.posMax
    return True


def _grows(state: StateInline) -> bool:
    """Whether more of this text is to come: it ends where all ends, and that grows."""
    source: str = state.env.get(GROWING, "").rstrip()
    last_line = state.src.rstrip().rpartition("\n")[2].strip()
    return bool(source) and source.endswith(last_line)


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    first = _line(state, start_line)
    opener = next((one for one in _DISPLAYS if first.startswith(one)), "")
    environment = _ENVIRONMENT.match(first)
    if state.is_code_block(start_line) or not (opener or environment):
        return False
    closer = f"\\end{{{environment[1]}}}" if environment else _CLOSERS[opener]
    taken: list[str] = []
    for number, line in _lines(state, start_line, end_line):
        taken.append(line if taken else line.removeprefix(opener))
        body = "\n".join(taken)
        if (ended := _before(body, closer)) is not None:
            if not silent:
                _push(state, start_line, number, ended + closer if environment else ended)
            return True
        if len(body) > _LONGEST or closer in body:
            return False
    return _leave_out_block(state, start_line, start_line + len(taken), silent)


def _leave_out_block(state: StateBlock, first: int, beyond: int, silent: bool) -> bool:
    """Pass over a displayed formula that is still written."""
    if not state.env.get(GROWING) or beyond < state.lineMax:
        return False
    if not silent:
        _push(state, first, beyond - 1, "")
    return True


def _lines(state: StateBlock, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the lines up to an empty one, or one that belongs to what stands around."""
    for number in range(start, end):
        if state.isEmpty(number) or state.sCount[number] < state.blkIndent:
            return
        yield number, _line(state, number)


def _line(state: StateBlock, number: int) -> str:
    begin = state.bMarks[number] + state.tShift[number]
    return state.src[begin : state.eMarks[number]].rstrip()


def _before(body: str, closer: str) -> str | None:
    """Return what stands before ``closer``, with the punctuation behind it if there is no more."""
    stripped = body.rstrip(".,;: ")
    if not stripped.endswith(closer) or len(body) - len(stripped) > 1:
        return None
    inner, behind = stripped.removesuffix(closer), body[len(stripped) :]
    return inner.strip() + behind if inner.strip() and closer not in inner else None


def _push(state: StateBlock, first: int, last: int, body: str) -> None:
    """Add the token; an empty body is a formula that is still written."""
    made = state.push("formula", "math", 0)
    made.content, made.block, made.info = body, True, DISPLAYED
    made.map = [first, last + 1]
    made.markup = state.getLines(first, last + 1, state.blkIndent, False).strip()
    state.line = last + 1


def growing(source: str) -> dict[str, Any]:
    """Return what a text is parsed with of which more is to come."""
    return {GROWING: source}
