"""Strict reading of JSON objects: every fault is told with the exact place of the value."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from alcove.errors import StorageError
from alcove.i18n import _

_ENDLESS = 2**63


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object, ``step`` being its place in ``parent``, such as ``models[3]``.

    Each reader takes the name of a member, and raises StorageError where it is of another kind.
    Readers called ``optional`` return None where the member is missing or null.
    """

    values: dict[str, Any]
    step: str = ""
    parent: Record | None = None

    @property
    def place(self) -> str:
        """The path from the outermost object; empty for that one."""
        before = self.parent.place if self.parent else ""
        return f"{before}.{self.step}" if before else self.step

    def fault(self, what: str, name: str = "") -> StorageError:
        """Make the error that says what is wrong here, or with the member ``name``."""
        place = ".".join(filter(None, (self.place, name))) or _("the file")
        return StorageError(
            _("The model catalog is damaged: {place} {what}.").format(place=place, what=what),
            _("Install Alcove again to get the catalog back."),
        )

    def require(self, known: Set[str], needed: Set[str]) -> Record:
        """Return itself; all members must be among ``known``, and those ``needed`` be there."""
        if missing := sorted(needed - self.values.keys()):
            raise self.fault(_("lacks “{name}”").format(name=missing[0]))
        if unknown := sorted(self.values.keys() - known):
            raise self.fault(_("has the unknown member “{name}”").format(name=unknown[0]))
        return self

    def record(self, name: str) -> Record:
        """Read an object."""
        value = self.values[name]
        if not isinstance(value, dict):
            raise self.fault(_("must be an object"), name)
        return Record(value, name, self)

    def records(self, name: str) -> list[Record]:
        """Read a list of objects; empty where it is missing."""
        return [self.item(name, index) for index in range(self.length(name))]

    def length(self, name: str) -> int:
        """Return how many members a list has; 0 where it is missing."""
        return len(self._list(name))

    def item(self, name: str, index: int) -> Record:
        """Read one object of a list."""
        item, place = self._list(name)[index], f"{name}[{index}]"
        if not isinstance(item, dict):
            raise self.fault(_("must be an object"), place)
        return Record(item, place, self)

    def texts(self, name: str, allowed: Set[str] | None = None) -> tuple[str, ...]:
        """Read a list of texts, each among ``allowed``; empty where it is missing."""
        items = self._list(name)
        for index, item in enumerate(items):
            if not isinstance(item, str) or not item:
                raise self.fault(_("must be a text"), f"{name}[{index}]")
            if allowed is not None and item not in allowed:
                raise self._not_among(allowed, f"{name}[{index}]")
        return tuple(items)

    def text(self, name: str) -> str:
        """Read a text that is not empty."""
        value = self.values[name]
        if not isinstance(value, str) or not value:
            raise self.fault(_("must be a text"), name)
        return value

    def count(self, name: str) -> int:
        """Read a whole number above zero; none is so large that sums of them are endless."""
        value = self.values[name]
        if type(value) is not int or not 0 < value < _ENDLESS:
            raise self.fault(_("must be a whole number above 0"), name)
        return value

    def number(self, name: str) -> float:
        """Read a number."""
        value = self.values[name]
        if type(value) not in (int, float) or not -_ENDLESS < value < _ENDLESS:
            raise self.fault(_("must be a number"), name)
        return float(value)

    def flag(self, name: str) -> bool:
        """Read true or false; false where it is missing."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            raise self.fault(_("must be true or false"), name)
        return value

    def choice(self, name: str, allowed: Set[str]) -> str:
        """Read one of the texts ``allowed``."""
        value = self.values[name]
        if not isinstance(value, str) or value not in allowed:
            raise self._not_among(allowed, name)
        return value

    def optional_text(self, name: str) -> str | None:
        """Read a text."""
        return None if self.values.get(name) is None else self.text(name)

    def optional_count(self, name: str) -> int | None:
        """Read a whole number above zero."""
        return None if self.values.get(name) is None else self.count(name)

    def optional_number(self, name: str) -> float | None:
        """Read a number."""
        return None if self.values.get(name) is None else self.number(name)

    def optional_choice(self, name: str, allowed: Set[str]) -> str | None:
        """Read one of the texts ``allowed``."""
        return None if self.values.get(name) is None else self.choice(name, allowed)

    def optional_date(self, name: str) -> str | None:
        """Read an ISO date; the day may be left out."""
        text = self.optional_text(name)
        if text is None:
            return None
        try:
            date.fromisoformat(text if len(text) > len("2026-01") else f"{text}-01")
        except ValueError:
            raise self.fault(_("must be a date like 2026-01-31"), name) from None
        return text

    def _list(self, name: str) -> list[Any]:
        value = self.values.get(name, [])
        if not isinstance(value, list):
            raise self.fault(_("must be a list"), name)
        return value

    def _not_among(self, allowed: Set[str], name: str) -> StorageError:
        names = ", ".join(sorted(allowed))
        return self.fault(_("must be one of: {allowed}").format(allowed=names), name)
