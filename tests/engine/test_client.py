"""What a client does apart from asking: it is cut from another thread, and waits only so long."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from alcove.engine import client as asking
from alcove.engine.answer import Delta, PromptProgress, Readout, Request, Turn
from alcove.engine.client import Client
from alcove.engine.gate import Access
from alcove.engine.server_events import documents
from alcove.errors import Cancelled, EngineStopped, RequestError
from alcove.network.door import Door
from alcove.network.journal import Journal
from alcove.network.policy import Network
from engine.scripted import OUTCOME, Script, listening


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


SHORT = Request((Turn("user", "What is the capital of France?"),), max_tokens=4)


def test_cancel_in_a_long_prompt_reaches_the_engine() -> None:
    worker = Script((PromptProgress(0, 9, 0), None))
    with listening(worker) as url, Client(url) as client, ThreadPoolExecutor() as pool:
        stream = client.stream(SHORT)
        assert next(stream) == PromptProgress(0, 9, 0)
        rest = pool.submit(list, stream)
        client.cancel()
        with pytest.raises(Cancelled):
            rest.result(60)
        assert worker.cancelled.wait(60)


def test_closing_the_stream_ends_the_answer() -> None:
    worker = Script((Delta("Hi"), None))
    with listening(worker) as url, Client(url) as client:
        stream = client.stream(SHORT)
        assert isinstance(next(stream), Delta)
        stream.close()
        assert worker.cancelled.wait(60)


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


def test_an_answer_holds_any_character() -> None:
    """Some of them end lines in other texts, but not in a stream of events."""
    text = "one\u2028two\u2029three\u0085four\x0bfive\x0c."
    with listening(Script((Delta(text), OUTCOME))) as url, Client(url) as client:
        events = list(client.stream(SHORT))
    assert "".join(event.text for event in events if isinstance(event, Delta)) == text


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_as_servers_end_them(end: bytes) -> None:
    lines = b": hello", b"event: x", b'data: {"a": 1}', b"", b'data:{"b": 2}', b"data: [DONE]", b""
    stream = end.join(lines)
    assert list(documents([stream])) == [{"a": 1}, {"b": 2}]
    assert list(documents(stream[at : at + 1] for at in range(len(stream)))) == [{"a": 1}, {"b": 2}]


def test_what_is_no_json_is_said() -> None:
    with pytest.raises(RequestError, match="no JSON object"):
        list(documents([b"data: [1]"]))


def test_a_key_may_hold_any_letters() -> None:
    access = Access(key="schlüssel")
    with listening(Script(), access=access) as url, Client(url, "schlüssel") as client:
        assert client.models() == ("letters",)


def test_an_engine_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_TOLD", httpx2.Timeout(0.2))
    with (
        socket.create_server(("127.0.0.1", 0)) as engine,
        Client(f"http://127.0.0.1:{engine.getsockname()[1]}") as client,
        pytest.raises(EngineStopped, match="Check that it runs"),
    ):
        client.models()


def test_cancel_ends_every_question() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as engine,
        ThreadPoolExecutor() as pool,
        Client(f"http://127.0.0.1:{engine.getsockname()[1]}") as client,
    ):
        models = pool.submit(client.models)
        talk, _address = engine.accept()
        with talk:
            client.cancel()
            with pytest.raises(Cancelled):
                models.result(9)


def test_an_answer_that_is_whole_needs_no_properties() -> None:
    said = b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}\n\n'
    with (
        socket.create_server(("127.0.0.1", 0)) as engine,
        ThreadPoolExecutor() as pool,
        Client(f"http://127.0.0.1:{engine.getsockname()[1]}") as client,
    ):
        events = pool.submit(list, client.stream(SHORT))
        answering, _address = engine.accept()
        with answering:
            answering.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(said) + said)
            while answering.recv(65536):  # until the client has read that
                pass
        asked, _address = engine.accept()
        with asked:
            client.cancel()
            piece, readout = events.result(9)
    assert piece == Delta("Hi", tokens=1)
    assert isinstance(readout, Readout)
    assert readout.peak_memory_bytes is None
