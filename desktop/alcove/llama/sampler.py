"""How the next token is chosen from the model's output."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import llama_cpp

from alcove.llama.context import Context

RANDOM_SEED = 0xFFFFFFFF
"""Asks llama.cpp for a seed of its own."""


@dataclass(frozen=True)
class SamplerOptions:
    """Sampling parameters, with the names, meanings and defaults of llama-server."""

    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    typical_p: float = 1.0
    repeat_penalty: float = 1.0
    repeat_last_n: int = 64
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    seed: int = RANDOM_SEED


class Sampler:
    """A chain of llama.cpp's samplers, in the order that its own tools use."""

    def __init__(self, options: SamplerOptions, vocabulary_size: int) -> None:
        self._chain = llama_cpp.llama_sampler_chain_init(
            llama_cpp.llama_sampler_chain_default_params()
        )
        for stage in _stages(options, vocabulary_size):
            llama_cpp.llama_sampler_chain_add(self._chain, stage)

    def sample(self, context: Context) -> int:
        """Choose the next token from the last evaluation and remember it."""
        return int(llama_cpp.llama_sampler_sample(self._chain, context.pointer, -1))

    def accept(self, tokens: Iterable[int]) -> None:
        """Remember tokens of the prompt, for the penalties."""
        for token in tokens:
            llama_cpp.llama_sampler_accept(self._chain, token)

    def close(self) -> None:
        """Free the chain and its stages."""
        llama_cpp.llama_sampler_free(self._chain)


def _stages(options: SamplerOptions, vocabulary_size: int) -> list[llama_cpp.llama_sampler_p]:
    stages = []
    if (options.repeat_penalty, options.presence_penalty, options.frequency_penalty) != (1, 0, 0):
        stages.append(
            llama_cpp.llama_sampler_init_penalties(
                vocabulary_size,
                options.repeat_last_n,
                options.repeat_penalty,
                options.frequency_penalty,
                options.presence_penalty,
            )
        )
    if options.temperature <= 0:
        return [*stages, llama_cpp.llama_sampler_init_greedy()]
    return [
        *stages,
        llama_cpp.llama_sampler_init_top_k(options.top_k),
        llama_cpp.llama_sampler_init_typical(options.typical_p, 0),
        llama_cpp.llama_sampler_init_top_p(options.top_p, 0),
        llama_cpp.llama_sampler_init_min_p(options.min_p, 0),
        llama_cpp.llama_sampler_init_temp(options.temperature),
        llama_cpp.llama_sampler_init_dist(options.seed),
    ]
