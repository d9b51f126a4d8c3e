"""What a list of models shows of a GGUF, small enough to be remembered of thousands of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alcove.gguf.header import MAX_COUNT, Header
from alcove.gguf.names import quantization_of_file_type
from alcove.gguf.read import read_start

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
    projector those that it makes, 0 where that is not said or cannot be.
    """

    kind: Kind
    architecture: str
    name: str
    quantization: str
    width: int
    digest: str


def read_facts(path: Path) -> Facts:
    """Read the facts of the file ``path``; raises ModelFileError as ``read_start`` does."""
    header, start = read_start(path)
    return Facts(
        kind=kind_of(header),
        architecture=header.architecture,
        name=header.text("general.name") or "",
        quantization=quantization_of_file_type(header.metadata.get("general.file_type")) or "",
        width=_width(header),
        digest=hashlib.sha256(start).hexdigest(),
    )


def kind_of(header: Header) -> Kind:
    """Return what a file is for; what says nothing of it is a model, or a part of one."""
    if header.architecture == _PROJECTOR_ARCHITECTURE:
        return "projector"
    return _KINDS.get(header.text("general.type") or "", "model")


def fingerprint(path: Path) -> str:
    """Return what tells files with equal headers apart: 4 KiB in the middle of each tensor.

    Two quantizations of the same weights differ there, and so do a model and its fine-tune; a
    single flipped bit need not. Raises ModelFileError, OSError.
    """
    header, start = read_start(path)
    digest = hashlib.sha256(start)
    with path.open("rb", buffering=0) as file:
        for tensor in header.tensors:
            before = max(0, (tensor.size_bytes - _SAMPLE_BYTES) // 2)
            file.seek(header.data_offset + tensor.offset + before)
            digest.update(file.read(min(_SAMPLE_BYTES, tensor.size_bytes)))
    return digest.hexdigest()


def _width(header: Header) -> int:
    for suffix in ("embedding_length", "vision.projection_dim", "audio.projection_dim"):
        if kind_of(header) == "projector" and suffix == "embedding_length":
            continue  # that of the images' encoder
        if 0 < (width := header.number(suffix) or 0) <= MAX_COUNT:
            return width
    return 0
