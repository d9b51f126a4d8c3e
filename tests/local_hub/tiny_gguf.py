"""GGUF files of a few hundred bytes, for tests that need a file and no model."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

U8, U32, I32, F32, BOOL, STRING, ARRAY, U64 = 0, 4, 5, 6, 7, 8, 9, 10


@dataclass(frozen=True)
class TinyGguf:
    """What to write.

    Metadata are ``(key, type, encoded value)``, tensors ``(name, shape, type)``; tensors follow
    one another at ``alignment``, and their content is zeros.
    """

    metadata: Sequence[tuple[str, int, bytes]] = ()
    tensors: Sequence[tuple[str, tuple[int, ...], int]] = ()
    version: int = 3
    alignment: int = 32
    sizes: Sequence[int] = field(default=())
    """Bytes of each tensor; F32 is assumed where it is empty."""

    def length(self, number: int) -> bytes:
        """Encode a length or a count."""
        return struct.pack("<I" if self.version == 1 else "<Q", number)

    def text(self, text: str | bytes) -> bytes:
        """Encode a string."""
        content = text.encode() if isinstance(text, str) else text
        return self.length(len(content)) + content

    def array(self, kind: int, *elements: bytes) -> bytes:
        """Encode an array of encoded elements."""
        return struct.pack("<I", kind) + self.length(len(elements)) + b"".join(elements)

    def header(self) -> bytes:
        """Return everything before the padding and the weights."""
        out = b"GGUF" + struct.pack("<I", self.version)
        out += self.length(len(self.tensors)) + self.length(len(self.metadata))
        for key, kind, value in self.metadata:
            out += self.text(key) + struct.pack("<I", kind) + value
        for (name, shape, kind), (offset, _size) in zip(self.tensors, self._places(), strict=True):
            out += self.text(name) + struct.pack("<I", len(shape))
            out += b"".join(map(self.length, shape))
            out += struct.pack("<IQ", kind, offset)
        return out

    def content(self) -> bytes:
        """Return the whole file."""
        header = self.header()
        start = -(-len(header) // self.alignment) * self.alignment
        end = max((offset + size for offset, size in self._places()), default=0)
        return header.ljust(start + end, b"\0")

    def _places(self) -> list[tuple[int, int]]:
        places, offset = [], 0
        for index, (_name, shape, _kind) in enumerate(self.tensors):
            size = self.sizes[index] if self.sizes else 4
            if not self.sizes:
                for length in shape:
                    size *= length
            places.append((offset, size))
            offset += -(-size // self.alignment) * self.alignment
        return places


def tiny_gguf(architecture: str = "llama", name: str = "Tiny", file_type: int = 7) -> bytes:
    """Return a whole GGUF that any header reader accepts and no engine can run."""
    writer = TinyGguf()
    return TinyGguf(
        metadata=[
            ("general.architecture", STRING, writer.text(architecture)),
            ("general.name", STRING, writer.text(name)),
            ("general.file_type", U32, struct.pack("<I", file_type)),
        ],
        tensors=[("token_embd.weight", (8, 4), 0)],
    ).content()
