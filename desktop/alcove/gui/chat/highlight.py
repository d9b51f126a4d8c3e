"""Source code in colours, by Pygments."""

from __future__ import annotations

from collections.abc import Iterator

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.lexers.special import TextLexer
from pygments.token import Token, _TokenType
from pygments.util import ClassNotFound

from alcove.gui.theme import Colours

_KINDS = (
    (Token.Comment, "muted"),
    (Token.Keyword, "accent"),
    (Token.Operator.Word, "accent"),
    (Token.Name.Builtin, "context"),
    (Token.Name.Function, "context"),
    (Token.Name.Class, "context"),
    (Token.Name.Decorator, "compute"),
    (Token.Name.Tag, "accent"),
    (Token.Name.Attribute, "compute"),
    (Token.Literal.String, "good"),
    (Token.Literal.Number, "compute"),
    (Token.Generic.Deleted, "bad"),
    (Token.Generic.Inserted, "good"),
)


def lexer(language: str) -> Lexer:
    """Return the lexer for a language by any name that Pygments knows; plain text if none."""
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return TextLexer(stripnl=False, ensurenl=False)


def coloured(code: str, by: Lexer, colours: Colours) -> Iterator[tuple[str, str]]:
    """Yield the pieces of ``code`` in order, each with its colour (#rrggbb)."""
    for kind, piece in by.get_tokens(code):
        yield piece, getattr(colours, _role(kind))


def _role(kind: _TokenType) -> str:
    return next((role for family, role in _KINDS if kind[: len(family)] == family), "text")
