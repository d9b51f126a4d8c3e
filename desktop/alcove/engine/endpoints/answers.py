"""Chats, completions and responses."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from alcove.engine.endpoints.answering import answer
from alcove.engine.endpoints.body import read_json
from alcove.engine.endpoints.jobs import chat_jobs, rendered, text_jobs
from alcove.engine.protocol.chat import parse_chat_request
from alcove.engine.protocol.completion import ChatCompletion, TextCompletion
from alcove.engine.protocol.response_documents import Response as ResponseDocuments
from alcove.engine.protocol.responses import parse_response_request
from alcove.engine.protocol.texts import parse_text_request
from alcove.engine.serving import Serving


class Answers:
    """The endpoints that generate text, and the one that shows what the model would be given."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def chat(self, request: Request) -> Response:
        """Answer a conversation."""
        body = await read_json(request)
        chat = await run_in_threadpool(parse_chat_request, body)
        jobs = await run_in_threadpool(chat_jobs, self._serving, chat)
        documents = ChatCompletion(self._serving.name, chat.options)
        return await answer(
            request, self._serving.worker, jobs, documents, stream=chat.options.stream
        )

    async def complete(self, request: Request) -> Response:
        """Continue texts."""
        body = await read_json(request)
        text = await run_in_threadpool(parse_text_request, body)
        jobs = await run_in_threadpool(text_jobs, self._serving, text)
        documents = TextCompletion(self._serving.name, text.options, len(text.prompts))
        return await answer(
            request, self._serving.worker, jobs, documents, stream=text.options.stream
        )

    async def respond(self, request: Request) -> Response:
        """Answer a conversation of items."""
        body = await read_json(request)
        asked = await run_in_threadpool(parse_response_request, body)
        jobs = await run_in_threadpool(chat_jobs, self._serving, asked.chat)
        documents = ResponseDocuments(self._serving.name, asked)
        return await answer(
            request, self._serving.worker, jobs, documents, stream=asked.chat.options.stream
        )

    async def apply_template(self, request: Request) -> Response:
        """Return the prompt that a conversation becomes."""
        body = await read_json(request)
        chat = await run_in_threadpool(parse_chat_request, body)
        prompt = await run_in_threadpool(rendered, self._serving, chat)
        return JSONResponse({"prompt": prompt.text})
