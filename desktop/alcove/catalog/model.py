"""One model of the catalog: facts with their sources, nothing measured here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

Commercial = Literal["yes", "conditional", "no"]

Reasoning = Literal["toggle", "always"]
"""Whether a model that can think aloud may be told not to."""

Ability = Literal["text", "vision", "audio", "tools", "reasoning", "code", "embedding"]
"""What a model may be able to do; "text" is to answer in words."""

Obstacle = Literal["unsupported", "no-file", "unlisted"]
"""Why a model cannot be had: llama.cpp does not know its architecture, nobody published a GGUF of
it, or there is one whose files were never listed."""


SizeBasis = Literal["exact", "rounded", "computed"]
"""Where a size is from: a source has it to the byte, or rounded, or none has it and it is what the
recipe of the quantization comes to. Such sizes prove nothing."""


@dataclass(frozen=True)
class Licence:
    """What the publisher allows, and what for, in one line of ``conditions``.

    ``commercial`` is None where the text was not read.
    """

    name: str
    url: str
    commercial: Commercial | None
    conditions: str | None


@dataclass(frozen=True)
class Quantization:
    """One GGUF of a model: a single file, or the parts of a split one in order.

    ``size_bytes`` is the sum over the parts. ``sha256`` is of a single file, where known.
    ``gated`` says that the repository asks for an account that accepted its terms.
    """

    name: str
    repository: str
    files: tuple[str, ...]
    size_bytes: int
    revision: str | None = None
    sha256: str | None = None
    size_basis: SizeBasis = "exact"
    gated: bool = False

    @property
    def file(self) -> str:
        """The file to load: the only one, or the first part."""
        return self.files[0]


@dataclass(frozen=True)
class Projector:
    """The file that lets a model see or hear, of a repository that has its quantizations too."""

    repository: str
    file: str
    size_bytes: int | None = None
    sha256: str | None = None


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
    """One figure that the publisher states, with the page it stands on and how it was taken.

    ``date`` is that of the page, an ISO date or a month, where it tells.
    """

    name: str
    score: float
    source: str
    method: str | None = None
    date: str | None = None


@dataclass(frozen=True)
class Quality:
    """How good a model probably is, in doublings of the parameters of a model of early 2024.

    ``figures`` are the published benchmarks that it was compared by; without any it is guessed from
    size and age. ``alone`` are those that too few other models publish. ``better`` is how much of
    ``value`` the figures added to the guess, or took from it.
    """

    value: float
    figures: int = 0
    alone: int = 0
    better: float = 0.0


class Outline:
    """What rebuilt headers say of a model's files; only read when it is asked for."""

    def __init__(self, encoded: str) -> None:
        self._encoded = encoded

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The JSON object."""
        found: Mapping[str, Any] = json.loads(self._encoded)
        return found


@dataclass(frozen=True)
class Model:
    """One model. Parameters are counts, ``context`` is in tokens.

    ``released`` is an ISO date, of which the day may be left out.
    ``aliases`` are other names that people look for it by. ``abilities`` are among those
    of Ability; ``languages`` are the codes that the publisher states. ``quantizations`` are sorted
    by size, smallest first, and empty only where there is an ``obstacle``; ``leads`` are the
    repositories that may have one then. ``outline`` is there where the headers of its files could
    be rebuilt, ``quality`` where it was compared with others.
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
    aliases: tuple[str, ...] = ()
    reasoning: Reasoning | None = None
    languages: tuple[str, ...] = ()
    projectors: tuple[Projector, ...] = ()
    obstacle: Obstacle | None = None
    leads: tuple[str, ...] = ()
    outline: Outline | None = field(default=None, repr=False, compare=False)
    quality: Quality | None = field(default=None, repr=False, compare=False)

    @property
    def chats(self) -> bool:
        """Whether it answers in words; embedding models do not."""
        return "text" in self.abilities

    def quantization(self, name: str) -> Quantization | None:
        """Find a quantization by its name, in any case."""
        wanted = name.casefold()
        return next((q for q in self.quantizations if q.name.casefold() == wanted), None)
