"""Sentences for people, through gettext; the command line and the window share them."""

from __future__ import annotations

import gettext
from functools import cache

from alcove.resources import resource

_DOMAIN = "alcove"


@cache
def _translations() -> gettext.NullTranslations:
    return gettext.translation(_DOMAIN, localedir=resource("locale"), fallback=True)


def _(message: str) -> str:
    """Translate ``message`` into the language that the environment asks for."""
    return _translations().gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Translate the form of a sentence that fits ``count``."""
    return _translations().ngettext(singular, plural, count)
