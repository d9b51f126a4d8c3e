"""Tokenizers of any size for synthetic models."""

from __future__ import annotations

import struct

from fit.synthetic import Entry
from local_hub.tiny_gguf import ARRAY, F32, I32, STRING, TinyGguf
from local_hub.tiny_gguf import U32 as NUMBER

_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6
W = TinyGguf()


def sentencepiece(size: int) -> list[Entry]:
    """A SentencePiece tokenizer that knows single bytes and ``size`` tokens in all."""
    known = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    types = [_UNKNOWN, _CONTROL, _CONTROL, *[_BYTE] * 256]
    tokens = [*known, *(f"▁word{number}" for number in range(size - len(known)))]
    types += [_NORMAL] * (size - len(types))
    scores = (struct.pack("<f", -float(number)) for number in range(size))
    return [
        ("tokenizer.ggml.model", STRING, W.text("llama")),
        ("tokenizer.ggml.tokens", ARRAY, W.array(STRING, *map(W.text, tokens))),
        ("tokenizer.ggml.scores", ARRAY, W.array(F32, *scores)),
        ("tokenizer.ggml.token_type", ARRAY, _numbers(types)),
        *_ends(1, 2),
    ]


def byte_pairs(size: int, merges: int) -> list[Entry]:
    """A BPE tokenizer that knows single bytes, ``size`` tokens and ``merges`` merges in all."""
    tokens = [*_byte_letters(), *(f"Ġ{number:x}" for number in range(size - 257)), "<|end|>"]
    pairs = (f"Ġ{number:x} {number:x}" for number in range(merges))
    return [
        ("tokenizer.ggml.model", STRING, W.text("gpt2")),
        ("tokenizer.ggml.pre", STRING, W.text("gpt-2")),
        ("tokenizer.ggml.tokens", ARRAY, W.array(STRING, *map(W.text, tokens))),
        ("tokenizer.ggml.token_type", ARRAY, _numbers([_NORMAL] * (size - 1) + [_CONTROL])),
        ("tokenizer.ggml.merges", ARRAY, W.array(STRING, *map(W.text, pairs))),
        *_ends(size - 1, size - 1),
    ]


def _byte_letters() -> list[str]:
    """The letters that stand for bytes in GPT-2's alphabet, in the order of the bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def _ends(begin: int, end: int) -> list[Entry]:
    return [
        ("tokenizer.ggml.bos_token_id", NUMBER, struct.pack("<I", begin)),
        ("tokenizer.ggml.eos_token_id", NUMBER, struct.pack("<I", end)),
    ]


def _numbers(values: list[int]) -> bytes:
    return W.array(I32, *(struct.pack("<i", value) for value in values))
