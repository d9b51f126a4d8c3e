"""One request, ready to be evaluated, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alcove.engine.formats import Format, Opening
from alcove.llama.sampler import SamplerOptions


@dataclass(frozen=True)
class Job:
    """A prompt in tokens, and how it is to be answered.

    ``max_tokens`` None is as many as the context holds. ``form`` is how the model marks what is
    not its answer's text, and ``opening`` what the prompt left open of it; ``tools`` are the
    functions that it may call, with the JSON schemas of their parameters, None if there are none.
    ``logprobs`` is how many alternatives are wanted of each token, None for no probabilities at
    all. ``cache_prompt``: what earlier jobs evaluated may be used. ``conversation`` is what the
    client calls the conversation, to have it forgotten one day; empty if it does not say.
    """

    tokens: tuple[int, ...]
    sampling: SamplerOptions
    max_tokens: int | None
    stops: tuple[str, ...]
    form: Format
    opening: Opening
    tools: Mapping[str, Mapping[str, Any]] | None = None
    logprobs: int | None = None
    cache_prompt: bool = True
    conversation: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a job went, in tokens and seconds.

    ``finish_reason`` is "stop", "length" or "cancelled"; ``stop`` is the stop string that ended
    it, if one did. Generation time runs from the first token, which the prompt's evaluation
    yields, to the last. Of ``drafted_tokens`` that were guessed ahead, ``accepted_tokens`` were
    right.
    """

    finish_reason: str
    prompt_tokens: int
    cached_tokens: int
    prompt_seconds: float
    generated_tokens: int
    generation_seconds: float
    stop: str = ""
    drafted_tokens: int = 0
    accepted_tokens: int = 0
