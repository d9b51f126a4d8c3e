"""One model of the catalog: facts with their sources, nothing measured here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Commercial = Literal["yes", "conditional", "no"]


@dataclass(frozen=True)
class Licence:
    """What the publisher allows. ``commercial`` is None where the text was not read."""

    name: str
    url: str | None
    commercial: Commercial | None
    conditions: str | None


@dataclass(frozen=True)
class Quantization:
    """One GGUF of a model: a single file, or the parts of a split one in order.

    ``size_bytes`` is the sum over the parts. ``sha256`` is of a single file, where known.
    ``size_exact`` is False where the source rounds sizes to 0.1 MiB; then it proves nothing.
    """

    name: str
    repository: str
    files: tuple[str, ...]
    size_bytes: int
    revision: str | None = None
    sha256: str | None = None
    size_exact: bool = True

    @property
    def file(self) -> str:
        """The file to load: the only one, or the first part."""
        return self.files[0]


@dataclass(frozen=True)
class Transformer:
    """What decides the KV cache.

    ``kv_bytes_per_token`` counts, at f16, the layers that grow with the context;
    ``kv_fixed_bytes`` is the filled sliding window, of ``window`` tokens, of the others.
    ``recurrent_layers`` bounds the layers that keep a state of fixed size instead. None where not
    derivable, or where there are no such layers.
    """

    layers: int | None
    heads: int | None
    head_size: int | None
    kv_bytes_per_token: int | None
    kv_fixed_bytes: int | None
    kv_heads: int | None = None
    window: int | None = None
    recurrent_layers: int | None = None


@dataclass(frozen=True)
class Sampling:
    """Sampling parameters that ``basis`` advises; None leaves llama.cpp's default."""

    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    basis: str | None = None


@dataclass(frozen=True)
class Benchmark:
    """One figure that the publisher states, with the page it stands on and how it was taken."""

    name: str
    score: float
    source: str
    method: str | None = None


@dataclass(frozen=True)
class Model:
    """One model. Parameters are counts; ``context`` is in tokens; ``released`` is an ISO date.

    ``abilities`` are among "text", "vision", "audio", "tools", "reasoning", "code", "embedding".
    ``quantizations`` are sorted by size, smallest first, and never empty.
    """

    id: str
    name: str
    family: str
    publisher: str
    country: str | None
    page: str
    architecture: str
    parameters: int
    active_parameters: int | None
    context: int
    released: str | None
    licence: Licence
    abilities: frozenset[str]
    quantizations: tuple[Quantization, ...]
    transformer: Transformer
    sampling: Sampling
    benchmarks: tuple[Benchmark, ...] = ()

    def quantization(self, name: str) -> Quantization | None:
        """Find a quantization by its name, in any case."""
        wanted = name.casefold()
        return next((q for q in self.quantizations if q.name.casefold() == wanted), None)
