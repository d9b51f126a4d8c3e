"""Clients that connect and do not say what they want."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest

from alcove.engine import connection
from engine.scripted import Script, listening

HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


def connected(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 60)


def is_left_alone(client: socket.socket, begun: bytes) -> bool:
    """Whether the server ends the connection after that, or before it has come."""
    with suppress(ConnectionError):
        client.sendall(begun)
        return client.recv(1024) == b""
    return True


@pytest.mark.parametrize("begun", [b"", b"G", HEAD])
def test_the_first_request_is_not_waited_for_long(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_HEAD_SECONDS", 0.2)
    with listening(Script()) as url, connected(url) as client:
        assert is_left_alone(client, begun)


@pytest.mark.parametrize("begun", [b"G", HEAD])
def test_the_rest_of_a_later_request_is_not_waited_for_long(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(Script()) as url, connected(url) as client:
        client.sendall(HEAD + b"\r\n")
        assert client.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
        monkeypatch.setattr(connection, "_HEAD_SECONDS", 0.2)
        client.sendall(begun)
        while client.recv(1024):  # the rest of the answer, then the end
            pass
