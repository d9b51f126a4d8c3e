"""The tensors of a model as its publisher's configuration lays them out, before quantization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from alcove.gguf.recipe import Sketch, Traits
from alcove.gguf.skeleton import Entry


@dataclass(frozen=True)
class Layout:
    """One architecture in one size.

    ``metadata`` are llama.cpp's hyperparameters, without the architecture that their keys begin
    with. ``ends`` are the tensors outside the layers, ``kinds`` the different layers, and ``order``
    says by index which kind each layer is of. ``source`` is where the numbers stand.
    """

    architecture: str
    source: str
    tokenizer: str
    metadata: Mapping[str, Entry]
    ends: tuple[Sketch, ...]
    kinds: tuple[tuple[Sketch, ...], ...]
    order: tuple[int, ...]

    @cached_property
    def tensors(self) -> tuple[Sketch, ...]:
        """All tensors, the embedding first, then layer by layer, then the rest."""
        first, rest = self.ends[:1], self.ends[1:]
        layers = (
            (f"blk.{layer}.{name}", shape)
            for layer, kind in enumerate(self.order)
            for name, shape in self.kinds[kind]
        )
        return (*first, *layers, *rest)

    @property
    def traits(self) -> Traits:
        """What bears on the choice of types."""
        layers, heads = self._number("block_count"), self._number("attention.head_count")
        kv_heads = self._number("attention.head_count_kv")
        return Traits(
            layers=layers,
            experts=self._number("expert_count"),
            sharing=heads // kv_heads if kv_heads else 0,
            seventy=layers == 80 and heads != kv_heads and self.architecture in ("llama", "qwen2"),
        )

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens that the model knows."""
        return self._number("vocab_size")

    def _number(self, key: str) -> int:
        """Return an integer, that of the first layer where each has one, 0 where there is none."""
        value = self.metadata.get(key, 0)
        if isinstance(value, Sequence) and not isinstance(value, str):
            value = value[0]
        return int(value)


@dataclass(frozen=True)
class Build:
    """How the files of one model are made of a layout.

    ``header_bytes`` are what a file has before its tensors, mostly the tokenizer. ``habits`` say by
    quantization what the quantizer did otherwise than llama.cpp's does.
    """

    layout: Layout
    header_bytes: int
    habits: Mapping[str, frozenset[str]]
