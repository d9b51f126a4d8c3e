"""Counts of tokens, and how long they took."""

from __future__ import annotations

from collections.abc import Sequence

from alcove.engine.job import Outcome
from alcove.engine.protocol.errors import Json
from alcove.engine.protocol.gathering import Gathering


def usage(answers: Sequence[Gathering], count: int = 1) -> Json:
    """Return OpenAI's token counts of ``answers``, ``count`` to each prompt."""
    outcomes = [answer.outcome for answer in answers if answer.outcome is not None]
    prompts = outcomes[::count]
    prompt = sum(outcome.prompt_tokens for outcome in prompts)
    completion = sum(outcome.generated_tokens for outcome in outcomes)
    cached = sum(outcome.cached_tokens for outcome in prompts)
    reasoning = sum(answer.reasoning_tokens for answer in answers)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


def timings(outcome: Outcome) -> Json:
    """Return llama-server's timings: counts, milliseconds, and tokens per second."""
    evaluated = outcome.prompt_tokens - outcome.cached_tokens
    later = max(0, outcome.generated_tokens - 1)
    known = {
        "cache_n": outcome.cached_tokens,
        "prompt_n": evaluated,
        "prompt_ms": outcome.prompt_seconds * 1000,
        "prompt_per_token_ms": _ratio(outcome.prompt_seconds * 1000, evaluated),
        "prompt_per_second": _ratio(evaluated, outcome.prompt_seconds),
        **generation(outcome.generated_tokens, outcome.generation_seconds),
        "predicted_per_token_ms": _ratio(outcome.generation_seconds * 1000, later),
    }
    if not outcome.drafted_tokens:
        return known
    return {
        **known,
        "draft_n": outcome.drafted_tokens,
        "draft_n_accepted": outcome.accepted_tokens,
    }


def generation(tokens: int, seconds: float) -> Json:
    """Return the timings of generation, from the first token to the last."""
    return {
        "predicted_n": tokens,
        "predicted_ms": seconds * 1000,
        "predicted_per_second": _ratio(max(0, tokens - 1), seconds),
    }


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0 else 0.0
