"""What the requests for chats, completions and responses have in common."""

from __future__ import annotations

from dataclasses import dataclass, field

from alcove.engine.protocol.fields import Fields
from alcove.engine.protocol.sampling import COUNT, parse_sampling
from alcove.i18n import _
from alcove.llama.sampler import SamplerOptions

MOST_ANSWERS = 128
_STOPS = 128
_KEY = 256
LIKELIEST = 20


@dataclass(frozen=True)
class AnswerOptions:
    """How answers are generated and sent.

    ``max_tokens`` None is as many as the context holds. ``count`` answers are given to each
    prompt. ``logprobs`` is how many alternatives are wanted of each token, None for none at all.
    ``several_calls``: an answer may call more than one tool. ``conversation`` is OpenAI's
    "prompt_cache_key": requests of one conversation have one key.
    """

    sampling: SamplerOptions = field(default_factory=SamplerOptions)
    max_tokens: int | None = None
    stops: tuple[str, ...] = ()
    count: int = 1
    logprobs: int | None = None
    cache_prompt: bool = True
    conversation: str = ""
    several_calls: bool = True
    stream: bool = False
    include_usage: bool = False
    return_progress: bool = False
    timings_per_token: bool = False


def parse_options(fields: Fields, grammar: str, logprobs: int | None) -> AnswerOptions:
    """Read what every kind of request for an answer may hold."""
    return AnswerOptions(
        sampling=parse_sampling(fields, grammar),
        max_tokens=parse_max_tokens(fields, "max_completion_tokens", "max_tokens", "n_predict"),
        stops=tuple(stop for stop in fields.texts("stop", _STOPS) if stop),
        count=fields.whole("n", 1, 1, MOST_ANSWERS),
        logprobs=logprobs,
        cache_prompt=fields.flag("cache_prompt", default=True),
        conversation=parse_conversation(fields),
        several_calls=fields.flag("parallel_tool_calls", default=True),
        stream=fields.flag("stream"),
        include_usage=fields.inner("stream_options").flag("include_usage"),
        return_progress=fields.flag("return_progress"),
        timings_per_token=fields.flag("timings_per_token"),
    )


def parse_conversation(fields: Fields) -> str:
    """Read what the client calls the conversation; empty if it does not say."""
    key = fields.text("prompt_cache_key")
    if len(key) > _KEY:
        raise fields.wrong(
            "prompt_cache_key", _("'{name}' must have at most {most} characters."), most=_KEY
        )
    return key


def parse_forgetting(body: object) -> str:
    """Check the JSON of a request to forget a conversation; raises BadRequest with the reason."""
    fields = Fields.of_body(body)
    if not (key := parse_conversation(fields)):
        raise fields.wrong("prompt_cache_key", _("'{name}' says what to forget; it is missing."))
    return key


def parse_max_tokens(fields: Fields, *names: str) -> int | None:
    """Read the first of several names for the length of the answer; -1 is no limit."""
    for name in names:
        limit = fields.whole(name, -1, -1, COUNT)
        if limit == 0:
            raise fields.wrong(name, _("'{name}' must be at least 1."))
        if limit > 0:
            return limit
    return None


def parse_chat_logprobs(fields: Fields) -> int | None:
    """Read the chat's "logprobs" and "top_logprobs"."""
    likeliest = fields.whole("top_logprobs", 0, 0, LIKELIEST)
    if fields.flag("logprobs"):
        return likeliest
    if likeliest:
        raise fields.wrong("top_logprobs", _("'{name}' needs 'logprobs' to be true."))
    return None


def parse_text_logprobs(fields: Fields) -> int | None:
    """Read the completions' "logprobs", which is a number."""
    if fields.value("logprobs") is False:
        return None
    likeliest = fields.whole("logprobs", -1, -1, LIKELIEST)
    return None if likeliest < 0 else likeliest
