"""The seal of a process: its Python code reaches other machines through the door or not at all.

It knows what Python's ``socket`` is asked for. Loopback and Unix sockets lead to no other machine.
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

_CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_ASKING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_NAMING = frozenset({"socket.gethostbyaddr", "socket.getnameinfo"})
_WATCHED = _CONNECTING | _ASKING | _NAMING
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_HERE = ("", "localhost")

_passing: ContextVar[bool] = ContextVar("passing", default=False)


class Sealed(PermissionError):
    """Something other than the door tried to reach another machine."""


@cache
def seal() -> None:
    """Seal this process until it ends; calling it again does nothing."""
    sys.addaudithook(_refuse)


@contextmanager
def passage() -> Iterator[None]:
    """Let this thread through the seal; for the door alone, once a request is in the journal."""
    before = _passing.set(True)
    try:
        yield
    finally:
        _passing.reset(before)


def is_here(host: str) -> bool:
    """Whether ``host`` is this machine, whatever the network says of names."""
    if host.casefold() in _HERE:
        return True
    address = _numeric(host)
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return address is not None and address.is_loopback


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _WATCHED or _passing.get():
        return
    host = _destination(event, arguments)
    if host is not None and not is_here(host):
        raise Sealed(errno.EACCES, f"only Alcove's door leads to other computers, such as {host}")


def _destination(event: str, arguments: tuple[Any, ...]) -> str | None:
    """Return the host that would be reached; None where no packet leaves for one."""
    if event in _CONNECTING:
        connection, address = arguments[:2]
        return _text(address[0]) if address and connection.family in _INTERNET else None
    host = _text(arguments[0][0] if event == "socket.getnameinfo" else arguments[0])
    # Numbers need no look-up, such as those that a server listens at; names of numbers do.
    return host if event in _NAMING or _numeric(host) is None else None


def _text(host: str | bytes | bytearray | None) -> str:
    if isinstance(host, bytes | bytearray):
        return host.decode("ascii", errors="replace")
    return host or ""


def _numeric(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None
