"""The JSON of OpenAI's chat completions, with llama-server's names for what OpenAI leaves out."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from alcove.engine.answer import Delta, PromptProgress, Role, Turn
from alcove.engine.generation import Outcome
from alcove.i18n import _
from alcove.llama.sampler import RANDOM_SEED, SamplerOptions

Json = dict[str, Any]
N = TypeVar("N", int, float)

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_UNSUPPORTED = ("tools", "functions", "logprobs", "logit_bias", "grammar", "json_schema")


class BadRequest(Exception):
    """A request that cannot be answered, with the reason for whoever sent it."""

    def __init__(self, message: str, **details: int) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


@dataclass(frozen=True)
class ChatRequest:
    """A valid request for a chat completion."""

    turns: tuple[Turn, ...]
    sampling: SamplerOptions
    max_tokens: int | None
    stops: tuple[str, ...]
    stream: bool
    include_usage: bool
    return_progress: bool
    timings_per_token: bool


def parse_chat_request(body: object) -> ChatRequest:
    """Check the JSON of a chat completion request; raises BadRequest with the reason."""
    if not isinstance(body, dict):
        raise BadRequest(_("The body of the request must be a JSON object."))
    _refuse_unsupported(body)
    options = body.get("stream_options") or {}
    return ChatRequest(
        turns=_turns(body.get("messages")),
        sampling=_sampling(body),
        max_tokens=_max_tokens(body),
        stops=_stops(body.get("stop")),
        stream=_flag(body, "stream"),
        include_usage=isinstance(options, dict) and _flag(options, "include_usage"),
        return_progress=_flag(body, "return_progress"),
        timings_per_token=_flag(body, "timings_per_token"),
    )


class Completion:
    """The JSON documents of one answer: chunks while it streams, or one message at the end."""

    def __init__(self, model: str) -> None:
        self._head: Json = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
        }

    def progress(self, progress: PromptProgress, milliseconds: float) -> Json:
        """A chunk that says how much of the prompt is processed."""
        counts = {
            "total": progress.total,
            "cache": progress.cached,
            "processed": progress.processed,
            "time_ms": milliseconds,
        }
        return self._chunk({}, None) | {"prompt_progress": counts}

    def role(self) -> Json:
        """The first chunk."""
        return self._chunk({"role": "assistant", "content": None}, None)

    def delta(self, delta: Delta) -> Json:
        """A chunk with a piece of the answer."""
        content = {"reasoning_content": delta.reasoning, "content": delta.text}
        return self._chunk({name: text for name, text in content.items() if text}, None)

    def timed(self, delta: Delta, generated: int, seconds: float) -> Json:
        """A chunk with a piece of the answer, and what was generated in how long so far."""
        so_far = {
            "predicted_n": generated,
            "predicted_ms": seconds * 1000,
            "predicted_per_second": _ratio(generated - 1, seconds),
        }
        return self.delta(delta) | {"timings": so_far}

    def last(self, outcome: Outcome) -> Json:
        """The chunk that ends the answer, with its timings."""
        return self._chunk({}, outcome.finish_reason) | {"timings": timings(outcome)}

    def usage(self, outcome: Outcome) -> Json:
        """The extra chunk that ``stream_options.include_usage`` asks for."""
        return self._chunk({}, None) | {"choices": [], "usage": usage(outcome)}

    def whole(self, answer: Delta, outcome: Outcome) -> Json:
        """The answer to a request that does not stream."""
        message: Json = {"role": "assistant", "content": answer.text}
        if answer.reasoning:
            message["reasoning_content"] = answer.reasoning
        choice = {"index": 0, "message": message, "finish_reason": outcome.finish_reason}
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": usage(outcome),
            "timings": timings(outcome),
        }

    def _chunk(self, delta: Json, finish_reason: str | None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice]}


def usage(outcome: Outcome) -> Json:
    """OpenAI's token counts."""
    return {
        "prompt_tokens": outcome.prompt_tokens,
        "completion_tokens": outcome.generated_tokens,
        "total_tokens": outcome.prompt_tokens + outcome.generated_tokens,
        "prompt_tokens_details": {"cached_tokens": outcome.cached_tokens},
    }


