"""The body of a large answer, in large blocks.

The HTTP client copies each byte three times in pieces of 64 kB, which costs as much as all the rest
of a transfer. Where an answer is of a known length and comes as it is, it is read from the socket,
and counted for the journal here.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx2

from alcove.network.noted import Noted

_BLOCK_BYTES = 1024**2


def blocks(response: httpx2.Response) -> Iterator[memoryview]:
    """Yield the body of ``response`` as it arrives; a block is only valid until the next one.

    Raises what httpx2 raises. The connection is of no use for other requests afterwards.
    """
    pieces = response.iter_raw()
    first = next(pieces, b"")  # what came with the head
    yield memoryview(first)
    connection = _plain_socket(response)
    if connection is None:
        yield from (memoryview(piece) for piece in pieces)
        return
    missing = int(response.headers["Content-Length"]) - len(first)
    noted: Noted = response.extensions["noted"]
    block = memoryview(bytearray(min(_BLOCK_BYTES, max(missing, 1))))
    try:
        while missing > 0:
            size = _receive(connection, block[:missing])
            missing -= size
            noted.count(size)
            yield block[:size]
    except httpx2.HTTPError as error:
        noted.fail(error)
        raise


def _plain_socket(response: httpx2.Response) -> socket.socket | None:
    """Return the socket that the body is to be read from, None if the client has to do it."""
    stream = response.extensions.get("network_stream")
    plain = response.http_version == "HTTP/1.1" and not response.headers.get("Transfer-Encoding")
    if stream is None or not plain or "Content-Length" not in response.headers:
        return None
    connection = stream.get_extra_info("socket")
    encrypted = stream.get_extra_info("ssl_object") is not None
    if encrypted != isinstance(connection, ssl.SSLSocket):  # encrypted within a proxy's encryption
        return None
    return connection if isinstance(connection, socket.socket) else None


def _receive(connection: socket.socket, block: memoryview) -> int:
    try:
        size = connection.recv_into(block)
    except TimeoutError as error:
        raise httpx2.ReadTimeout(str(error)) from error
    except OSError as error:
        raise httpx2.ReadError(str(error)) from error
    if size == 0:
        raise httpx2.RemoteProtocolError("the connection ended before the body did")
    return size
