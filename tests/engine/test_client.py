"""What a client does apart from asking: an answer is cut from another thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alcove.engine.answer import Event, PromptProgress, Request, Turn
from alcove.engine.client import Client
from alcove.errors import Cancelled
from alcove.network.door import Door
from alcove.network.journal import Journal
from alcove.network.policy import Network


class Silent(BaseHTTPRequestHandler):
    """Lists its model, over a connection that is kept; to a question it never answers."""

    protocol_version, timeout = "HTTP/1.1", 60
    asked: threading.Event

    def log_message(self, *_anything: object) -> None:
        pass

    def do_GET(self) -> None:
        body = b'{"data": [{"id": "one"}]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.set()
        assert self.rfile.read(1) == b"", "the client must close the connection"
        self.close_connection = True


@pytest.fixture
def silent() -> Iterator[tuple[str, threading.Event]]:
    """The URL of an engine that is silent, and when it was asked."""
    asked = threading.Event()
    handler = type("Handler", (Silent,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}", asked
        running.shutdown()
        thread.join()


LONG = Request((Turn("user", "word " * 1900),), max_tokens=1)
SHORT = Request((Turn("user", "What is the capital of France?"),), max_tokens=4)


def test_cancel_in_a_long_prompt_frees_the_model_at_once(client: Client) -> None:
    begun = threading.Event()
    steps: list[PromptProgress] = []

    def read(stream: Generator[Event]) -> None:
        for event in stream:
            assert isinstance(event, PromptProgress)
            steps.append(event)
            begun.set()

    with ThreadPoolExecutor() as pool:
        reading = pool.submit(read, client.stream(LONG))
        assert begun.wait(30)
        client.cancel()
        with pytest.raises(Cancelled):
            reading.result(10)
    assert steps[-1].processed < steps[-1].total
    assert list(client.stream(SHORT))


def test_cancel_ends_the_wait_for_a_silent_engine() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    progress = b'data: {"choices": [], "prompt_progress":'
    progress += b' {"processed": 0, "total": 9, "cache": 0}}\n\n'
    with (
        socket.create_server(("127.0.0.1", 0)) as engine,
        ThreadPoolExecutor() as pool,
        Client(f"http://127.0.0.1:{engine.getsockname()[1]}") as client,
    ):
        stream = client.stream(SHORT)
        first = pool.submit(next, stream)
        talk, _address = engine.accept()
        with talk:
            talk.sendall(head + b"%x\r\n%b\r\n" % (len(progress), progress))
            assert isinstance(first.result(10), PromptProgress)
            rest = pool.submit(list, stream)
            client.cancel()
            with pytest.raises(Cancelled):
                rest.result(10)


@pytest.mark.parametrize("through_door", [False, True])
def test_cancel_needs_no_first_word_of_the_engine(
    silent: tuple[str, threading.Event], tmp_path: Path, through_door: bool
) -> None:
    url, asked = silent
    door = Door(Network(), Journal(tmp_path / "journal.db")) if through_door else None
    with Client(url, door=door) as client, ThreadPoolExecutor() as pool:
        assert client.models() == ("one",)
        for _answer in range(2):
            asked.clear()
            answer = pool.submit(list, client.stream(SHORT))
            assert asked.wait(30)
            client.cancel()
            with pytest.raises(Cancelled):
                answer.result(30)
        assert client.models() == ("one",)
