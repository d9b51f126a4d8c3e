"""What a GGUF says about itself before its weights begin."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import TypeAlias, overload

_LAYER = re.compile(r"^blk\.(\d{1,5})\.")

MAX_COUNT = 2**31
"""What no number of a model exceeds; a larger one was written to harm."""


class Strings(Sequence[str]):
    """An array of strings, decoded only when they are asked for.

    Vocabularies hold hundreds of thousands of them, and most readers want to know how many.
    """

    def __init__(self, encoded: bytes, count: int, length: Struct) -> None:
        self._encoded = encoded
        self._count = count
        self._length = length

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        position = 0
        for _ in range(self._count):
            start = position + self._length.size
            position = start + self._length.unpack_from(self._encoded, position)[0]
            yield self._encoded[start:position].decode(errors="replace")

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return tuple(self)[index]


Value: TypeAlias = "bool | int | float | str | array[int] | array[float] | Strings"
"""A metadata value; the elements of a boolean array are 0 and 1."""


@dataclass(frozen=True)
class Tensor:
    """One tensor. ``shape`` is in ggml's order, the length of a row first.

    ``type`` is ggml's name ("Q4_K"); ``offset`` counts from the header's ``data_offset``.
    """

    name: str
    shape: tuple[int, ...]
    type: str
    size_bytes: int
    offset: int

    @property
    def layer(self) -> int | None:
        """The number of the layer that it is a part of; None for what comes before and after."""
        layer = _LAYER.match(self.name)
        return int(layer[1]) if layer else None

    @property
    def role(self) -> str:
        """Its name without that of its layer: "attn_q.weight"."""
        return _LAYER.sub("", self.name, count=1)


@dataclass(frozen=True)
class Header:
    """Metadata and tensors. ``data_offset`` is where, in bytes, the weights begin."""

    version: int
    metadata: Mapping[str, Value]
    tensors: tuple[Tensor, ...]
    data_offset: int

    @property
    def architecture(self) -> str:
        """llama.cpp's name of the architecture; empty in the later parts of a split model."""
        return self.text("general.architecture") or ""

    @property
    def file_size(self) -> int:
        """The bytes that the file must have."""
        ends = (tensor.offset + tensor.size_bytes for tensor in self.tensors)
        return self.data_offset + max(ends, default=0)

    def number(self, suffix: str) -> int | None:
        """Return the integer ``{architecture}.{suffix}``, or None where it is not one."""
        value = self.metadata.get(f"{self.architecture}.{suffix}")
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def text(self, key: str) -> str | None:
        """Return the string ``key``, or None where it is not one."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else None
