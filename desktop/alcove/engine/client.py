"""Speaking to an engine: this program's model process, or any that knows OpenAI's protocol."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx2

from alcove.engine.answer import Delta, Event, PromptProgress, Readout, Request
from alcove.errors import AlcoveError, Cancelled, EngineStopped, Remedy, RequestError
from alcove.i18n import _

_CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class Properties:
    """What a model process says about the model it serves; the context is in tokens."""

    model: str
    context: int
    has_chat_template: bool
    peak_memory_bytes: int | None


class Client:
    """A client of one engine. ``ended`` tells how a model process ended, if it is one that did."""

    def __init__(
        self,
        url: str,
        key: str = "",
        ended: Callable[[], EngineStopped | None] = lambda: None,
    ) -> None:
        self._ended = ended
        self._cuts: set[_Cut] = set()
        # An answer may take minutes to begin, so reading has no time limit; the process on the
        # other side is watched instead. Proxies of the environment are not for this machine.
        self._http = httpx2.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(None, connect=_CONNECT_SECONDS),
            trust_env=False,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def properties(self) -> Properties:
        """Ask what is served; raises EngineStopped."""
        try:
            document = self._http.get("/props").raise_for_status().json()
        except httpx2.HTTPError as error:
            raise self._failure(error) from error
        return Properties(
            model=document["model_alias"],
            context=document["n_ctx"],
            has_chat_template=document["chat_template"] is not None,
            peak_memory_bytes=document["peak_memory_bytes"],
        )

    def stream(self, request: Request) -> Generator[Event]:
        """Answer ``request``: progress, then pieces of the answer, then one Readout.

        Closing the iterator ends the answer at once. Raises RequestError if the engine refuses
        the request, EngineStopped if it goes away, Cancelled after ``cancel``.
        """
        cut = _Cut()
        self._cuts.add(cut)
        try:
            yield from self._events(request, cut)
        except EngineStopped as error:
            if cut.made:
                raise Cancelled from error
            raise
        finally:
            self._cuts.discard(cut)

    def cancel(self) -> None:
        """End every answer that is streamed now, even while the engine is silent.

        Call it from any thread.
        """
        for cut in tuple(self._cuts):
            cut.make()

    def _events(self, request: Request, cut: _Cut) -> Iterator[Event]:
        reading = _Reading()
        try:
            with self._http.stream("POST", "/v1/chat/completions", json=_body(request)) as response:
                cut.attach(response)
                if response.status_code != httpx2.codes.OK:
                    response.read()
                    raise _refusal(response.status_code, response.text)
                for document in _documents(response):
                    yield from reading.events(document)
        except httpx2.HTTPError as error:
            raise self._failure(error) from error
        if reading.finish_reason is None:
            raise self._failure(None)
        yield reading.readout(self._known_properties())

    def _known_properties(self) -> Properties | None:
        with suppress(AlcoveError, KeyError, ValueError):
            return self.properties()
        return None

    def _failure(self, error: httpx2.HTTPError | None) -> AlcoveError:
        if (stopped := self._ended()) is not None:
            return stopped
        return EngineStopped(
            _("The connection to the model was lost ({reason}).").format(
                reason=error or _("the answer broke off")
            ),
            _("Load the model again to go on."),
            Remedy.RELOAD,
        )


class _Cut:
    """Ends a response while another thread waits for its next bytes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None
        self.made = False

    def attach(self, response: httpx2.Response) -> None:
        with self._lock:
            self._connection = response.extensions["network_stream"].get_extra_info("socket")
            self._shut()

    def make(self) -> None:
        with self._lock:
            self.made = True
            self._shut()

    def _shut(self) -> None:
        if self.made and self._connection is not None:
            with suppress(OSError):  # closed already
                self._connection.shutdown(socket.SHUT_RDWR)


class _Reading:
    """The state of one answer while its chunks arrive."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._first: float | None = None
        self._timings: dict[str, Any] = {}
        self.finish_reason: str | None = None

    def events(self, document: dict[str, Any]) -> Iterator[Event]:
        if "error" in document:
            raise RequestError(
                document["error"]["message"],
                _("Try again; if it goes on, load the model again."),
                Remedy.RETRY,
                Remedy.RELOAD,
            )
        if progress := document.get("prompt_progress"):
            yield PromptProgress(progress["processed"], progress["total"], progress["cache"])
        known = self._timings.get("predicted_n", 0)
        self._timings = document.get("timings", self._timings)
        for choice in document["choices"]:
            self.finish_reason = choice["finish_reason"] or self.finish_reason
            delta = choice["delta"]
            # Engines that do not count along send about one piece for each token.
            tokens = self._timings.get("predicted_n", known + 1) - known
            piece = Delta(delta.get("content") or "", delta.get("reasoning_content") or "", tokens)
            if not piece.empty:
                self._first = self._first or time.perf_counter()
                yield piece

    def readout(self, properties: Properties | None) -> Readout:
        timings = self._timings
        return Readout(
            finish_reason=self.finish_reason or "",
            prompt_tokens=timings.get("prompt_n", 0) + timings.get("cache_n", 0),
            cached_tokens=timings.get("cache_n", 0),
            completion_tokens=timings.get("predicted_n", 0),
            time_to_first_token_s=(self._first or time.perf_counter()) - self._started,
            prompt_tokens_per_second=timings.get("prompt_per_second", 0.0),
            generation_tokens_per_second=timings.get("predicted_per_second", 0.0),
            peak_memory_bytes=properties.peak_memory_bytes if properties else None,
            context=properties.context if properties else None,
        )


def _body(request: Request) -> dict[str, Any]:
    optional = {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_k": request.top_k,
        "top_p": request.top_p,
        "min_p": request.min_p,
        "repeat_penalty": request.repeat_penalty,
        "seed": request.seed,
        "stop": list(request.stop) or None,
    }
    return {
        "messages": [{"role": turn.role, "content": turn.content} for turn in request.turns],
        "stream": True,
        "return_progress": True,
        "timings_per_token": True,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _documents(response: httpx2.Response) -> Iterator[dict[str, Any]]:
    """Yield the JSON documents of a stream of server-sent events."""
    for line in response.iter_lines():
        data = line.removeprefix("data: ")
        if data != line and data != "[DONE]":
            yield json.loads(data)


def _refusal(status: int, text: str) -> RequestError:
    try:
        message = json.loads(text)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        message = _("The engine answered with status {status}.").format(status=status)
    return RequestError(message)
