"""How the next token is chosen from the model's output."""

from __future__ import annotations

from collections.abc import Iterable

import llama_cpp

from alcove.llama.candidates import Candidates
from alcove.llama.context import Context
from alcove.llama.model import Model
from alcove.llama.stages import RANDOM_SEED as RANDOM_SEED
from alcove.llama.stages import NativeSampler, is_plain, remembers, stages
from alcove.llama.stages import SamplerOptions as SamplerOptions


class GrammarRefused(Exception):
    """A grammar cannot be read, or does not go on from what was generated."""


class Sampler:
    """A chain of llama.cpp's samplers, in the order that its own tools use."""

    def __init__(self, options: SamplerOptions, model: Model) -> None:
        """Make the chain; raises GrammarRefused."""
        self._grammar = _grammar(options.grammar, model) if options.grammar else None
        self._candidates = Candidates(model.vocabulary_size) if self._grammar else None
        self._chain = llama_cpp.llama_sampler_chain_init(
            llama_cpp.llama_sampler_chain_default_params()
        )
        self._closed = False
        self._remembers = remembers(options)
        self._likeliest = is_plain(options)
        for stage in stages(options, model):
            llama_cpp.llama_sampler_chain_add(self._chain, stage)

    def sample(self, context: Context, index: int = -1) -> int:
        """Choose the next token from one output of the last evaluation, and remember it."""
        if self._likeliest:
            return int(context.logits(index).argmax())
        if self._grammar is None:
            return int(llama_cpp.llama_sampler_sample(self._chain, context.pointer, index))
        assert self._candidates is not None
        token = self._candidates.choose(context.logits(index), self._chain)
        if not self._candidates.allows(token, self._grammar):
            token = self._candidates.choose(context.logits(index), self._grammar, self._chain)
            if token < 0:
                raise GrammarRefused
        llama_cpp.llama_sampler_accept(self._grammar, token)
        llama_cpp.llama_sampler_accept(self._chain, token)
        return token

    def accept(self, tokens: Iterable[int]) -> None:
        """Remember tokens of the prompt, for the penalties."""
        if self._remembers:
            for token in tokens:
                llama_cpp.llama_sampler_accept(self._chain, token)

    def close(self) -> None:
        """Free the chain and its stages; once is enough."""
        if self._closed:
            return
        self._closed = True
        llama_cpp.llama_sampler_free(self._chain)
        if self._grammar is not None:
            llama_cpp.llama_sampler_free(self._grammar)


def _grammar(text: str, model: Model) -> NativeSampler:
    made = llama_cpp.llama_sampler_init_grammar(model.vocabulary, text.encode(), b"root")
    if not made:
        raise GrammarRefused
    return made
