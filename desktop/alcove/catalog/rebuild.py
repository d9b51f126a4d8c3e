"""Headers of the catalog's files, rebuilt from what is known of the models.

Of a file that nobody has looked into yet, its model's configuration tells the tensors, and its
quantization their types. Where a quantizer has a recipe of its own, types are found that add up to
the size of the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from alcove.catalog.layout import Build, Layout
from alcove.catalog.model import Quantization
from alcove.gguf.fitting import fitted
from alcove.gguf.header import Tensor
from alcove.gguf.recipe import Sketch, types
from alcove.gguf.skeleton import Skeleton, about_tokenizer, assemble, entry
from alcove.gguf.tensor_types import stored_bytes

_CLOSE = 0.004
"""Share of a file's size by which a recipe may be off: sizes are rounded, headers differ a bit."""

_ROUNDING_BYTES = 0.06 * 1024**3
"""How far off the sizes are that sources round to 0.1 GiB."""

_HALVES = ("per_layer_model_proj", "altup", "laurel")
"""Parts of the names of matrices that are kept as they were trained, in 16 bits."""


def rebuild(build: Build, quantization: Quantization) -> Skeleton:
    """Return the skeleton that the file of a quantization should have."""
    layout = build.layout
    tensors, kinds = chosen(build, quantization)
    return Skeleton(
        assemble(
            _entries(layout),
            (
                Tensor(name, shape, kind, stored_bytes(shape, kind), 0)
                for (name, shape), kind in zip(tensors, kinds, strict=True)
            ),
        )
    )


def chosen(build: Build, quantization: Quantization) -> tuple[tuple[Sketch, ...], list[str]]:
    """Return the tensors of a quantization and the type of each."""
    tensors, kinds = by_recipe(build, quantization.name)
    if quantization.size_basis == "computed":
        return tensors, kinds
    wanted = quantization.size_bytes - build.header_bytes
    found = sum(map(stored_bytes, (shape for _name, shape in tensors), kinds))
    close = _CLOSE * quantization.size_bytes
    if quantization.size_basis == "rounded":
        close = max(close, _ROUNDING_BYTES)
    if abs(wanted - found) > close:
        kinds = fitted(tensors, kinds, wanted)
    return tensors, kinds


def by_recipe(build: Build, name: str) -> tuple[tuple[Sketch, ...], list[str]]:
    """Return the tensors of the quantization ``name`` and their types by llama.cpp's recipe."""
    layout, habits = build.layout, build.habits.get(name, frozenset())
    tensors = layout.tensors
    if "output" in habits:
        (_embedding, shape), *_rest = tensors
        tensors = (*tensors, ("output.weight", shape))
    found = types(name.removeprefix("UD-"), layout.traits, tensors, habits)
    return tensors, [
        kind or _unquantized(tensor) for tensor, kind in zip(tensors, found, strict=True)
    ]


def _unquantized(tensor: Sketch) -> str:
    name, shape = tensor
    if "tid2eid" in name:
        return "I32"
    return "F16" if len(shape) > 1 and any(part in name for part in _HALVES) else "F32"


def _entries(layout: Layout) -> Iterator[bytes]:
    yield entry("general.architecture", layout.architecture)
    for key, value in layout.metadata.items():
        yield entry(f"{layout.architecture}.{key}", value)
    if (types := dict(layout.ends).get("token_types.weight")) is not None:
        yield entry("tokenizer.ggml.token_type_count", types[1] if len(types) > 1 else 1)
    yield entry("tokenizer.ggml.model", "none")
    # Every merge makes a token, so that there are not more of them.
    merges = layout.vocabulary_size if layout.tokenizer == "gpt2" else 0
    yield from about_tokenizer(layout.tokenizer, merges)
