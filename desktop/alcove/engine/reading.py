"""The JSON of OpenAI's chat completions as a client writes and reads it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from alcove.engine.answer import CallPiece, Delta, Event, PromptProgress, Readout, Request, Turn
from alcove.errors import Remedy, RequestError
from alcove.i18n import _


class Reading:
    """One answer while its chunks arrive.

    Engines that tell no timings are timed here.
    """

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._first: float | None = None
        self._last = 0.0
        self._pieces = 0
        self._timings: Mapping[str, Any] = {}
        self._usage: Mapping[str, Any] = {}
        self.finish_reason: str | None = None

    def events(self, document: Mapping[str, Any]) -> Iterator[Event]:
        """Yield what a chunk holds; raises RequestError for one that tells an error."""
        if error := document.get("error"):
            raise _failed(error)
        if progress := document.get("prompt_progress"):
            yield PromptProgress(progress["processed"], progress["total"], progress["cache"])
        known = self._timings.get("predicted_n", 0)
        self._timings = document.get("timings") or self._timings
        self._usage = document.get("usage") or self._usage
        for choice in document.get("choices") or ():
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
            # Engines that do not count along send about one piece for each token.
            tokens = self._timings.get("predicted_n", known + 1) - known
            piece = _piece(choice.get("delta") or {}, tokens)
            if not piece.empty:
                self._last = time.perf_counter()
                self._first = self._first or self._last
                self._pieces += 1
                yield piece

    def readout(self, peak_memory_bytes: int | None, context: int | None) -> Readout:
        """Sum up, with what is known of the engine."""
        timings, first = self._timings, self._first or time.perf_counter()
        prompt, cached, generated = self._counts()
        waited = first - self._started
        return Readout(
            finish_reason=self.finish_reason or "",
            prompt_tokens=prompt,
            cached_tokens=cached,
            completion_tokens=generated,
            time_to_first_token_s=waited,
            prompt_tokens_per_second=timings.get(
                "prompt_per_second", _ratio(prompt - cached, waited)
            ),
            generation_tokens_per_second=timings.get(
                "predicted_per_second", _ratio(generated - 1, self._last - first)
            ),
            peak_memory_bytes=peak_memory_bytes,
            context=context,
        )

    def _counts(self) -> tuple[int, int, int]:
        """Return the tokens of the prompt, those that were cached, and those generated."""
        if timings := self._timings:
            cached = timings.get("cache_n", 0)
            return timings.get("prompt_n", 0) + cached, cached, timings.get("predicted_n", 0)
        details = self._usage.get("prompt_tokens_details") or {}
        return (
            self._usage.get("prompt_tokens", 0),
            details.get("cached_tokens") or 0,
            self._usage.get("completion_tokens", self._pieces),
        )


def request_body(request: Request, model: str) -> dict[str, Any]:
    """Write a request for a streamed answer; ``model`` empty leaves the choice to the engine."""
    optional = {
        "model": model or None,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_k": request.top_k,
        "top_p": request.top_p,
        "min_p": request.min_p,
        "repeat_penalty": request.repeat_penalty,
        "seed": request.seed,
        "ignore_eos": request.ignore_eos or None,
        "stop": list(request.stop) or None,
        "prompt_cache_key": request.conversation or None,
        "continue_final_message": request.continues or None,
        "add_generation_prompt": False if request.continues else None,
    }
    return {
        "messages": [_message(turn) for turn in request.turns],
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,
        "timings_per_token": True,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _message(turn: Turn) -> dict[str, Any]:
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in turn.tool_calls
    ]
    optional = {
        "reasoning_content": turn.reasoning,
        "tool_calls": calls,
        "tool_call_id": turn.tool_call_id,
        "name": turn.name,
    }
    told = {name: value for name, value in optional.items() if value}
    return {"role": turn.role, "content": turn.content, **told}


def _piece(delta: Mapping[str, Any], tokens: int) -> Delta:
    return Delta(
        text=delta.get("content") or "",
        reasoning=delta.get("reasoning_content") or delta.get("reasoning") or "",
        tokens=tokens,
        calls=tuple(map(_call, delta.get("tool_calls") or ())),
    )


def _call(call: Mapping[str, Any]) -> CallPiece:
    function = call.get("function") or {}
    return CallPiece(
        index=call.get("index") or 0,
        id=call.get("id") or "",
        name=function.get("name") or "",
        arguments=function.get("arguments") or "",
    )


def _failed(error: object) -> RequestError:
    message = error.get("message") if isinstance(error, dict) else error
    return RequestError(
        str(message),
        _("Try again; if it goes on, load the model again."),
        Remedy.RETRY,
        Remedy.RELOAD,
    )


def _ratio(count: int, seconds: float) -> float:
    return count / seconds if count > 0 and seconds > 0 else 0.0
