"""A place in the bytes of a GGUF header, and how values are read from there."""

from __future__ import annotations

from array import array
from struct import Struct
from struct import error as struct_error

from alcove.errors import ModelFileError, Remedy
from alcove.gguf.header import Strings, Value
from alcove.i18n import _

HEADER_LIMIT = 64 * 1024**2
"""Bytes that a header may take; those of real models stay under 20 MB."""

U32 = Struct("<I")
U64 = Struct("<Q")
_BOOL, _STRING, _ARRAY = 7, 8, 9
_NUMBERS = {
    0: Struct("<B"),
    1: Struct("<b"),
    2: Struct("<H"),
    3: Struct("<h"),
    4: U32,
    5: Struct("<i"),
    6: Struct("<f"),
    _BOOL: Struct("<?"),
    10: U64,
    11: Struct("<q"),
    12: Struct("<d"),
}


class NeedMore(Exception):
    """The header goes on after the bytes that are there; ``size`` of them are needed at least."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


def damaged(source: str, reason: str) -> ModelFileError:
    """Return the error for a header that contradicts itself or the format."""
    return ModelFileError(
        _("{file} is damaged: {reason}.").format(file=source, reason=reason),
        get_again(),
        Remedy.DOWNLOAD_AGAIN,
    )


def get_again() -> str:
    """Say what helps against a damaged file, wherever it is from."""
    return _("Get it again from where it came.")


class Cursor:
    """Reads values one after the other; every length is checked before anything is done with it."""

    def __init__(self, data: bytes, source: str) -> None:
        self.data = data
        self.source = source
        self.position = 0
        self.length = U64
        """How lengths and counts are stored; version 1 had 32 bits for them."""

    def require(self, size: int) -> int:
        """Move past the next ``size`` bytes and return where they begin."""
        start, end = self.position, self.position + size
        if end > HEADER_LIMIT:
            raise damaged(
                self.source, _("its header claims to be larger than any header is (64 MB)")
            )
        if end > len(self.data):
            raise NeedMore(end)
        self.position = end
        return start

    def number(self, layout: Struct) -> int:
        """Read one integer."""
        value: int = layout.unpack_from(self.data, self.require(layout.size))[0]
        return value

    def numbers(self, layout: Struct) -> tuple[int, ...]:
        """Read several integers at once."""
        return layout.unpack_from(self.data, self.require(layout.size))

    def string(self) -> str:
        """Read one string; bytes that are no UTF-8 become replacement characters."""
        size = self.number(self.length)
        start = self.require(size)
        return self.data[start : start + size].decode(errors="replace")

    def value(self) -> Value:
        """Read one metadata value: its type, then what it says."""
        kind = self.number(U32)
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            return self._array()
        layout = _NUMBERS.get(kind)
        if layout is None:
            raise damaged(
                self.source, _("it holds a value of unknown type {type}").format(type=kind)
            )
        value: Value = layout.unpack_from(self.data, self.require(layout.size))[0]
        return value

    def _array(self) -> Value:
        kind = self.number(U32)
        count = self.number(self.length)
        if kind == _STRING:
            return self._strings(count)
        layout = _NUMBERS.get(kind)
        if layout is None:
            raise damaged(
                self.source, _("it holds an array of unknown type {type}").format(type=kind)
            )
        size = layout.size * count
        start = self.require(size)
        code = "B" if kind == _BOOL else layout.format[1:]
        return array(code, self.data[start : start + size])

    def _strings(self, count: int) -> Strings:
        length, start = self.length, self.position
        self.require(length.size * count)  # bounds the loop by the bytes that are there
        position = start
        try:
            for _index in range(count):
                position += length.size + length.unpack_from(self.data, position)[0]
        except (struct_error, OverflowError):  # the next length lies past the end
            position += length.size
        self.position = start
        self.require(position - start)
        return Strings(self.data[start:position], count, length)
