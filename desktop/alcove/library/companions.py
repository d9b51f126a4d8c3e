"""Which projector a model goes with, where several files lie in one folder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from alcove.gguf.names import part_of, projector_rank, quantization_of
from alcove.library.index import Seen

_WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)*[a-z]*")
_COMMON = frozenset({"mmproj", "model", "gguf", "ggml", "it", "instruct", "chat", "vision", "ud"})


def projector_of(
    model: Path,
    width: int,
    candidates: Sequence[Path],
    looked: Mapping[Path, Seen],
    *,
    alone: bool,
) -> Path | None:
    """Return the projector that goes with ``model``, whose embeddings have ``width`` elements.

    ``alone``: no other model lies in the folder, so that its projectors can only be its own. Else
    all words of one's name have to be in the model's. F16 is preferred.
    """
    if not candidates:
        return None
    usable = [path for path in candidates if _is_projector(looked.get(path))]
    words = words_of(model)
    own = [path for path in usable if alone or frozenset() < words_of(path) <= words]
    return max(
        own,
        key=lambda path: (
            len(words & words_of(path)),
            width > 0 and _width(looked[path]) == width,
            -projector_rank(path.name),
        ),
        default=None,
    )


def words_of(path: Path) -> frozenset[str]:
    """Return the words of a name that all quantizations and parts of a model share."""
    part = part_of(path.name)
    name = (part.stem if part else path.name).lower()
    if quantization := quantization_of(path.name):
        name = name.replace(quantization.lower().removeprefix("ud-"), " ")
    return frozenset(_WORD.findall(name)) - _COMMON


def _is_projector(seen: Seen | None) -> bool:
    return seen is not None and seen.facts is not None and seen.facts.kind == "projector"


def _width(seen: Seen) -> int:
    return seen.facts.width if seen.facts else 0
