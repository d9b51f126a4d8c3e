"""The skeleton of a model: its header without the tokenizer, all that a dry run needs.

llama.cpp reserves for a file that begins with the skeleton what it reserves for the whole model.
A skeleton takes 15 to 70 KB where headers take megabytes, so that it can be kept for good.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from alcove.errors import ModelFileError, Remedy
from alcove.gguf.cursor import U32, U64, Cursor, damaged
from alcove.gguf.header import Header, Strings, Tensor
from alcove.gguf.read import parse_header, read_start
from alcove.gguf.tensor_types import TENSOR_TYPES
from alcove.i18n import _

_ALIGNMENT = 32
_NUMBER, _FLOAT, _FLAG, _TEXT, _LIST = 4, 6, 7, 8, 9
_TYPES = {kind.name: number for number, kind in TENSOR_TYPES.items()}

_TOKENIZER = "tokenizer."
_TOKENS = "tokenizer.ggml.tokens"
_TOKEN_TYPES = "tokenizer.ggml.token_type_count"
"""The one key of a tokenizer that says the shape of a tensor (of BERT's)."""

_TOKENIZER_MODEL = "tokenizer.ggml.model"
_MERGES = "tokenizer.ggml.merges"

Entry: TypeAlias = str | float | Sequence[int] | Sequence[float]
"""A value of metadata that can be written; a sequence has one element at least."""

_OWN = "alcove."
_OWN_MODEL, _OWN_MERGES = f"{_OWN}tokenizer_model", f"{_OWN}tokenizer_merges"


@dataclass(frozen=True)
class Skeleton:
    """``data`` is a GGUF without its weights; from the rest of the file only its size is known."""

    data: bytes

    @cached_property
    def header(self) -> Header:
        """What ``data`` says: metadata without the tokenizer, and all tensors."""
        return parse_header(self.data)

    @cached_property
    def key(self) -> str:
        """What tells it from all others: the SHA-256 of ``data``."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def file_size(self) -> int:
        """The bytes that a file beginning with ``data`` must have."""
        return self.header.file_size

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens that the model knows."""
        return self.header.number("vocab_size") or 0

    @property
    def tokenizer_model(self) -> str:
        """Name of the tokenizer's kind: "gpt2" for all of BPE, "llama" for SentencePiece, ..."""
        return self.header.text(_OWN_MODEL) or ""

    @property
    def tokenizer_merges(self) -> int:
        """Number of merges of a BPE tokenizer."""
        merges = self.header.metadata.get(_OWN_MERGES)
        return merges if isinstance(merges, int) else 0


def skeleton_of(
    parts: Sequence[bytes], source: str = "GGUF", *, keep_tokenizer: bool = False
) -> Skeleton:
    """Make the skeleton of a model from the bytes that its files begin with, in order.

    ``keep_tokenizer`` is for architectures that llama.cpp does not load without. Raises NeedMore
    where the bytes end before a header does, and ModelFileError.
    """
    headers = [parse_header(part, source) for part in parts]
    return _skeleton(parts, headers, source, keep_tokenizer)


def read_skeleton(files: Sequence[Path], *, keep_tokenizer: bool = False) -> Skeleton:
    """Make the skeleton of the model in ``files``, all its parts in order; see ``skeleton_of``."""
    starts = [read_start(file) for file in files]
    headers, parts = [header for header, _data in starts], [data for _header, data in starts]
    return _skeleton(parts, headers, files[0].name, keep_tokenizer)


def retyped(skeleton: Skeleton, tensors: Iterable[Tensor]) -> Skeleton:
    """Return a skeleton with other tensors, but the same metadata."""
    encoded = (key + value for _key, key, value in entries(skeleton.data))
    return Skeleton(assemble(encoded, tensors))


def assemble(encoded: Iterable[bytes], tensors: Iterable[Tensor]) -> bytes:
    """Write a header from encoded metadata; the tensors follow one another, whatever they say."""
    metadata, infos, offset = list(encoded), list[bytes](), 0
    for tensor in tensors:
        infos.append(_tensor_info(tensor, offset))
        offset += _aligned(tensor.size_bytes)
    start = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(metadata))
    data = b"".join((start, *metadata, *infos))
    return data.ljust(_aligned(len(data)), b"\0")


