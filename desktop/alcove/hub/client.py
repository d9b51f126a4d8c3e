"""The client of the hub, set up so that it asks for nothing that Alcove did not ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from huggingface_hub import (
    HfApi,
    constants,
    get_session,
    get_token,
    hf_hub_url,
    hf_raise_for_status,
)
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

from alcove import __version__
from alcove.errors import HubError, Remedy, reason
from alcove.hub.failures import hub_failures, no_hub
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.i18n import _
from alcove.network import Network

_LIBRARY = "alcove"
_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)


def api(network: Network) -> HfApi:
    """Return huggingface_hub's client; HF_TOKEN and `hf auth login` apply.

    Raises OfflineError if the network is shut, HubError if the address or the token is none.
    """
    _prepare(network)
    return HfApi(endpoint=network.endpoint, library_name=_LIBRARY, library_version=__version__)


@contextmanager
def open_range(
    network: Network, model: RemoteModel, file: RemoteFile, start: int, end: int
) -> Iterator[httpx2.Response]:
    """Open the bytes from ``start`` up to ``end`` of a file, always by way of the hub's /resolve.

    The hub redirects to an address that is signed for this range and a limited time. The HTTP
    client keeps the token from other hosts. Raises HubError, also while the caller reads, and when
    that has read nothing.
    """
    _prepare(network)
    endpoint = network.endpoint
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
        if response.num_bytes_downloaded == 0:
            raise HubError(
                _("The hub sent nothing of {file}.").format(file=file.path),
                _("Try again in a few minutes; if that fails too, try another network."),
                Remedy.RETRY,
            )


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


def _prepare(network: Network) -> None:
    """Refuse what huggingface_hub and its HTTP client would stumble over."""
    network.require()
    _require_token()
    constants.HF_HUB_DISABLE_TELEMETRY = True  # else each day begins with /api/agent-harnesses


def _require_token() -> None:
    try:
        token = get_token() or ""
    except (OSError, UnicodeDecodeError) as error:
        raise HubError(
            _("Your token for the hub, {path}, cannot be read: {reason}.").format(
                path=constants.HF_TOKEN_PATH, reason=reason(error)
            ),
            _("Check that HF_HOME is a folder and that you may read the file."),
            Remedy.RETRY,
        ) from error
    if not (token.isascii() and token.isprintable()):
        raise HubError(
            _("Your token for the hub has characters in it that no token has."),
            _("Copy it again into HF_TOKEN, or run `hf auth login`."),
            Remedy.SIGN_IN,
        )
