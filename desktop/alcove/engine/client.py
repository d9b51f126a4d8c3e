"""Speaking to an engine: this program's model process, or any that knows OpenAI's protocol."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx2

from alcove.engine.answer import Event, Request
from alcove.engine.reading import Reading, request_body
from alcove.engine.server_events import documents
from alcove.errors import AlcoveError, Cancelled, EngineStopped, Remedy, RequestError, reason
from alcove.i18n import _
from alcove.network.door import Door
from alcove.network.wires import without_secrets

_CONNECT_SECONDS = 5.0
_TOLD = httpx2.Timeout(10.0, connect=_CONNECT_SECONDS)
"""How long an engine may take to say what it serves."""

_UNAUTHORIZED = (401, 403)
_CONNECTED = ("connect_tcp.complete", "start_tls.complete")


@dataclass(frozen=True)
class Properties:
    """What an engine says about the model it serves; None is what it does not say.

    ``context`` is in tokens.
    """

    model: str
    context: int | None
    has_chat_template: bool = True
    peak_memory_bytes: int | None = None
    chats: bool = True
    """Whether it answers in words; a model for embeddings does not."""

    @property
    def remark(self) -> str:
        """What whoever chats with it should know, as a sentence; empty if nothing."""
        if self.has_chat_template or not self.chats:
            return ""
        return _("This file has no chat template; a plain one is used, so answers may be poor.")


class Client:
    """A client of one engine: this program's model process, or any that knows OpenAI's protocol."""

    def __init__(
        self,
        url: str,
        key: str = "",
        ended: Callable[[], EngineStopped | None] = lambda: None,
        model: str = "",
        door: Door | None = None,
    ) -> None:
        """Speak to ``url``, which may end in "/v1".

        ``ended`` tells how a model process ended, if it is one that did. ``model`` is the name of
        one of several that the engine serves; without it, the engine's first is asked. Engines
        that are not Alcove's own are asked through ``door``, so that the journal holds it.
        """
        self._ended = ended
        self._is_elsewhere = door is not None
        self._model = model
        self._cuts: set[_Cut] = set()
        # An answer may take minutes to begin, so reading one has no time limit; the process on the
        # other side is watched instead. Without a door, no proxy leads to this machine.
        self._http = httpx2.Client(
            base_url=url.rstrip("/").removesuffix("/v1"),
            # A connection of its own for each request: only of a new one is its socket told.
            headers={b"Connection": b"close"} | _authorization(key),
            timeout=httpx2.Timeout(None, connect=_CONNECT_SECONDS),
            transport=door.transport(_why(url)) if door else None,
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

    def models(self) -> tuple[str, ...]:
        """Ask which models are served; raises EngineStopped and RequestError."""
        return tuple(model["id"] for model in self._listed())

    def properties(self) -> Properties:
        """Ask what is served; raises EngineStopped and RequestError."""
        document = self._get("/props")
        if document is None:
            return self._described()
        settings = document.get("default_generation_settings") or {}
        return Properties(
            model=document.get("model_alias") or self._model,
            context=document.get("n_ctx") or settings.get("n_ctx"),
            has_chat_template=bool(document.get("chat_template")),
            peak_memory_bytes=document.get("peak_memory_bytes"),
            chats=not document.get("supports_embeddings"),
        )

    def _described(self) -> Properties:
        """Go by the list of models, as for vLLM, which says there how long its context is."""
        listed = self._listed()
        named = [model for model in listed if model["id"] == self._model] or listed
        if not named:
            return Properties(self._model, None)
        meta = named[0].get("meta") or {}
        return Properties(named[0]["id"], named[0].get("max_model_len") or meta.get("n_ctx"))

    def _listed(self) -> list[dict[str, Any]]:
        document = self._get("/v1/models")
        models = document.get("data") if document else None
        if not isinstance(models, list):
            raise _no_engine(str(self._http.base_url))
        return [model for model in models if isinstance(model, dict) and "id" in model]

    def _get(self, path: str) -> dict[str, Any] | None:
        """Ask for a JSON object; None if the engine does not have it."""
        with self._cut() as cut:
            response = self._http.get(path, timeout=_TOLD, extensions={"trace": cut.watch})
        if response.status_code in _UNAUTHORIZED:
            raise self._refusal(response.status_code, response.text)
        try:
            document = response.raise_for_status().json()
        except (httpx2.HTTPError, ValueError):
            return None
        return document if isinstance(document, dict) else None

    def stream(self, request: Request) -> Generator[Event]:
        """Answer ``request``: progress, then pieces of the answer, then one Readout.

        Closing the iterator ends the answer at once. Raises RequestError if the engine refuses
        the request, EngineStopped if it goes away, Cancelled after ``cancel``.
        """
        reading = Reading()
        with self._cut() as cut:
            yield from self._events(request, reading, cut)
        if reading.finish_reason is None:
            raise Cancelled if cut.made else self._failure(None)
        known = self._known_properties()
        peak, context = (known.peak_memory_bytes, known.context) if known else (None, None)
        yield reading.readout(peak, context)

    def count_tokens(self, text: str) -> int | None:
        """Ask how many tokens ``text`` is; None if the engine does not tell.

        Raises EngineStopped.
        """
        try:
            response = self._http.post("/tokenize", json={"content": text, "parse_special": False})
            tokens = response.raise_for_status().json()["tokens"]
        except (httpx2.HTTPStatusError, ValueError, KeyError, TypeError):
            return None
        except httpx2.HTTPError as error:
            raise self._failure(error) from error
        return len(tokens) if isinstance(tokens, list) else None

    def forget(self, conversation: str) -> None:
        """Have a model process of ours forget a conversation, and wait until nothing is left of it.

        Raises EngineStopped and RequestError.
        """
        try:
            response = self._http.post("/forget", json={"prompt_cache_key": conversation})
        except httpx2.HTTPError as error:
            raise self._failure(error) from error
        if response.status_code != httpx2.codes.OK:
            raise self._refusal(response.status_code, response.text)

    def cancel(self) -> None:
        """End at once what was asked for, even while the engine is silent.

        Only where the engine's machine does not answer at all, that may take the time limit of
        connecting. Call it from any thread.
        """
        for cut in tuple(self._cuts):
            cut.make()

    @contextmanager
    def _cut(self) -> Iterator[_Cut]:
        """Have ``cancel`` reach a request, and say what became of it; raises AlcoveError."""
        cut = _Cut()
        self._cuts.add(cut)
        try:
            yield cut
        except httpx2.HTTPError as error:
            raise (Cancelled() if cut.made else self._failure(error)) from error
        finally:
            self._cuts.discard(cut)

    def _events(self, request: Request, reading: Reading, cut: _Cut) -> Iterator[Event]:
        body = request_body(request, self._model)
        with self._http.stream(
            "POST", "/v1/chat/completions", json=body, extensions={"trace": cut.watch}
        ) as response:
            if response.status_code != httpx2.codes.OK:
                response.read()
                raise self._refusal(response.status_code, response.text)
            for document in documents(response.iter_bytes()):
                yield from reading.events(document)

    def _known_properties(self) -> Properties | None:
        with suppress(AlcoveError, KeyError, ValueError):
            return self.properties()
        return None

    def _failure(self, error: httpx2.HTTPError | None) -> AlcoveError:
        if (stopped := self._ended()) is not None:
            return stopped
        why = reason(error) if error else _("the answer broke off")
        if isinstance(error, httpx2.ConnectError | httpx2.TimeoutException):
            return EngineStopped(
                _("No engine answers at {url} ({reason}).").format(
                    url=str(self._http.base_url).rstrip("/"), reason=why
                ),
                _("Check that it runs, and the address."),
                Remedy.RELOAD,
            )
        return EngineStopped(
            _("The connection to the model was lost ({reason}).").format(reason=why),
            _("Load the model again to go on."),
            Remedy.RELOAD,
        )

    def _refusal(self, status: int, text: str) -> RequestError:
        """Say why the engine refuses; a key is given where an engine is connected."""
        wants_key = self._is_elsewhere and status in _UNAUTHORIZED
        advice = _("Give its key with: alcove connect URL --api-key KEY") if wants_key else ""
        return RequestError(_message(status, text), advice)


class _Cut:
    """Ends a request while another thread waits for the engine."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None
        self.made = False

    def watch(self, step: str, told: Mapping[str, Any]) -> None:
        """Take the socket as soon as there is one; httpx calls it with each step on the way."""
        if step.endswith(_CONNECTED):
            with self._lock:
                self._connection = told["return_value"].get_extra_info("socket")
                self._shut()

    def make(self) -> None:
        """End it, now or as soon as it has a connection."""
        with self._lock:
            self.made = True
            self._shut()

    def _shut(self) -> None:
        if self.made and self._connection is not None:
            with suppress(OSError):  # closed already
                self._connection.shutdown(socket.SHUT_RDWR)


def _message(status: int, text: str) -> str:
    """Return what an engine says of an error."""
    try:
        return str(json.loads(text)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return _("The engine answered with status {status}.").format(status=status)


def _authorization(key: str) -> dict[bytes, bytes]:
    return {b"Authorization": f"Bearer {key}".encode()} if key else {}


def _why(url: str) -> str:
    return _("engine at {url}").format(url=without_secrets(url))


def _no_engine(url: str) -> RequestError:
    return RequestError(
        _("{url} does not answer as an engine that knows OpenAI's protocol.").format(url=url),
        _("Check the address; it usually ends in a port, as http://127.0.0.1:8080 does."),
    )
