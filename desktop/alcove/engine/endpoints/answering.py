"""Sending the answers to one request, whole or while they are generated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from alcove.engine.job import Job, Outcome
from alcove.engine.protocol.documents import Documents, Step, event
from alcove.engine.protocol.errors import Json
from alcove.engine.ticket import AnswerFailed, Ticket, Yielded
from alcove.engine.worker import Worker


class Answering:
    """The jobs of one request on their way through the worker."""

    def __init__(self, worker: Worker, jobs: Sequence[Job]) -> None:
        """Begin with them."""
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[tuple[int, Yielded]] = asyncio.Queue()
        self._tickets = [self._submit(index, job) for index, job in enumerate(jobs)]

    async def steps(self) -> AsyncIterator[tuple[int, Step]]:
        """Yield what the jobs yield, each with its number; raises AnswerFailed."""
        unfinished = len(self._tickets)
        while unfinished:
            index, yielded = await self._queue.get()
            if isinstance(yielded, AnswerFailed):
                raise yielded
            unfinished -= isinstance(yielded, Outcome)
            yield index, yielded

    def cancel(self) -> None:
        """End the jobs that nobody waits for any more."""
        for ticket in self._tickets:
            if not ticket.done:
                self._worker.cancel(ticket)

    def _submit(self, index: int, job: Job) -> Ticket:
        return self._worker.submit(job, lambda yielded: self._receive(index, yielded))

    def _receive(self, index: int, yielded: Yielded) -> None:
        """Pass on what came, on the worker's thread."""
        self._loop.call_soon_threadsafe(self._queue.put_nowait, (index, yielded))


async def answer(
    request: Request, worker: Worker, jobs: Sequence[Job], documents: Documents, *, stream: bool
) -> Response:
    """Answer a request; a client that goes away frees its slots at once. Raises AnswerFailed."""
    answering = Answering(worker, jobs)
    if stream:
        return _Stream(answering, documents)
    try:
        document = await _unless_gone(request, _whole(answering, documents))
    finally:
        answering.cancel()
    return Response(status_code=499) if document is None else JSONResponse(document)


class _Stream(StreamingResponse):
    """Server-sent events."""

    def __init__(self, answering: Answering, documents: Documents) -> None:
        super().__init__(
            _events(answering, documents),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-cache"},
        )
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events until they end or the client goes away."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._answering.cancel()


async def _events(answering: Answering, documents: Documents) -> AsyncIterator[str]:
    for document in documents.begin():
        yield event(document)
    try:
        async for index, step in answering.steps():
            for document in documents.take(index, step):
                yield event(document)
        last = documents.end()
    except AnswerFailed as error:
        last = documents.failure(str(error))
    for document in last:
        yield event(document)
    yield documents.done


async def _whole(answering: Answering, documents: Documents) -> Json:
    async for index, step in answering.steps():
        documents.take(index, step)
    return documents.whole()


async def _unless_gone(request: Request, work: Coroutine[Any, Any, Json]) -> Json | None:
    """Return what ``work`` comes to, or None if the client goes away before."""
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        gone.cancel()
        working.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
