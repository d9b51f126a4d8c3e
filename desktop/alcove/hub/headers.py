"""The header of a model that is still on the hub."""

from __future__ import annotations

from alcove.gguf.cursor import HEADER_LIMIT, NeedMore
from alcove.gguf.header import Header
from alcove.gguf.read import cut_short, join_headers, parse_header
from alcove.hub.client import open_range
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.network import Network

_STEP_BYTES = 4 * 1024**2


def fetch_header(model: RemoteModel, network: Network) -> Header:
    """Read the header of ``model``, all its parts joined, in ranges of 4 MB.

    Raises HubError or one of its kinds, and ModelFileError if there is no GGUF.
    """
    network.require()
    return join_headers([_fetch_part(model, file, network.endpoint) for file in model.files])


def _fetch_part(model: RemoteModel, file: RemoteFile, endpoint: str) -> Header:
    limit = min(file.size_bytes, HEADER_LIMIT)
    data = b""
    wanted = _STEP_BYTES
    while True:
        end = min(max(wanted, len(data) + _STEP_BYTES), limit)
        with open_range(endpoint, model, file, len(data), end) as response:
            data += response.read()
        try:
            return parse_header(data, file.path)
        except NeedMore as more:
            if len(data) >= limit:
                raise cut_short(file.path, more.size - len(data)) from None
            wanted = more.size
