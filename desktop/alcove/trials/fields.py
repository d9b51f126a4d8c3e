"""The values of a trial file, each checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from alcove.errors import TrialError
from alcove.i18n import _


class Fields:
    """An object of a trial file; ``where`` names it in sentences. Each method raises TrialError."""

    def __init__(self, document: object, where: str, known: tuple[str, ...]) -> None:
        """Take ``document``, which must be an object and have no other fields than ``known``."""
        if not isinstance(document, Mapping):
            raise wrong(_("{where} must be an object.").format(where=where))
        self._document = document
        self.where = where
        if unknown := [str(name) for name in document if name not in known]:
            raise wrong(
                _("{where} has the field {name!r}, which means nothing.").format(
                    where=where, name=unknown[0]
                ),
                _("It may have: {names}.").format(names=", ".join(known)),
            )

    def value(self, name: str) -> Any:  # noqa: ANN401 - whatever the file says
        """Return a field as it is; None if it is not there."""
        return self._document.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text, which must not be empty where there is no default."""
        value = self._document.get(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.must(name, _("a text"))
        return value

    def number(self, name: str, default: float | None, least: float) -> float | None:
        """Return a number that is not below ``least``; null is the engine's own choice."""
        value = self._document.get(name, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise self.must(name, _("a number"))
        if value < least:
            raise self.must(name, _("at least {least:g}").format(least=least))
        return value

    def whole(self, name: str, default: int | None, least: int) -> int | None:
        """Return a whole number that is not below ``least``; null is the engine's own choice."""
        value = self.number(name, default, least)
        if value is not None and value != int(value):
            raise self.must(name, _("a whole number"))
        return None if value is None else int(value)

    def must(self, name: str, what: str) -> TrialError:
        """Return the error for a field that is not ``what`` it must be."""
        return wrong(
            _("{name!r} of {where} must be {what}.").format(name=name, where=self.where, what=what)
        )


def wrong(cause: str, advice: str = "") -> TrialError:
    """Return the error for a trial file that cannot be used as it is."""
    return TrialError(cause, advice or _("Correct the file; the README shows one."))
