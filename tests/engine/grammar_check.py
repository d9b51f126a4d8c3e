"""Asking llama.cpp what a grammar lets pass."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp
import numpy as np

from alcove.llama.grammar import compile_grammar
from alcove.llama.model import Model


def allows(model: Model, grammar: str, text: str) -> bool:
    """Whether an answer that follows the grammar may be ``text`` and end there."""
    compile_grammar(grammar, model)
    sampler = llama_cpp.llama_sampler_init_grammar(model.vocabulary, grammar.encode(), b"root")
    try:
        for token in model.tokenize(text, special=True, begin=False):
            if not _allows_next(sampler, token):
                return False
            llama_cpp.llama_sampler_accept(sampler, token)
        return _allows_next(sampler, llama_cpp.llama_vocab_eos(model.vocabulary))
    finally:
        llama_cpp.llama_sampler_free(sampler)


def _allows_next(sampler: Any, token: int) -> bool:
    data = (llama_cpp.llama_token_data * 1)(llama_cpp.llama_token_data(token, 1.0, 0.0))
    candidates = llama_cpp.llama_token_data_array(data, 1, -1, False)
    llama_cpp.llama_sampler_apply(sampler, ctypes.byref(candidates))
    return bool(data[0].logit > 0)


def drawn(model: Model, grammar: str, seed: int) -> str:
    """Return a text that the grammar allows, of tokens drawn blindly from a part of all."""
    random = np.random.default_rng(seed)
    pieces = {each: model.piece(each, special=True) for each in range(model.vocabulary_size)}
    known = {*range(128), *grammar.encode()}
    bytes_ = [each for each, piece in pieces.items() if len(piece) == 1 and piece[0] in known]
    some = (each for each in random.choice(model.vocabulary_size, 200) if pieces[each].isascii())
    ids = sorted({*bytes_, *map(int, some), *model.end_tokens})
    sampler = llama_cpp.llama_sampler_init_grammar(model.vocabulary, grammar.encode(), b"root")
    text = bytearray()
    try:
        while True:
            token = _drawn_token(sampler, ids, random)
            if model.ends_generation(token):
                return text.decode(errors="replace")
            llama_cpp.llama_sampler_accept(sampler, token)
            text += pieces[token]
    finally:
        llama_cpp.llama_sampler_free(sampler)


def _drawn_token(sampler: Any, ids: list[int], random: np.random.Generator) -> int:
    entries = (llama_cpp.llama_token_data * len(ids))(
        *(llama_cpp.llama_token_data(each, 1.0, 0.0) for each in ids)
    )
    candidates = llama_cpp.llama_token_data_array(entries, len(ids), -1, False)
    llama_cpp.llama_sampler_apply(sampler, ctypes.byref(candidates))
    allowed = [entry.id for entry in entries if entry.logit > 0]
    return int(random.choice(allowed))
