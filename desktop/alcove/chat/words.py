"""How text is searched: what is a word, what is the same letter, where a text has what is sought.

Scripts that put no spaces between words, such as Chinese, Japanese and Thai, are searched letter by
letter, so that a part of a sentence is found too.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

SPREAD = "chat_spread"
"""What ``spread`` is called in SQL."""

_LETTER = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_ALONE = re.compile(f"([{_LETTER}])")
_ACCENTED = re.compile("[\u00c0-\u052f\u1e00-\u1fff]")
_MARKUP = re.compile(r"^#+ |^\s*[-*>] |\*\*|`{3,}\w*|[`|]", re.MULTILINE)
"""What Markdown puts around words, as far as it disturbs in a line of a text."""
_BEFORE = 28
_SNIPPET = 110
_BEGINNING = re.compile(r"[^\W_]{2,}$")
"""A single letter is looked for as a word; as a beginning it would be found everywhere."""

Marks = tuple[tuple[int, int], ...]
"""Where something stands in a text: first character, and the one behind the last."""


@dataclass(frozen=True)
class Snippet:
    """A line out of a text, and where it has what was sought."""

    text: str
    marks: Marks = ()


NO_SNIPPET = Snippet("")
"""There is nothing to show."""


def spread(text: str) -> str:
    """Return ``text`` with spaces around the letters of scripts that put none between words."""
    return text if text.isascii() else _ALONE.sub(r" \1 ", text)


def terms_of(sought: str) -> tuple[str, ...]:
    """Return what all has to be found of what the user typed; punctuation alone is nothing."""
    return tuple(term for term in sought.split() if any(c.isalnum() for c in term))


def query_of(terms: tuple[str, ...]) -> str:
    """Return the query of SQLite's full-text index that finds texts with all of ``terms``.

    Words are found by their beginnings.
    """
    return " AND ".join(map(_phrase, terms))


def folded(text: str) -> str:
    """Return ``text``, letter for letter, without the difference of case and of accents."""
    return _ACCENTED.sub(_base, text).lower() if not text.isascii() else text.lower()


def places_of(terms: tuple[str, ...], text: str) -> Marks:
    """Return where ``text`` has words that begin with one of ``terms``."""
    if not terms:
        return ()
    sought = re.compile("|".join(map(_pattern, sorted(terms, key=len, reverse=True))))
    return tuple(match.span() for match in sought.finditer(folded(text)))


def snippet_of(terms: tuple[str, ...], text: str) -> Snippet:
    """Return the line out of ``text`` around the first of ``terms`` that it has."""
    line = " ".join(_MARKUP.sub(" ", text).split())
    places = places_of(terms, line)
    start = max(0, places[0][0] - _BEFORE) if places else 0
    if start:
        start = line.find(" ", start, places[0][0]) + 1 or start
    shown = line[start : start + _SNIPPET]
    before = "… " if start else ""
    move = len(before) - start
    marks = ((a + move, b + move) for a, b in places if start <= a and b <= start + _SNIPPET)
    return Snippet(before + shown, tuple(marks))


def units(text: str) -> int:
    """Return how long ``text`` is in UTF-16, in which toolkits count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _phrase(term: str) -> str:
    quoted = spread(term).strip().replace('"', '""')
    return f'"{quoted}"' + ("*" if _BEGINNING.search(term) else "")


def _pattern(term: str) -> str:
    anywhere = _ALONE.match(term) or not term[0].isalnum()
    return ("" if anywhere else r"(?<![^\W_])") + re.escape(folded(term))


def _base(letter: re.Match[str]) -> str:
    return unicodedata.normalize("NFD", letter[0])[0]
