"""Engines that are not ours: llama.cpp's own server, and one that tells no more than OpenAI."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from alcove.engine.answer import Delta, Readout, Request, ToolCall, Turn
from alcove.engine.client import Client
from alcove.errors import EngineStopped, OfflineError, RequestError
from alcove.network import Network
from engine import llama_server

QUESTION = Request((Turn("user", "Say hello."),), max_tokens=24, temperature=0.0)


@pytest.fixture(scope="module")
def server(smollm2_path: Path) -> Iterator[str]:
    """The URL of llama.cpp's own server, with SmolLM2."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, str(Path(llama_server.__file__)), str(smollm2_path), str(port)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline()
        yield f"http://127.0.0.1:{port}"
        running.kill()


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
def test_the_url_may_end_in_v1(server: str, suffix: str) -> None:
    with Client(server + suffix) as client:
        assert len(client.models()) == 1


def test_llama_server_answers_with_the_same_readout(server: str) -> None:
    with Client(server) as client:
        properties = client.properties()
        *pieces, readout = client.stream(QUESTION)
    assert properties.context == 2048
    assert properties.has_chat_template
    assert isinstance(readout, Readout)
    text = "".join(piece.text for piece in pieces if isinstance(piece, Delta))
    assert text
    assert 0 < readout.completion_tokens <= 24
    assert readout.prompt_tokens > 5
    assert readout.generation_tokens_per_second > 1
    assert readout.prompt_tokens_per_second > 1
    assert readout.time_to_first_token_s > 0
    assert readout.finish_reason in ("stop", "length")
    assert readout.context == 2048


def test_what_llama_server_refuses_is_said(server: str) -> None:
    too_long = Request((Turn("user", "word " * 5000),))
    with Client(server) as client, pytest.raises(RequestError, match="context"):
        list(client.stream(too_long))


class Plain(BaseHTTPRequestHandler):
    """Answers as vLLM does: no /props, no timings, usage at the end; it wants a key."""

    asked: list[dict[str, Any]]

    def log_message(self, *_anything: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.headers["Authorization"] != "Bearer secret":
            self._answer(401, {"error": {"message": "No key.", "code": 401}})
        elif self.path == "/v1/models":
            models = [{"id": name, "max_model_len": size} for name, size in (("a", 10), ("b", 20))]
            self._answer(200, {"data": models})
        else:
            self._answer(404, {"detail": "Not Found"})

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        call = {"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{}"}}
        deltas: list[dict[str, Any]] = [
            {"role": "assistant", "content": ""},
            {"reasoning": "Well."},
            {"content": "Hello"},
            {"content": " there"},
            {"tool_calls": [call]},
        ]
        chunks: list[dict[str, Any]] = [{"choices": [{"delta": delta}]} for delta in deltas]
        chunks.append({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]})
        usage = {"prompt_tokens": 9, "completion_tokens": 4}
        chunks.append({"choices": [], "usage": usage})
        self.send_response(200)
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def plain() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The URL of the plain engine, and what it was asked."""
    asked: list[dict[str, Any]] = []
    handler = type("Handler", (Plain,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}/v1", asked
        running.shutdown()
        thread.join()


def test_an_engine_that_tells_little_is_timed_here(plain: tuple[str, list[dict[str, Any]]]) -> None:
    url, asked = plain
    call = ToolCall("f", "{}", "c0")
    turns = (
        Turn("user", "Say hello."),
        Turn("assistant", "", tool_calls=(call,)),
        Turn("tool", "done", tool_call_id="c0"),
    )
    with Client(url, "secret", model="b") as client:
        assert client.models() == ("a", "b")
        assert client.properties().context == 20
        *pieces, readout = client.stream(Request(turns))
    assert isinstance(readout, Readout)
    whole = [piece for piece in pieces if isinstance(piece, Delta)]
    assert "".join(piece.text for piece in whole) == "Hello there"
    assert "".join(piece.reasoning for piece in whole) == "Well."
    assert [piece.name for each in whole for piece in each.calls] == ["f"]
    assert (readout.prompt_tokens, readout.completion_tokens) == (9, 4)
    assert readout.generation_tokens_per_second > 0
    assert readout.context == 20
    assert asked[0]["model"] == "b"
    assert asked[0]["messages"][1]["tool_calls"][0]["function"] == {"name": "f", "arguments": "{}"}
    assert asked[0]["messages"][2]["tool_call_id"] == "c0"


def test_a_wrong_key_is_said(plain: tuple[str, list[dict[str, Any]]]) -> None:
    with Client(plain[0]) as client, pytest.raises(RequestError, match="No key"):
        client.models()


def test_what_is_no_engine_is_said(local_hub: Any) -> None:
    with Client(local_hub.endpoint) as client, pytest.raises(RequestError, match="OpenAI"):
        client.models()


def test_an_engine_that_is_not_there_is_said() -> None:
    with (
        Client("http://127.0.0.1:9") as client,
        pytest.raises(EngineStopped, match="No engine answers"),
    ):
        client.models()


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("http://127.0.0.1:8080", False),
        ("http://localhost:8080/v1", False),
        ("http://[::1]:8080", False),
        ("http://192.168.1.7:8000", True),
        ("https://engine.example.org/v1", True),
    ],
)
def test_offline_only_this_machine_is_asked(url: str, refused: bool) -> None:
    network = Network(offline=True)
    if refused:
        with pytest.raises(OfflineError, match="another computer"):
            network.require_host(url)
    else:
        network.require_host(url)
    Network().require_host(url)
