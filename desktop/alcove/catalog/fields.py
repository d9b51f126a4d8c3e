"""Strict reading of JSON: every fault is told with the exact place of the value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from alcove.errors import StorageError
from alcove.i18n import _


@dataclass(frozen=True, slots=True)
class Field:
    """One JSON value and its place, such as ``models[3].licence.name``.

    Each reader raises StorageError where the value is of another kind.
    """

    value: Any
    place: str

    def fault(self, what: str) -> StorageError:
        """Make the error that says what is wrong at this place."""
        return StorageError(
            _("The model catalog is damaged: {place} {what}.").format(
                place=self.place or _("the file"), what=what
            ),
            _("Install Alcove again to get the catalog back."),
        )

    def members(self, *names: str) -> dict[str, Field]:
        """Read an object that has exactly the members ``names``."""
        if not isinstance(self.value, dict):
            raise self.fault(_("must be an object"))
        for name in names:
            if name not in self.value:
                raise self.fault(_("lacks “{name}”").format(name=name))
        for name in self.value:
            if name not in names:
                raise self.fault(_("has the unknown member “{name}”").format(name=name))
        prefix = f"{self.place}." if self.place else ""
        return {name: Field(self.value[name], prefix + name) for name in names}

    def items(self) -> Iterator[Field]:
        """Read a list."""
        if not isinstance(self.value, list):
            raise self.fault(_("must be a list"))
        return (Field(value, f"{self.place}[{i}]") for i, value in enumerate(self.value))

    def text(self) -> str:
        """Read a text that is not empty."""
        if not isinstance(self.value, str) or not self.value:
            raise self.fault(_("must be a text"))
        return self.value

    def count(self) -> int:
        """Read a whole number above zero."""
        if type(self.value) is not int or self.value < 1:
            raise self.fault(_("must be a whole number above 0"))
        return self.value

    def number(self) -> float:
        """Read a number."""
        if type(self.value) not in (int, float):
            raise self.fault(_("must be a number"))
        return float(self.value)

    def flag(self) -> bool:
        """Read true or false."""
        if not isinstance(self.value, bool):
            raise self.fault(_("must be true or false"))
        return self.value

    def choice(self, *allowed: str) -> str:
        """Read one of the texts ``allowed``."""
        if self.value not in allowed:
            raise self.fault(_("must be one of: {allowed}").format(allowed=", ".join(allowed)))
        return str(self.value)

    def optional_text(self) -> str | None:
        """Read a text or null."""
        return None if self.value is None else self.text()

    def optional_count(self) -> int | None:
        """Read a whole number above zero, or null."""
        return None if self.value is None else self.count()

    def optional_number(self) -> float | None:
        """Read a number or null."""
        return None if self.value is None else self.number()
