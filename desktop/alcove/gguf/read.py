"""Read the header of a GGUF: from bytes, from a file, from all parts of a split model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from errno import ELOOP
from pathlib import Path
from stat import S_ISREG
from struct import Struct

from alcove.errors import ModelFileError, Remedy
from alcove.gguf.cursor import HEADER_LIMIT, U32, Cursor, NeedMore, damaged, get_again
from alcove.gguf.header import Header, Tensor, Value
from alcove.gguf.tensor_types import TENSOR_TYPES
from alcove.i18n import _
from alcove.words import exact_size

_MAGIC = b"GGUF"
_NEWEST_VERSION = 3
_MAX_DIMENSIONS = 4
_MAX_TENSOR_BYTES = 2**63 - 1
_MAX_TENSORS, _MAX_ENTRIES = 100_000, 10_000
"""Those of real models stay under 3000 and 200; that many are read within a second."""
_DEFAULT_ALIGNMENT = 32
_TENSORS = {
    (short, dimensions): Struct("<" + ("I" if short else "Q") * dimensions + "IQ")
    for short in (False, True)
    for dimensions in range(_MAX_DIMENSIONS + 1)
}
"""How what follows a tensor's name is stored: its shape, type and offset; version 1 had shorter
shapes."""
_FIRST_READ = 64 * 1024
_LARGE_READ = 1024**2
"""Up to here, four times as much is read each time that it was not enough; then, twice as much."""


def read_header(path: Path) -> Header:
    """Read the header of the file ``path`` and check that the file is as long as it says.

    Raises ModelFileError: no such file, no permission, not a GGUF, damaged, cut short.
    """
    return read_start(path)[0]


def read_start(path: Path) -> tuple[Header, bytes]:
    """Read the header of the file ``path`` as ``read_header`` does; returns its bytes too."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise ModelFileError(
                _("{path} is not a file.").format(path=path),
                _("Name the GGUF file itself, not its folder."),
                Remedy.CHOOSE_MODEL,
            )
        if status.st_size == 0:
            raise ModelFileError(
                _("{file} is empty.").format(file=path.name), get_again(), Remedy.DOWNLOAD_AGAIN
            )
        header, data = _read_start(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if missing := max(0, header.file_size - status.st_size):
        raise cut_short(path.name, missing)
    return header, data[: header.data_offset]


def parse_header(data: bytes, source: str = "GGUF") -> Header:
    """Read the header that ``data`` begins with; sentences call the file ``source``.

    Raises NeedMore if ``data`` ends before the header does, ModelFileError if it is no header.
    """
    cursor = Cursor(data, source)
    version = _read_version(cursor)
    tensor_count, entry_count = cursor.number(cursor.length), cursor.number(cursor.length)
    if tensor_count > _MAX_TENSORS:
        raise damaged(source, _("it claims to have {count} tensors").format(count=tensor_count))
    if entry_count > _MAX_ENTRIES:
        raise damaged(source, _("it claims to have {count} entries").format(count=entry_count))
    metadata = _read_metadata(cursor, entry_count)
    alignment = _alignment(cursor, metadata)
    tensors = _read_tensors(cursor, tensor_count, alignment)
    return Header(version, metadata, tensors, _aligned(cursor.position, alignment))


def join_headers(headers: Sequence[Header]) -> Header:
    """Return the header that the parts of a split model would have as one file.

    The metadata are those of the first part, where llama.cpp looks for them.
    """
    first = headers[0]
    alignment = first.metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
    assert isinstance(alignment, int)
    tensors: list[Tensor] = []
    offset = 0
    for tensor in (tensor for header in headers for tensor in header.tensors):
        tensors.append(replace(tensor, offset=offset))
        offset = _aligned(offset + tensor.size_bytes, alignment)
    return replace(first, tensors=tuple(tensors))


def cut_short(name: str, missing: int) -> ModelFileError:
    """Return the error for a file that ends ``missing`` bytes, at least, before it should."""
    return ModelFileError(
        _("{file} is cut short: it lacks at least {missing}.").format(
            file=name, missing=exact_size(missing)
        ),
        get_again(),
        Remedy.DOWNLOAD_AGAIN,
    )


def _read_start(path: Path) -> tuple[Header, bytes]:
    data, wanted = b"", _FIRST_READ
    with path.open("rb") as file:
        while True:
            data += file.read(wanted - len(data))
            try:
                return parse_header(data, path.name), data
            except NeedMore as more:
                if len(data) < wanted:  # the file ends here
                    raise cut_short(path.name, more.size - len(data)) from None
                factor = 4 if len(data) < _LARGE_READ else 2
                wanted = min(max(more.size, factor * len(data)), HEADER_LIMIT)


def _read_version(cursor: Cursor) -> int:
    start = cursor.data[:4]
    if start != _MAGIC[: len(start)]:
        shown = start.decode("ascii", "replace") if start.isascii() else start.hex(" ")
        raise ModelFileError(
            _("{file} is not a GGUF file: it begins with {start!r}.").format(
                file=cursor.source, start=shown
            ),
            _("Choose a file whose name ends in .gguf, or download this one again."),
            Remedy.DOWNLOAD_AGAIN,
            Remedy.CHOOSE_MODEL,
        )
    cursor.require(len(_MAGIC))
    version = cursor.number(U32)
    if version & 0xFFFF == 0 and version:
        raise ModelFileError(
            _("{file} was made for big-endian machines.").format(file=cursor.source),
            _("Choose a copy of the model without that mark."),
            Remedy.CHOOSE_MODEL,
        )
    if not 1 <= version <= _NEWEST_VERSION:
        raise ModelFileError(
            _("{file} has version {version} of the GGUF format; known are 1 to {newest}.").format(
                file=cursor.source, version=version, newest=_NEWEST_VERSION
            ),
            _("Look for a newer Alcove, or download the file again if it may be damaged."),
            Remedy.DOWNLOAD_AGAIN,
        )
    if version == 1:
        cursor.length = U32
    return version


def _read_metadata(cursor: Cursor, count: int) -> dict[str, Value]:
    metadata: dict[str, Value] = {}
    _require_entries(cursor, count, smallest=cursor.length.size + U32.size + 1)
    for _index in range(count):
        key = cursor.string()
        if key in metadata:
            raise damaged(cursor.source, _("the key {key!r} stands in it twice").format(key=key))
        metadata[key] = cursor.value()
    return metadata


def _read_tensors(cursor: Cursor, count: int, alignment: int) -> tuple[Tensor, ...]:
    _require_entries(cursor, count, smallest=cursor.length.size + 2 * U32.size + 8)
    tensors = tuple(_read_tensor(cursor, alignment) for _index in range(count))
    if len({tensor.name for tensor in tensors}) < count:
        raise damaged(cursor.source, _("two of its tensors have the same name"))
    return tensors


def _require_entries(cursor: Cursor, count: int, smallest: int) -> None:
    start = cursor.position
    cursor.require(count * smallest)
    cursor.position = start


def _read_tensor(cursor: Cursor, alignment: int) -> Tensor:
    name = cursor.string()
    dimensions = cursor.number(U32)
    if dimensions > _MAX_DIMENSIONS:
        raise damaged(
            cursor.source,
            _("its tensor {name!r} has {count} dimensions").format(name=name, count=dimensions),
        )
    *shape, number, offset = cursor.numbers(_TENSORS[cursor.length is U32, dimensions])
    kind = TENSOR_TYPES.get(number)
    if kind is None:
        raise ModelFileError(
            _("{file} stores the tensor {name!r} as type {number}, which is not known.").format(
                file=cursor.source, name=name, number=number
            ),
            _("Look for a newer Alcove, or choose another quantization."),
            Remedy.CHOOSE_MODEL,
        )
    blocks, rest = divmod(shape[0] if shape else 1, kind.block_elements)
    size = blocks * math.prod(shape[1:]) * kind.block_bytes
    if rest or offset % alignment or offset + size > _MAX_TENSOR_BYTES:
        raise damaged(
            cursor.source,
            _("the shape or place of its tensor {name!r} is impossible").format(name=name),
        )
    return Tensor(name, tuple(shape), kind.name, size, offset)


def _alignment(cursor: Cursor, metadata: dict[str, Value]) -> int:
    value = metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
    if not isinstance(value, int) or not 0 < value < 2**32 or value & (value - 1):
        raise damaged(cursor.source, _("its alignment, {value}, is impossible").format(value=value))
    return value


def _aligned(position: int, alignment: int) -> int:
    return -(-position // alignment) * alignment


def unreadable(path: Path, error: OSError) -> ModelFileError:
    """Return the error for a file that the system does not let Alcove read."""
    if isinstance(error, FileNotFoundError):
        return ModelFileError(
            _("There is no file {path}.").format(path=path),
            _("Check the name, or choose another model."),
            Remedy.CHOOSE_MODEL,
        )
    if isinstance(error, PermissionError):
        return ModelFileError(
            _("You may not read {path}.").format(path=path),
            _("Change the permissions of the file."),
        )
    if error.errno == ELOOP:
        return ModelFileError(
            _("{path} is a link that leads in a circle.").format(path=path),
            _("Name the file itself, or make the link anew."),
            Remedy.CHOOSE_MODEL,
        )
    return ModelFileError(
        _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error),
        _("Check the disk that it lies on."),
        Remedy.RETRY,
    )