def timings(outcome: Outcome) -> Json:
    """llama-server's timings: counts, milliseconds, and tokens per second."""
    evaluated = outcome.prompt_tokens - outcome.cached_tokens
    later = max(0, outcome.generated_tokens - 1)
    return {
        "cache_n": outcome.cached_tokens,
        "prompt_n": evaluated,
        "prompt_ms": outcome.prompt_seconds * 1000,
        "prompt_per_token_ms": _ratio(outcome.prompt_seconds * 1000, evaluated),
        "prompt_per_second": _ratio(evaluated, outcome.prompt_seconds),
        "predicted_n": outcome.generated_tokens,
        "predicted_ms": outcome.generation_seconds * 1000,
        "predicted_per_token_ms": _ratio(outcome.generation_seconds * 1000, later),
        "predicted_per_second": _ratio(later, outcome.generation_seconds),
    }


def error_document(status: int, kind: str, message: str, **details: int) -> Json:
    """OpenAI's error object, as llama-server fills it."""
    return {"error": {"code": status, "message": message, "type": kind, **details}}


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0 else 0.0


def _refuse_unsupported(body: Mapping[str, Any]) -> None:
    for name in _UNSUPPORTED:
        if body.get(name):
            raise BadRequest(_("This server does not support '{name}' yet.").format(name=name))
    if body.get("n") not in (None, 1):
        raise BadRequest(_("This server gives one answer at a time; 'n' must be 1."))
    form = body.get("response_format")
    if form and not (isinstance(form, dict) and form.get("type") == "text"):
        raise BadRequest(_("This server does not support 'response_format' yet."))


def _turns(messages: object) -> tuple[Turn, ...]:
    if not isinstance(messages, list) or not messages:
        raise BadRequest(_("'messages' must be a list of at least one message."))
    return tuple(_turn(message) for message in messages)


def _turn(message: object) -> Turn:
    if not isinstance(message, dict):
        raise BadRequest(_("Each message must be an object with 'role' and 'content'."))
    role = message.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise BadRequest(_("The role {role!r} of a message is not known.").format(role=role))
    return Turn(_ROLES[role], _content(message.get("content")))


def _content(content: object) -> str:
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, list):
        return "".join(_text_part(part) for part in content)
    raise BadRequest(_("The content of a message must be text or a list of text parts."))


def _text_part(part: object) -> str:
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    raise BadRequest(_("This model reads text only; a message holds something else."))


def _sampling(body: Mapping[str, Any]) -> SamplerOptions:
    default = SamplerOptions()
    return SamplerOptions(
        temperature=_number(body, "temperature", default.temperature, 0.0, 100.0),
        top_k=_number(body, "top_k", default.top_k, 0, 2**31 - 1),
        top_p=_number(body, "top_p", default.top_p, 0.0, 1.0),
        min_p=_number(body, "min_p", default.min_p, 0.0, 1.0),
        typical_p=_number(body, "typical_p", default.typical_p, 0.0, 1.0),
        repeat_penalty=_number(body, "repeat_penalty", default.repeat_penalty, 0.01, 100.0),
        repeat_last_n=_number(body, "repeat_last_n", default.repeat_last_n, -1, 2**31 - 1),
        presence_penalty=_number(body, "presence_penalty", 0.0, -100.0, 100.0),
        frequency_penalty=_number(body, "frequency_penalty", 0.0, -100.0, 100.0),
        seed=_seed(body),
    )


def _number(body: Mapping[str, Any], name: str, default: N, low: N, high: N) -> N:
    value = body.get(name)
    if value is None:
        return default
    whole = isinstance(default, int)
    valid = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not valid or not low <= value <= high:
        raise BadRequest(
            _("'{name}' must be a number from {low} to {high}.").format(
                name=name, low=low, high=high
            )
        )
    return type(default)(value)


def _seed(body: Mapping[str, Any]) -> int:
    seed = _number(body, "seed", RANDOM_SEED, -1, 2**63)
    return seed & 0xFFFFFFFF


def _max_tokens(body: Mapping[str, Any]) -> int | None:
    for name in ("max_completion_tokens", "max_tokens", "n_predict"):
        value = _number(body, name, -1, -1, 2**31 - 1)
        if value == 0:
            raise BadRequest(_("'{name}' must be at least 1.").format(name=name))
        if value > 0:
            return value
    return None


def _stops(stop: object) -> tuple[str, ...]:
    stops = [stop] if isinstance(stop, str) else stop or []
    if not isinstance(stops, list) or not all(isinstance(item, str) for item in stops):
        raise BadRequest(_("'stop' must be a text or a list of texts."))
    return tuple(item for item in stops if item)


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise BadRequest(_("'{name}' must be true or false.").format(name=name))
    return value