def entry(key: str, value: Entry) -> bytes:
    """Encode one piece of metadata; integers and floats take 32 bits."""
    if isinstance(value, str | int | float):
        kind, content = _encoded(value)
        return _text(key) + U32.pack(kind) + content
    kinds, contents = zip(*map(_encoded, value), strict=True)
    return (
        _text(key)
        + U32.pack(_LIST)
        + U32.pack(kinds[0])
        + U64.pack(len(kinds))
        + b"".join(contents)
    )


def _encoded(value: str | float) -> tuple[int, bytes]:
    if isinstance(value, str):
        return _TEXT, _text(value)
    if isinstance(value, bool):
        return _FLAG, struct.pack("<?", value)
    if isinstance(value, int):
        return _NUMBER, U32.pack(value)
    return _FLOAT, struct.pack("<f", value)


def about_tokenizer(model: str, merges: int) -> Iterator[bytes]:
    """Yield what a skeleton says of the tokenizer that it leaves out, encoded."""
    yield entry(_OWN_MODEL, model)
    yield entry(_OWN_MERGES, merges)


def _skeleton(
    parts: Sequence[bytes], headers: Sequence[Header], source: str, keep_tokenizer: bool
) -> Skeleton:
    first = headers[0]
    _require_all_parts(first, len(parts), source)
    for header in headers:
        _require_readable(header, source)
    kept = list(_kept(parts[0], first, source, keep_tokenizer))
    tensors = (tensor for header in headers for tensor in header.tensors)
    return Skeleton(assemble(kept, tensors))


def _kept(data: bytes, header: Header, source: str, keep_tokenizer: bool) -> Iterator[bytes]:
    """Yield the metadata of a skeleton, encoded: those that bear on memory, and a few new ones."""
    tokens, merges = header.metadata.get(_TOKENS), header.metadata.get(_MERGES)
    vocabulary = f"{header.architecture}.vocab_size"
    for key, encoded_key, value in entries(data, source):
        encoded = encoded_key + value
        if key.startswith(_TOKENIZER):
            if keep_tokenizer or key == _TOKEN_TYPES:
                yield encoded
        elif key.startswith(("split.", _OWN)) or key == "general.alignment":
            continue
        elif key != vocabulary or not isinstance(tokens, Strings):
            yield encoded
    if isinstance(tokens, Strings):
        yield entry(vocabulary, len(tokens))
    if not keep_tokenizer:
        yield entry(_TOKENIZER_MODEL, "none")
    yield from about_tokenizer(
        header.text(_TOKENIZER_MODEL) or "", len(merges) if isinstance(merges, Strings) else 0
    )


def entries(data: bytes, source: str = "GGUF") -> Iterator[tuple[str, bytes, bytes]]:
    """Yield the keys of a header that was found to be sound: plain, encoded, and the value so."""
    cursor = Cursor(data, source)
    cursor.require(16)  # magic, version, number of tensors
    for _index in range(cursor.number(U64)):
        start = cursor.position
        key = cursor.string()
        middle = cursor.position
        cursor.value()
        yield key, data[start:middle], data[middle : cursor.position]


def _require_all_parts(first: Header, there: int, source: str) -> None:
    count = first.metadata.get("split.count")
    if isinstance(count, int) and count > 1 and count != there:
        raise ModelFileError(
            _("{file} is split into {count} parts, and {there} are there.").format(
                file=source, count=count, there=there
            ),
            _("Download the model again, or put all its parts into one folder."),
            Remedy.DOWNLOAD_AGAIN,
        )


def _require_readable(header: Header, source: str) -> None:
    """Refuse what llama.cpp would refuse in the file, but a skeleton no longer shows."""
    if header.version == 1:
        raise ModelFileError(
            _("{file} has version 1 of the GGUF format, which llama.cpp no longer reads.").format(
                file=source
            ),
            _("Choose a newer copy of the model."),
            Remedy.CHOOSE_MODEL,
        )
    alignment = header.metadata.get("general.alignment", _ALIGNMENT)
    assert isinstance(alignment, int)
    offset = 0
    for tensor in header.tensors:
        if tensor.offset != offset:
            raise damaged(source, _("its tensor {name!r} is not in order").format(name=tensor.name))
        offset += _aligned(tensor.size_bytes, alignment)


def _tensor_info(tensor: Tensor, offset: int) -> bytes:
    shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
    return _text(tensor.name) + shape + struct.pack("<IQ", _TYPES[tensor.type], offset)


def _text(text: str) -> bytes:
    content = text.encode()
    return U64.pack(len(content)) + content


def _aligned(size: int, alignment: int = _ALIGNMENT) -> int:
    return -(-size // alignment) * alignment
