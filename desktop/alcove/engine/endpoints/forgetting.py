"""Forgetting conversations."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from alcove.engine.endpoints.body import read_json
from alcove.engine.protocol.options import parse_forgetting
from alcove.engine.worker import Worker


class Forgetting:
    """The endpoint that drops what is left of a conversation, in memory and on disk."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def forget(self, request: Request) -> Response:
        """Answer when it is gone."""
        key = parse_forgetting(await read_json(request))
        await run_in_threadpool(self._worker.forget, key)
        return JSONResponse({"prompt_cache_key": key, "forgotten": True})
