"""The client of the hub, set up so that it asks for nothing that Alcove did not ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from huggingface_hub import HfApi, constants, get_session, hf_hub_url, hf_raise_for_status
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

from alcove import __version__
from alcove.errors import HubError, Remedy
from alcove.hub.failures import hub_failures, no_hub
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.i18n import _

_LIBRARY = "alcove"
_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)


def api(endpoint: str) -> HfApi:
    """Return huggingface_hub's client for ``endpoint``; HF_TOKEN and `hf auth login` apply."""
    _be_silent()
    return HfApi(endpoint=endpoint, library_name=_LIBRARY, library_version=__version__)


@contextmanager
def open_range(
    endpoint: str, model: RemoteModel, file: RemoteFile, start: int, end: int
) -> Iterator[httpx2.Response]:
    """Open the bytes from ``start`` up to ``end`` of a file, always by way of the hub's /resolve.

    The hub redirects to an address that is signed for this range and a limited time. The HTTP
    client keeps the token from other hosts. Raises HubError, also while the caller reads.
    """
    _be_silent()
    url = hf_hub_url(model.repository, file.path, revision=model.revision, endpoint=endpoint)
    headers = build_hf_headers(library_name=_LIBRARY, library_version=__version__)
    headers |= {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"}
    with (
        hub_failures(endpoint, model.repository),
        get_session().stream("GET", url, headers=headers, timeout=_TIMEOUT) as response,
    ):
        hf_raise_for_status(response)
        _require_range(response, endpoint, start, end, file)
        yield response


def _require_range(
    response: httpx2.Response, endpoint: str, start: int, end: int, file: RemoteFile
) -> None:
    if response.status_code != httpx2.codes.PARTIAL_CONTENT:
        raise no_hub(endpoint)
    if response.headers.get("Content-Range") != f"bytes {start}-{end - 1}/{file.size_bytes}":
        raise HubError(
            _("The hub sent another part of {file} than it was asked for.").format(file=file.path),
            _("Try again: the file may just have been replaced."),
            Remedy.RETRY,
        )


def _be_silent() -> None:
    constants.HF_HUB_DISABLE_TELEMETRY = True  # else each day begins with /api/agent-harnesses
