"""A server of a model and a worker that do as the test says, for OpenAI's client to ask."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import openai
import uvicorn
from starlette.testclient import TestClient

from alcove.engine.answer import Delta
from alcove.engine.connection import Connection
from alcove.engine.formats import format_of
from alcove.engine.gate import Access
from alcove.engine.job import Job, Outcome
from alcove.engine.server import application
from alcove.engine.serving import Serving
from alcove.engine.template import Prompt
from alcove.engine.ticket import Ticket, Yielded

OUTCOME = Outcome("stop", 9, 4, 0.5, 3, 1.0)
HELLO: Any = [{"role": "user", "content": "Hello"}]
TOOL: Any = {"type": "function", "function": {"name": "weather", "parameters": {}}}


class Letters:
    """A model whose tokens are bytes."""

    name = begin_token = end_token = description = ""
    chat_template = "a template"
    vocabulary_size = 256
    trained_context = 4096
    width = 2

    def tokenize(self, text: str, *, special: bool, begin: bool) -> list[int]:
        assert isinstance(special, bool)
        return [0] * begin + list(text.encode())

    def piece(self, token: int, *, special: bool = False) -> bytes:
        assert special
        return bytes([token])


class Template:
    """Shows its arguments."""

    supports_tools = True

    def render(self, turns: Sequence[Any], *, tools: Sequence[Any], options: Any) -> Prompt:
        said = "".join(f"<{turn.role}>{turn.content}" for turn in turns)
        names = ",".join(tool.name for tool in tools)
        return Prompt(f"{names}{said}{options.variables or ''}")


@dataclass
class Script:
    """A worker that yields what it was told, to every job; None keeps the answer waiting."""

    steps: Sequence[Yielded | None] = (Delta("Hi"), OUTCOME)
    jobs: list[Job] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def submit(self, job: Job, receive: Callable[[Yielded], None]) -> Ticket:
        self.jobs.append(job)
        for step in self.steps:
            if step is not None:
                receive(step)
        return Ticket(job, receive)

    def forget(self, conversation: str) -> None:
        self.forgotten.append(conversation)

    def cancel(self, _ticket: Ticket) -> None:
        self.cancelled.set()


class Lengths:
    """Embeds tokens as their number and a half."""

    longest = 5

    def embed(self, inputs: Sequence[Sequence[int]]) -> list[list[float]]:
        return [[len(tokens), 0.5] for tokens in inputs]


def serving(worker: Script, **changes: object) -> Serving:
    plain = Serving(
        name="letters",
        model=Letters(),  # type: ignore[arg-type]
        context=500,
        slots=4,
        template=Template(),  # type: ignore[arg-type]
        worker=worker,  # type: ignore[arg-type]
        form=format_of("<tool_call>"),
        access=Access(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@contextmanager
def asking(*steps: Yielded | None, **changes: object) -> Iterator[tuple[openai.OpenAI, Script]]:
    worker = Script(steps) if steps else Script()
    app = application(serving(worker, **changes))
    with (
        TestClient(app, base_url="http://localhost") as http,
        openai.OpenAI(
            base_url="http://localhost/v1", api_key="none", http_client=http, max_retries=0
        ) as client,
    ):
        yield client, worker


def post(
    path: str, document: object, worker: Script | None = None, **changes: object
) -> httpx2.Response:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return TestClient(
        application(serving(worker or Script(), **changes)), base_url="http://localhost"
    ).post(path, content=content)


@contextmanager
def listening(worker: Script, **changes: object) -> Iterator[str]:
    """Serve on a real port, where a client can go away."""
    app = application(serving(worker, **changes))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", lifespan="off", http=Connection)
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
