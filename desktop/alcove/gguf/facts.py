"""What a list of models shows of a GGUF, small enough to be remembered of thousands of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alcove.gguf.header import Header
from alcove.gguf.names import quantization_of_file_type
from alcove.gguf.read import read_header

Kind = Literal["model", "projector", "adapter", "imatrix"]
"""What a GGUF is for; all but models only accompany one."""

_KINDS: dict[str, Kind] = {
    "mmproj": "projector",
    "adapter": "adapter",
    "imatrix": "imatrix",
}
_PROJECTOR_ARCHITECTURE = "clip"
_SAMPLE_BYTES = 4096


@dataclass(frozen=True)
class Facts:
    """What one sound file says of itself.

    ``digest`` is the SHA-256 of its header; ``width`` the elements of a token's embedding, of a
    projector those that it makes, 0 where that is not said.
    """

    kind: Kind
    architecture: str
    name: str
    quantization: str
    width: int
    digest: str


def read_facts(path: Path) -> Facts:
    """Read the facts of the file ``path``; raises ModelFileError as ``read_header`` does."""
    header = read_header(path)
    return Facts(
        kind=kind_of(header),
        architecture=header.architecture,
        name=header.text("general.name") or "",
        quantization=quantization_of_file_type(header.metadata.get("general.file_type")) or "",
        width=_width(header),
        digest=_digest(path, header),
    )


def kind_of(header: Header) -> Kind:
    """Return what a file is for; what says nothing of it is a model, or a part of one."""
    if header.architecture == _PROJECTOR_ARCHITECTURE:
        return "projector"
    return _KINDS.get(header.text("general.type") or "", "model")


def fingerprint(path: Path) -> str:
    """Return what tells files with equal headers apart: 12 KiB of each tensor are looked at.

    That is its beginning, middle and end. Two quantizations of the same weights differ there, and
    so do a model and its fine-tune; a single flipped bit need not. Raises ModelFileError, OSError.
    """
    header = read_header(path)
    digest = hashlib.sha256(_digest(path, header).encode())
    with path.open("rb") as file:
        for tensor in sorted(header.tensors, key=lambda tensor: tensor.offset):
            start, size = header.data_offset + tensor.offset, tensor.size_bytes
            for place in (0, size // 2, max(0, size - _SAMPLE_BYTES)):
                file.seek(start + place)
                digest.update(file.read(min(_SAMPLE_BYTES, size - place)))
    return digest.hexdigest()


def _width(header: Header) -> int:
    for suffix in ("embedding_length", "vision.projection_dim", "audio.projection_dim"):
        if kind_of(header) == "projector" and suffix == "embedding_length":
            continue  # that of the images' encoder
        if width := header.number(suffix):
            return width
    return 0


def _digest(path: Path, header: Header) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.sha256(file.read(header.data_offset)).hexdigest()
    except OSError:  # gone since it was read
        return ""
