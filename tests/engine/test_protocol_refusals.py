"""What is refused and why, and clients that send too much, too little, or go away."""

from __future__ import annotations

import socket

import httpx2
import pytest

from alcove.engine.answer import Delta
from alcove.engine.endpoints import body as reading
from engine.scripted import HELLO, TOOL, Script, Template, listening, post


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"[]", "must be a JSON object"),
        (b'{"messages": "\xff"}', "not valid JSON"),
        (b'{"temperature": NaN}', "not valid JSON"),
        (b'{"temperature": 1e999}', "not valid JSON"),
        (b'{"seed": 1' + b"0" * 5000 + b"}", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "nested more than 100 deep"),
        (b'{"messages": [{"role": "\\ud800", "content": "x"}]}', "must be one of"),
        (b'{"prompt": ""}', "must be a list of at least one message"),
    ],
)
def test_what_is_no_request_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    answer = post("/v1/chat/completions", content)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert reason in error["message"]
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("path", "document", "reason"),
    [
        ("/v1/chat/completions", {"messages": HELLO, "logit_bias": {"256": 1}}, "no token 256"),
        (
            "/v1/completions",
            {"prompt": "a", "grammar": "root ::= [a]", "ignore_eos": True},
            "leave 'ignore_eos' out",
        ),
        ("/v1/completions", {"prompt": [-1]}, "no token -1"),
        ("/v1/completions", {"prompt": "x" * 500}, "501 tokens long, but the context holds 500"),
        ("/v1/completions", {"prompt": 1}, "'prompt' must be a text"),
        ("/v1/completions", {"prompt": "a", "prompt_cache_key": "k" * 257}, "at most 256"),
        ("/forget", {}, "says what to forget"),
    ],
)
def test_what_the_model_cannot_take_is_refused(path: str, document: object, reason: str) -> None:
    answer = post(path, document)
    assert answer.status_code == 400
    assert reason in answer.json()["error"]["message"]


def test_a_template_without_tools_refuses_them() -> None:
    template = Template()
    template.supports_tools = False
    asked = {"messages": HELLO, "tools": [TOOL]}
    assert post("/v1/chat/completions", asked, template=template).status_code == 400
    asked["tool_choice"] = "none"
    assert post("/v1/chat/completions", asked, template=template).status_code == 200


def test_half_a_character_becomes_a_replacement() -> None:
    content = b'{"messages": [{"role": "user", "content": "\\ud83d \\ud83d\\ude00"}]}'
    assert post("/apply-template", content).json() == {"prompt": "<user>\ufffd \U0001f600"}


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_away_frees_its_slot(stream: bool) -> None:
    worker = Script((Delta("Hi"), None))
    with listening(worker) as url:
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.post(
                f"{url}/v1/chat/completions",
                json={"messages": HELLO, "stream": stream},
                timeout=0.3,
                trust_env=False,
            )
        assert worker.cancelled.wait(5)


def test_a_body_that_is_too_large_is_not_read() -> None:
    with listening(Script()) as url:
        answer = httpx2.post(f"{url}/tokenize", content=b" " * (17 * 2**20), trust_env=False)
    assert answer.status_code == 413
    assert "16 MiB" in answer.json()["error"]["message"]


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_SECONDS", 0.2)

    head = b"POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n"
    with (
        listening(Script()) as url,
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as connection,
    ):
        connection.sendall(head + b"{")
        assert connection.recv(1024).startswith(b"HTTP/1.1 408")
