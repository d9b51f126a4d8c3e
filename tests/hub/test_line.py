from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import httpx2
import pytest

from alcove.hub.limiter import Limiter
from alcove.hub.line import Line
from network.certificates import COMPANY, COMPANY_SERVER


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Stream:
    """What httpx2 tells of the connection of a response."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def get_extra_info(self, name: str) -> object:
        return self._connection if name == "socket" else None


@pytest.mark.parametrize(
    ("steady_s", "wall_s", "is_cut", "is_stalled"),
    [
        (29, 29, False, False),
        (31, 31, True, True),
        (2, 3602, True, False),
        (2, -3000, False, False),
    ],
)
def test_a_dead_line_is_cut(steady_s: int, wall_s: int, is_cut: bool, is_stalled: bool) -> None:
    steady, wall = Clock(10.0), Clock(1000.0)
    line = Line(30.0, steady, wall)
    here, there = socket.socketpair()
    with here, there, line.hold(httpx2.Response(200, extensions={"network_stream": Stream(here)})):
        line.alive()
        steady.now += steady_s
        wall.now += wall_s
        line.check()
        there.setblocking(False)
        if is_cut:
            assert here.recv(1) == b""
            assert there.recv(1) == b""
        else:
            with pytest.raises(BlockingIOError):
                there.recv(1)
        assert line.is_stalled is is_stalled


def test_a_line_that_was_cut_brings_no_ciphertext() -> None:
    here, there = socket.socketpair()
    with encrypted(here, there) as (client, server):
        line = Line(30.0)
        stream = {"network_stream": Stream(client)}
        with line.hold(httpx2.Response(200, extensions=stream)):
            server.sendall(b"plain" * 1000)
            line.cut()
            came = bytearray()
            with suppress(OSError):
                while block := client.recv(1000):
                    came += block
    assert came in (b"", b"plain" * 1000)


@contextmanager
def encrypted(
    here: socket.socket, there: socket.socket
) -> Iterator[tuple[ssl.SSLSocket, ssl.SSLSocket]]:
    """Yield the two ends of a connection, encrypted."""
    to_server = ssl.create_default_context(cafile=str(COMPANY))
    from_client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    from_client.load_cert_chain(COMPANY_SERVER)
    with (
        to_server.wrap_socket(
            here, server_hostname="localhost", do_handshake_on_connect=False
        ) as client,
        from_client.wrap_socket(there, server_side=True, do_handshake_on_connect=False) as server,
        ThreadPoolExecutor(1) as pool,
    ):
        shaken = pool.submit(server.do_handshake)
        client.do_handshake()
        shaken.result()
        yield client, server


def test_a_line_that_brings_bytes_is_left_alone() -> None:
    steady = Clock(0.0)
    line = Line(30.0, steady, lambda: steady.now + 1e9)
    here, there = socket.socketpair()
    with here, there, line.hold(httpx2.Response(200, extensions={"network_stream": Stream(here)})):
        for _step in range(10):
            steady.now += 20
            line.alive()
            line.check()
        there.sendall(b"x")
        assert here.recv(1) == b"x"


def test_a_limit_holds_on_the_average() -> None:
    clock = Clock(0.0)

    def sleep(seconds: float) -> None:
        clock.now += seconds

    limiter = Limiter(1000, sleep, clock)
    for _block in range(100):
        limiter.let_through(100)
    assert clock.now == pytest.approx(10.0, abs=0.6)
    clock.now += 100  # a pause is not made up for
    for _block in range(100):
        limiter.let_through(100)
    assert clock.now == pytest.approx(120.0, abs=1.2)


def test_without_a_limit_nothing_waits() -> None:
    def sleep(_seconds: float) -> None:
        raise AssertionError

    Limiter(0, sleep).let_through(1 << 40)
