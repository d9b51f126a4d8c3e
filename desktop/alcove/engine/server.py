"""The HTTP side of the model process."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from alcove.engine import protocol
from alcove.engine.answer import Delta, PromptProgress
from alcove.engine.gate import Gate, error_response
from alcove.engine.generation import Job, Outcome
from alcove.engine.memory import peak_memory_bytes
from alcove.engine.protocol import BadRequest, ChatRequest, Completion
from alcove.engine.reasoning import ReasoningFormat, joined
from alcove.engine.template import ChatTemplate
from alcove.engine.worker import AnswerFailed, Ticket, Worker, Yielded
from alcove.errors import RequestError
from alcove.i18n import _
from alcove.llama.context import Context
from alcove.llama.model import Model

_BODY_LIMIT = 16 * 2**20


@dataclass(frozen=True)
class Serving:
    """What is served: one model under one name. An empty ``key`` lets everyone in."""

    name: str
    model: Model
    context: Context
    template: ChatTemplate
    worker: Worker
    form: ReasoningFormat
    key: str


def application(serving: Serving) -> Starlette:
    """Build the ASGI application."""
    endpoints = _Endpoints(serving)
    return Starlette(
        routes=[
            Route("/health", endpoints.health),
            Route("/v1/models", endpoints.models),
            Route("/props", endpoints.properties),
            Route("/v1/chat/completions", endpoints.chat, methods=["POST"]),
        ],
        middleware=[Middleware(Gate, key=serving.key)],
        exception_handlers={
            BadRequest: _bad_request,
            RequestError: _refused,
            HTTPException: _not_served,
            Exception: _broken,
        },
    )


class _Endpoints:
    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._started = int(time.time())

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def models(self, _request: Request) -> Response:
        model = {
            "id": self._serving.name,
            "object": "model",
            "created": self._started,
            "owned_by": "alcove",
            "meta": {
                "n_ctx": self._serving.context.length,
                "n_ctx_train": self._serving.model.trained_context,
            },
        }
        return JSONResponse({"object": "list", "data": [model]})

    async def properties(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "model_alias": self._serving.name,
                "model_description": self._serving.model.description,
                "n_ctx": self._serving.context.length,
                "total_slots": 1,
                "chat_template": self._serving.model.chat_template,
                "peak_memory_bytes": peak_memory_bytes(),
            }
        )

    async def chat(self, request: Request) -> Response:
        chat = protocol.parse_chat_request(await _read_json(request))
        job = await run_in_threadpool(self._job, chat)
        answering = _Answering(self._serving, job)
        if chat.stream:
            return StreamingResponse(
                _events(answering, Completion(self._serving.name), chat),
                media_type="text/event-stream",
                headers={"Cache-Control": "no-cache"},
            )
        return await _whole(request, answering, Completion(self._serving.name))

    def _job(self, chat: ChatRequest) -> Job:
        prompt = self._serving.template.render(chat.turns)
        model = self._serving.model
        begins = bool(model.begin_token) and prompt.text.startswith(model.begin_token)
        tokens = model.tokenize(prompt.text, special=True, begin=not begins)
        if len(tokens) >= self._serving.context.length:
            raise BadRequest(
                _(
                    "The conversation is {tokens} tokens long, but the context holds {context}. "
                    "Shorten it, or load the model with a larger context."
                ).format(tokens=len(tokens), context=self._serving.context.length),
                n_prompt_tokens=len(tokens),
                n_ctx=self._serving.context.length,
            )
        return Job(
            tokens=tuple(tokens),
            sampling=chat.sampling,
            max_tokens=chat.max_tokens,
            stops=chat.stops + prompt.stops,
            form=self._serving.form,
            reasoning=prompt.reasoning,
        )


class _Answering:
    """One job on its way through the worker, as an asynchronous stream of what it yields."""

    def __init__(self, serving: Serving, job: Job) -> None:
        self._worker = serving.worker
        self._job = job
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Yielded] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[PromptProgress | Delta | Outcome]:
        """Yield everything up to the Outcome; a job nobody waits for any more is cancelled."""
        ticket: Ticket = self._worker.submit(self._job, self._receive)
        try:
            while True:
                yielded = await self._queue.get()
                if isinstance(yielded, AnswerFailed):
                    raise yielded
                yield yielded
                if isinstance(yielded, Outcome):
                    return
        finally:
            self._worker.cancel(ticket)

    def _receive(self, yielded: Yielded) -> None:
        self._loop.call_soon_threadsafe(self._queue.put_nowait, yielded)


async def _events(
    answering: _Answering, completion: Completion, chat: ChatRequest
) -> AsyncIterator[str]:
    writer = _EventWriter(completion, chat)
    yield _event(completion.role())
    try:
        async for yielded in answering:
            for document in writer.documents(yielded):
                yield _event(document)
    except AnswerFailed as error:
        yield _event(protocol.error_document(500, "server_error", str(error)))
    yield "data: [DONE]\n\n"


class _EventWriter:
    """Turns what a job yields into the chunks that the request asked for."""

    def __init__(self, completion: Completion, chat: ChatRequest) -> None:
        self._completion = completion
        self._chat = chat
        self._started = time.perf_counter()
        self._first: float | None = None
        self._generated = 0

    def documents(self, yielded: PromptProgress | Delta | Outcome) -> Iterator[protocol.Json]:
        now = time.perf_counter()
        if isinstance(yielded, PromptProgress):
            if self._chat.return_progress:
                yield self._completion.progress(yielded, (now - self._started) * 1000)
        elif isinstance(yielded, Delta):
            self._first = self._first or now
            self._generated += yielded.tokens
            if self._chat.timings_per_token:
                yield self._completion.timed(yielded, self._generated, now - self._first)
            else:
                yield self._completion.delta(yielded)
        else:
            yield self._completion.last(yielded)
            if self._chat.include_usage:
                yield self._completion.usage(yielded)


async def _whole(request: Request, answering: _Answering, completion: Completion) -> Response:
    work = asyncio.ensure_future(_collect(answering, completion))
    gone = asyncio.ensure_future(_disconnected(request))
    await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if not work.done():
        work.cancel()
        return Response(status_code=499)
    try:
        return JSONResponse(work.result())
    except AnswerFailed as error:
        return error_response(500, "server_error", str(error))


async def _collect(answering: _Answering, completion: Completion) -> dict[str, Any]:
    answer = Delta()
    async for yielded in answering:
        if isinstance(yielded, Delta):
            answer = joined(answer, yielded)
        elif isinstance(yielded, Outcome):
            return completion.whole(answer, yielded)
    raise AssertionError("a job ends with an outcome")


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _read_json(request: Request) -> object:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_LIMIT:
            raise BadRequest(_("The request is larger than 16 MiB."))
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(_("The body of the request is not valid JSON.")) from error


def _event(document: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(document, ensure_ascii=False)}\n\n"


async def _bad_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BadRequest)
    kind = "exceed_context_size_error" if "n_ctx" in error.details else "invalid_request_error"
    return error_response(400, kind, error.message, **error.details)


async def _refused(_request: Request, error: Exception) -> Response:
    return error_response(400, "invalid_request_error", str(error))


async def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = _("{method} {path} is not served here.").format(
        method=request.method, path=request.url.path
    )
    return error_response(error.status_code, "not_found_error", message)


async def _broken(_request: Request, error: Exception) -> Response:
    message = _("The server failed ({reason}).").format(reason=error)
    return error_response(500, "server_error", message)
