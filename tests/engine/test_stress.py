"""Clients that leave, and requests that make no sense: the process stays well, and as small."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx2
import psutil
import pytest

from alcove.engine.process import ModelProcess
from engine.conftest import KEY
from engine.test_together import Talk, running

REQUESTS = 200
LONG = "word " * 400
NONSENSE = [
    b"",
    b"{",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b"[" * 5000,
    b'{"messages": []}',
    b'{"messages": [{"role": "king", "content": "a"}]}',
    b'{"messages": [{"role": "user", "content": {"a": 1}}]}',
    b'{"messages": [{"role": "user", "content": "a"}], "temperature": "hot"}',
    b'{"messages": [{"role": "user", "content": "a"}], "max_tokens": -7}',
    b'{"messages": [{"role": "user", "content": "a"}], "n": 100000}',
    b'{"messages": [{"role": "user", "content": "a"}], "temperature": NaN}',
    b'{"messages": [{"role": "user", "content": "a"}], "grammar": "root ::= ("}',
    b'{"messages": [{"role": "user", "content": "' + b"word " * 9000 + b'"}]}',
]


@pytest.fixture(scope="module")
def process(smollm2_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelProcess]:
    with running(smollm2_path, tmp_path_factory.mktemp("engine"), slots=3, context=4096) as one:
        yield one


def test_clients_that_leave_and_nonsense_do_no_harm(process: ModelProcess) -> None:
    random = Random(1)
    fill_memory(process)
    before = psutil.Process(process.pid).memory_info().rss
    for number in range(REQUESTS):
        if number % 2:
            leave(process, random)
        else:
            ask_nonsense(process, random)
    answer = Talk(process).whole("What is the capital of France?")
    assert answer["choices"][0]["message"]["content"]
    after = psutil.Process(process.pid).memory_info().rss
    assert after < 1.05 * before
    assert process.is_alive()


def fill_memory(process: ModelProcess) -> None:
    """Have everything used once that is only taken when it is used."""
    talk = Talk(process)
    for name in ("apples", "pears", "plums"):
        talk.whole(f"{name} {LONG}", max_tokens=32)
    for _ in range(20):
        leave(process, Random(2))


def leave(process: ModelProcess, random: Random) -> None:
    """Ask, and go away: before the request is whole, or at some point of its answer."""
    body = json.dumps(
        {
            "messages": [{"role": "user", "content": LONG[: random.randrange(1, len(LONG))]}],
            "stream": random.random() < 0.7,
            "max_tokens": 200,
        }
    ).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    whole = head + body
    with socket.create_connection(("127.0.0.1", process.port), timeout=30) as connection:
        if random.random() < 0.3:
            connection.sendall(whole[: random.randrange(len(whole))])
            return
        connection.sendall(whole)
        for _ in range(random.randrange(4)):
            connection.settimeout(0.3)
            try:
                connection.recv(500)
            except TimeoutError:
                return


def ask_nonsense(process: ModelProcess, random: Random) -> None:
    with httpx2.Client(base_url=process.url, trust_env=False, timeout=60) as client:
        answer = client.post(
            "/v1/chat/completions",
            content=random.choice(NONSENSE),
            headers={"Authorization": f"Bearer {KEY}"},
        )
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]
