"""Reading the fields of a JSON object, and saying which is wrong and what it may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alcove.engine.protocol.errors import BadRequest
from alcove.i18n import _


class Fields:
    """The fields of a JSON object; one that is null counts as left out.

    Everything that reads raises BadRequest if the field is of another type or out of its range.
    """

    def __init__(self, document: Mapping[str, Any], place: str = "") -> None:
        """``place`` is the name of the field that holds the object, if it is not the body."""
        self.document = document
        self._place = f"{place}." if place else ""

    @classmethod
    def of_body(cls, body: object) -> Fields:
        """Return the fields of the body of a request."""
        if not isinstance(body, dict):
            raise BadRequest(_("The body of the request must be a JSON object."))
        return cls(body)

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return self.document.get(name) is not None

    def value(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        """Return the field as it is, None if it is left out."""
        return self.document.get(name)

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """Return a number from ``low`` to ``high``."""
        value = self.value(name)
        if value is None:
            return default
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            raise self.wrong(
                name,
                _("'{name}' must be a number from {low:g} to {high:g}."),
                low=low,
                high=high,
            )
        return float(value)

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``."""
        value = self.value(name)
        if value is None:
            return default
        is_whole = is_integer(value) or (isinstance(value, float) and value.is_integer())
        if not is_whole or not low <= value <= high:
            raise self.wrong(
                name,
                _("'{name}' must be a whole number from {low} to {high}."),
                low=low,
                high=high,
            )
        return int(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false."""
        value = self.value(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(name, _("'{name}' must be true or false."))
        return value

    def text(self, name: str, default: str = "") -> str:
        """Return a text."""
        value = self.value(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.wrong(name, _("'{name}' must be a text."))
        return value

    def texts(self, name: str, most: int) -> tuple[str, ...]:
        """Return a list of at most ``most`` texts; one text alone is a list of one."""
        value = self.value(name)
        if isinstance(value, str):
            return (value,)
        items = self.items(name, most)
        if not all(isinstance(item, str) for item in items):
            raise self.wrong(name, _("'{name}' must be a text or a list of texts."))
        return tuple(items)

    def items(self, name: str, most: int) -> list[Any]:
        """Return a list of at most ``most`` items; empty if it is left out."""
        value = self.value(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            raise self.wrong(name, _("'{name}' must be a list of at most {most}."), most=most)
        return value

    def inner(self, name: str) -> Fields:
        """Return the fields of an object; none if it is left out."""
        value = self.value(name)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self.wrong(name, _("'{name}' must be an object."))
        return Fields(value, self._path(name))

    def each(self, name: str, most: int) -> list[Fields]:
        """Return the fields of each object in a list."""
        items = self.items(name, most)
        if not all(isinstance(item, dict) for item in items):
            raise self.wrong(name, _("'{name}' must be a list of objects."))
        return [Fields(item, f"{self._path(name)}[{index}]") for index, item in enumerate(items)]

    def wrong(self, name: str, sentence: str, **values: object) -> BadRequest:
        """Return the refusal of a field; ``sentence`` is filled in with its name and ``values``."""
        path = self._path(name)
        return BadRequest(sentence.format(name=path, **values), path)

    def _path(self, name: str) -> str:
        return f"{self._place}{name}"


def is_integer(value: object) -> bool:
    """Whether a JSON value is a whole number; Python's booleans are integers too."""
    return isinstance(value, int) and not isinstance(value, bool)
