"""The fields of a request that say how tokens are chosen."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

from alcove.engine.protocol.errors import BadRequest
from alcove.engine.protocol.fields import Fields, is_integer
from alcove.i18n import _
from alcove.llama.sampler import RANDOM_SEED, SamplerOptions

COUNT = 2**31 - 1
"""The largest number that llama.cpp takes."""

DEFAULT = SamplerOptions()

_NUMBERS = {
    "temperature": (0.0, 100.0),
    "dynatemp_range": (0.0, 100.0),
    "dynatemp_exponent": (0.0, 100.0),
    "top_p": (0.0, 1.0),
    "min_p": (0.0, 1.0),
    "top_n_sigma": (-1.0, 1000.0),
    "typical_p": (0.0, 1.0),
    "xtc_probability": (0.0, 1.0),
    "xtc_threshold": (0.0, 1.0),
    "repeat_penalty": (0.01, 100.0),
    "presence_penalty": (-100.0, 100.0),
    "frequency_penalty": (-100.0, 100.0),
    "dry_multiplier": (0.0, 100.0),
    "dry_base": (1.0, 100.0),
    "mirostat_tau": (0.0, 1000.0),
    "mirostat_eta": (0.0, 1.0),
}
_WHOLE = {
    "top_k": (0, COUNT),
    "repeat_last_n": (-1, COUNT),
    "dry_allowed_length": (0, COUNT),
    "dry_penalty_last_n": (-1, COUNT),
    "mirostat": (0, 2),
}
_BIASES = 10_000
_BREAKERS = 16
"""For each of them llama.cpp looks through the whole vocabulary."""

_TOKEN = re.compile(r"[0-9]{1,10}")


def parse_sampling(fields: Fields, grammar: str = "") -> SamplerOptions:
    """Read how tokens are chosen; ``grammar`` is what the answer must follow."""
    numbers = {
        name: fields.number(name, getattr(DEFAULT, name), *_NUMBERS[name]) for name in _NUMBERS
    }
    whole = {name: fields.whole(name, getattr(DEFAULT, name), *_WHOLE[name]) for name in _WHOLE}
    breakers = fields.texts("dry_sequence_breakers", _BREAKERS)
    options: dict[str, Any] = {**numbers, **whole}
    return replace(
        DEFAULT,
        **options,
        dry_sequence_breakers=breakers or DEFAULT.dry_sequence_breakers,
        seed=fields.whole("seed", DEFAULT.seed, -(2**63), 2**64 - 1) & 0xFFFFFFFF,
        logit_bias=_logit_bias(fields),
        grammar=grammar,
        ignore_eos=fields.flag("ignore_eos"),
    )


def seeded(options: SamplerOptions, index: int) -> SamplerOptions:
    """Return the options for one of several answers: each has a seed of its own."""
    if options.seed == RANDOM_SEED:
        return options
    return replace(options, seed=(options.seed + index) % RANDOM_SEED)


def _logit_bias(fields: Fields) -> tuple[tuple[int, float], ...]:
    """Read OpenAI's object from token to bias, or llama-server's list of pairs of them."""
    value = fields.value("logit_bias")
    pairs = list(value.items()) if isinstance(value, dict) else value or []
    if not isinstance(pairs, list) or len(pairs) > _BIASES:
        raise _wrong_bias()
    return tuple(_bias(pair) for pair in pairs)


def _bias(pair: object) -> tuple[int, float]:
    match pair:
        case [token, False]:
            return _token(token), -math.inf
        case [token, int(bias) | float(bias)] if bias is not True and -100 <= bias <= 100:
            return _token(token), float(bias)
    raise _wrong_bias()


def _token(token: object) -> int:
    if isinstance(token, str) and _TOKEN.fullmatch(token):
        return int(token)
    if is_integer(token):
        return int(token)  # type: ignore[call-overload,no-any-return]
    raise _wrong_bias()


def _wrong_bias() -> BadRequest:
    return BadRequest(
        _(
            "'logit_bias' must give numbers from -100 to 100, or false to forbid it, to token "
            "numbers; {most} of them at most."
        ).format(most=_BIASES),
        "logit_bias",
    )
