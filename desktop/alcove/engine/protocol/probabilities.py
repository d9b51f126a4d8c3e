"""The probabilities of tokens, as OpenAI writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from alcove.engine.answer import Alternative, TokenLogprob
from alcove.engine.protocol.errors import Json

_LEAST = -9999.0
"""What OpenAI writes for minus infinity, which JSON does not know."""


def chat_logprobs(tokens: Iterable[TokenLogprob]) -> list[Json]:
    """Return one object for each token, as chats and responses have it."""
    return [
        _alternative(token.chosen)
        | {"top_logprobs": [_alternative(other) for other in token.likeliest]}
        for token in tokens
    ]


def text_logprobs(tokens: Sequence[TokenLogprob], offset: int = 0) -> Json:
    """Return the parallel lists of completions; ``offset`` is where in the text they begin."""
    texts = [_text(token.chosen) for token in tokens]
    return {
        "tokens": texts,
        "token_logprobs": [_logprob(token.chosen) for token in tokens],
        "top_logprobs": [_by_text(token.likeliest) for token in tokens],
        "text_offset": list(accumulate(map(len, texts), initial=offset))[:-1],
    }


def _by_text(likeliest: Iterable[Alternative]) -> dict[str, float]:
    """Map texts to logarithms; of tokens with the same text, the likeliest counts."""
    known: dict[str, float] = {}
    for other in likeliest:
        known.setdefault(_text(other), _logprob(other))
    return known


def _alternative(alternative: Alternative) -> Json:
    return {
        "token": _text(alternative),
        "logprob": _logprob(alternative),
        "bytes": list(alternative.data),
    }


def _text(alternative: Alternative) -> str:
    return alternative.data.decode("utf-8", errors="replace")


def _logprob(alternative: Alternative) -> float:
    return max(_LEAST, alternative.logprob)
