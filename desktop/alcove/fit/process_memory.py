"""RAM that the model process takes beside llama.cpp's buffers."""

from __future__ import annotations

from dataclasses import dataclass

from alcove.fit.configuration import CHECKPOINT_BYTES, Configuration
from alcove.fit.shape import Shape

_MIB = 1024**2

_BASE_BYTES = 64 * _MIB
"""Interpreter, server and llama.cpp's libraries, without GPU drivers."""

_SERVER_BYTES = 19 * _MIB
"""What of it a dry run does not have: the server, and the threads of both."""

TEMPLATES_BYTES = 17 * _MIB
"""The process that renders chat templates, without what it shares with the model process."""

_OUTPUT_BYTES = 16
"""Per token of the vocabulary: the logits, and the sampler's candidates."""

_WORK_BYTES_PER_WIDTH = 2048
"""For the rows of a batch that the CPU turns into the type of the weights that they meet."""

_UNKNOWN_TOKENS = 152_000


@dataclass(frozen=True)
class _Tokenizer:
    """Bytes that a kind of tokenizer takes once it is loaded: at all, per token and per merge."""

    fixed: int
    per_token: int
    per_merge: int = 0


_BYTE_PAIRS = _Tokenizer(2_000_000, 176, 96)
_LIST = _Tokenizer(0, 157)
_TREE = _Tokenizer(0, 515)
_TOKENIZERS = {
    "gpt2": _BYTE_PAIRS,
    "gemma4": _BYTE_PAIRS,
    "llama": _LIST,
    "bert": _LIST,
    "t5": _TREE,
    "rwkv": _TREE,
    "none": _Tokenizer(0, 0),
}


def overhead_bytes(shape: Shape, resting_bytes: int = 0) -> int:
    """Foretell it in bytes; what is not known of the tokenizer is guessed large.

    ``resting_bytes`` is what a dry-run process takes that has started the same libraries and
    drivers and prices nothing; 0 where there is none. The few models without a chat template take
    ``TEMPLATES_BYTES`` less.
    """
    base = max(_BASE_BYTES, resting_bytes + _SERVER_BYTES) + TEMPLATES_BYTES
    work = _WORK_BYTES_PER_WIDTH * shape.width
    return base + _tokenizer_bytes(shape) + _OUTPUT_BYTES * shape.vocabulary_size + work


def checkpoint_bytes(shape: Shape, configuration: Configuration) -> int:
    """Foretell what states take to which conversations can go back, in bytes.

    Only sliding windows and recurrent layers need them: what they forget cannot be brought back.
    """
    each = shape.kv.forgetful_bytes(configuration.context, configuration.kv_type)
    if each > CHECKPOINT_BYTES:
        return 0
    return configuration.slots * min(configuration.checkpoints * each, CHECKPOINT_BYTES)


def _tokenizer_bytes(shape: Shape) -> int:
    kind = _TOKENIZERS.get(shape.tokenizer_model, _BYTE_PAIRS)
    tokens = shape.vocabulary_size or _UNKNOWN_TOKENS
    merges = shape.tokenizer_merges if shape.tokenizer_model else tokens
    return kind.fixed + kind.per_token * tokens + kind.per_merge * merges


def projector_bytes(file_size: int) -> int:
    """Foretell what a projector for images (mmproj) takes, which llama.cpp's account leaves out.

    That is its file, about an eighth more for its buffers, and the images that it works on.
    """
    return file_size + file_size // 8 + 64 * _MIB
