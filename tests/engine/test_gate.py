"""Who may speak to the model process."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from alcove.engine.gate import Access, Gate
from alcove.engine.lan import own_addresses, own_names
from alcove.errors import EngineError

HERE = Access(key="secret")
LAN = Access(key="secret", hosts=("Box.local",))


async def welcome(_request: Request) -> Response:
    return PlainTextResponse("welcome")


def status(access: Access, host: str = "localhost", path: str = "/", **headers: str) -> int:
    app = Starlette(
        routes=[Route("/", welcome), Route("/health", welcome)],
        middleware=[Middleware(Gate, access=access)],
    )
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = TestClient(app).get(path, headers={"Host": host, **sent})
    assert "access-control-allow-origin" not in answer.headers
    return answer.status_code


@pytest.mark.parametrize(
    ("host", "here", "lan"),
    [
        ("localhost:8080", True, True),
        ("LOCALHOST.", True, True),
        ("127.0.0.1", True, True),
        ("127.9.8.7:1", True, True),
        ("[::1]:8080", True, True),
        ("192.168.1.5:8080", False, True),
        ("[fe80::1]", False, True),
        ("box.local:8080", False, True),
        ("evil.example", False, False),
        ("localhost.evil.example", False, False),
        ("127.0.0.1.evil.example", False, False),
        ("localhost@evil.example", False, False),
        ("127.1", False, False),
        ("::1", False, False),
        ("[::1", False, False),
        ("localhost:port", False, False),
    ],
)
def test_by_which_names_it_is_reached(host: str, here: bool, lan: bool) -> None:
    assert status(HERE, host, authorization="Bearer secret") == (200 if here else 403)
    assert status(LAN, host, authorization="Bearer secret") == (200 if lan else 403)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://localhost:8080", 200),
        ("http://LOCALHOST:8080", 200),
        ("https://localhost:8080", 403),
        ("http://localhost:3000", 403),
        ("http://127.0.0.1:8080", 403),
        ("https://[::1]", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("chrome-extension://abcdef", 403),
    ],
)
def test_web_pages_of_other_sites_stay_outside(origin: str, expected: int) -> None:
    key = "Bearer secret"
    assert status(HERE, "localhost:8080", origin=origin, authorization=key) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 401),
        ({"authorization": "Bearer secret"}, 200),
        ({"authorization": "bearer secret"}, 200),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "secret"}, 401),
        ({"authorization": "Bearer "}, 401),
        ({"authorization": "Bearer secretly"}, 401),
    ],
)
def test_the_key(headers: dict[str, str], expected: int) -> None:
    assert status(HERE, **headers) == expected
    assert status(HERE, path="/health", **headers) == 200
    assert status(Access(), **headers) == 200


def test_a_refusal_says_what_helps() -> None:
    app = Starlette(routes=[Route("/", welcome)], middleware=[Middleware(Gate, access=LAN)])
    for headers, words in (
        ({"Host": "other.local"}, "one of: localhost, Box.local."),
        ({"Host": "box.local", "Origin": "http://a.example"}, "Origin header names http://a.ex"),
        ({"Host": "box.local"}, "Authorization: Bearer KEY"),
    ):
        answer = TestClient(app).get("/", headers=headers)
        assert words in answer.json()["error"]["message"]


def test_other_computers_reach_this_one_by_its_names() -> None:
    access = Access("secret", own_names())
    assert access.serves(socket.gethostname())
    assert access.serves(f"{socket.gethostname().partition('.')[0]}.local:8080")
    assert not any(ip_address(each).is_loopback for each in own_addresses())


def test_other_computers_need_a_key() -> None:
    with pytest.raises(EngineError, match="only with an API key"):
        Access(hosts=())
