"""Sampling parameters, and llama.cpp's samplers for them."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, TypeAlias

import llama_cpp

from alcove.llama.model import Model

NativeSampler: TypeAlias = Any
"""A pointer to a ``llama_sampler``; ctypes has no better type for it."""

RANDOM_SEED = 0xFFFFFFFF
"""Asks llama.cpp for a seed of its own."""


@dataclass(frozen=True)
class SamplerOptions:
    """Sampling parameters, with the names, meanings and defaults of llama-server.

    ``mirostat`` is its version, 0 for none. ``dry_penalty_last_n`` and ``repeat_last_n`` are in
    tokens, -1 for the whole context. ``logit_bias`` is added to the logits of tokens; minus
    infinity forbids one. ``grammar`` is GBNF, which every answer must follow; empty for none.
    ``ignore_eos`` forbids the tokens with which an answer ends.
    """

    temperature: float = 0.8
    dynatemp_range: float = 0.0
    dynatemp_exponent: float = 1.0
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    top_n_sigma: float = -1.0
    typical_p: float = 1.0
    xtc_probability: float = 0.0
    xtc_threshold: float = 0.1
    repeat_penalty: float = 1.0
    repeat_last_n: int = 64
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    dry_multiplier: float = 0.0
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    dry_penalty_last_n: int = -1
    dry_sequence_breakers: tuple[str, ...] = ("\n", ":", '"', "*")
    mirostat: int = 0
    mirostat_tau: float = 5.0
    mirostat_eta: float = 0.1
    seed: int = RANDOM_SEED
    logit_bias: tuple[tuple[int, float], ...] = ()
    grammar: str = ""
    ignore_eos: bool = False


def stages(options: SamplerOptions, model: Model) -> Iterator[NativeSampler]:
    """Make the samplers, each of which belongs to whoever takes it; the last one chooses."""
    if options.logit_bias or options.ignore_eos:
        yield _biased(options, model)
    if _penalizes(options):
        yield _penalties(options, model)
    if options.dry_multiplier > 0:
        yield _dry(options, model)
    if options.temperature <= 0:
        yield llama_cpp.llama_sampler_init_greedy()
    elif options.mirostat:
        yield llama_cpp.llama_sampler_init_temp(options.temperature)
        yield _mirostat(options, model)
    else:
        yield from _truncating(options)
        yield llama_cpp.llama_sampler_init_dist(options.seed)


def is_plain(options: SamplerOptions) -> bool:
    """Whether always the likeliest token is chosen, which takes no samplers."""
    changed = remembers(options) or options.logit_bias or options.ignore_eos or options.grammar
    return options.temperature <= 0 and not changed


def remembers(options: SamplerOptions) -> bool:
    """Whether the samplers look at the tokens before."""
    return _penalizes(options) or options.dry_multiplier > 0


def _penalizes(options: SamplerOptions) -> bool:
    penalties = options.repeat_penalty, options.presence_penalty, options.frequency_penalty
    return penalties != (1, 0, 0)


def _truncating(options: SamplerOptions) -> Iterator[NativeSampler]:
    """Make what leaves tokens out, and the temperature; what is switched off is left out."""
    if options.top_n_sigma > 0:
        yield llama_cpp.llama_sampler_init_top_n_sigma(options.top_n_sigma)
    yield llama_cpp.llama_sampler_init_top_k(options.top_k)
    if options.typical_p < 1:
        yield llama_cpp.llama_sampler_init_typical(options.typical_p, 0)
    yield llama_cpp.llama_sampler_init_top_p(options.top_p, 0)
    yield llama_cpp.llama_sampler_init_min_p(options.min_p, 0)
    if options.xtc_probability > 0:
        yield llama_cpp.llama_sampler_init_xtc(
            options.xtc_probability, options.xtc_threshold, 0, options.seed
        )
    yield llama_cpp.llama_sampler_init_temp_ext(
        options.temperature, options.dynatemp_range, options.dynatemp_exponent
    )


def _biased(options: SamplerOptions, model: Model) -> NativeSampler:
    ends = model.end_tokens if options.ignore_eos else ()
    wanted = [*options.logit_bias, *((token, -inf) for token in ends)]
    count = len(wanted)
    pairs = (llama_cpp.llama_logit_bias(token, bias) for token, bias in wanted)
    biases = (llama_cpp.llama_logit_bias * count)(*pairs)
    return llama_cpp.llama_sampler_init_logit_bias(model.vocabulary_size, count, biases)


def _penalties(options: SamplerOptions, model: Model) -> NativeSampler:
    last = model.trained_context if options.repeat_last_n < 0 else options.repeat_last_n
    return llama_cpp.llama_sampler_init_penalties(
        model.vocabulary_size,
        last,
        options.repeat_penalty,
        options.frequency_penalty,
        options.presence_penalty,
    )


def _dry(options: SamplerOptions, model: Model) -> NativeSampler:
    breakers = [breaker.encode() for breaker in options.dry_sequence_breakers]
    last = options.dry_penalty_last_n
    return llama_cpp.llama_sampler_init_dry(
        model.vocabulary,
        options.dry_multiplier,
        options.dry_base,
        options.dry_allowed_length,
        model.trained_context if last < 0 else last,
        (ctypes.c_char_p * len(breakers))(*breakers),
        len(breakers),
    )


def _mirostat(options: SamplerOptions, model: Model) -> NativeSampler:
    tau, eta = options.mirostat_tau, options.mirostat_eta
    if options.mirostat == 1:
        return llama_cpp.llama_sampler_init_mirostat(
            model.vocabulary_size, options.seed, tau, eta, 100
        )
    return llama_cpp.llama_sampler_init_mirostat_v2(options.seed, tau, eta)
