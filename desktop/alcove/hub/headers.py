"""The header of a model that is still on the hub."""

from __future__ import annotations

from alcove.gguf.cursor import HEADER_LIMIT, NeedMore
from alcove.gguf.header import Header
from alcove.gguf.read import cut_short, join_headers, parse_header
from alcove.gguf.skeleton import Skeleton, skeleton_of
from alcove.hub.client import open_range
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.network import Network

_STEP_BYTES = 4 * 1024**2


def fetch_header(model: RemoteModel, network: Network) -> Header:
    """Read the header of ``model``, all its parts joined, in ranges of 4 MB.

    Raises HubError or one of its kinds, and ModelFileError if there is no GGUF.
    """
    return join_headers([parse_header(part) for part in _fetch_parts(model, network)])


def fetch_skeleton(model: RemoteModel, network: Network) -> Skeleton:
    """Read the skeleton of ``model``, which is worth keeping; raises what ``fetch_header`` does."""
    return skeleton_of(_fetch_parts(model, network), model.files[0].path)


def _fetch_parts(model: RemoteModel, network: Network) -> list[bytes]:
    """Read the start of every file, up to the end of its header at least."""
    return [_fetch_part(model, file, network) for file in model.files]


def _fetch_part(model: RemoteModel, file: RemoteFile, network: Network) -> bytes:
    limit = min(file.size_bytes, HEADER_LIMIT)
    data = b""
    wanted = _STEP_BYTES
    while True:
        end = min(max(wanted, len(data) + _STEP_BYTES), limit)
        with open_range(network, model, file, len(data), end) as response:
            data += response.read()
        try:
            header = parse_header(data, file.path)
        except NeedMore as more:
            if len(data) >= limit:
                raise cut_short(file.path, more.size - len(data)) from None
            wanted = more.size
        else:
            if missing := max(0, header.file_size - file.size_bytes):
                raise cut_short(file.path, missing)
            return data
