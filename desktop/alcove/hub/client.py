"""The client of the hub, set up so that it asks for nothing that Alcove did not ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2
from huggingface_hub import (
    HfApi,
    constants,
    get_session,
    get_token,
    hf_hub_url,
    hf_raise_for_status,
    set_client_factory,
)
from huggingface_hub.errors import HfHubHTTPError, OIDCError
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

from alcove import __version__
from alcove.errors import HubError, Remedy, reason
from alcove.hub.failures import hub_failures, no_hub
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.i18n import _
from alcove.network import Network
from alcove.network.door import Door
from alcove.network.wires import Wires

_LIBRARY = "alcove"
_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
_ANSWER_S = 15.0


@contextmanager
def api(network: Network, why: str) -> Iterator[HfApi]:
    """Give huggingface_hub's client; HF_TOKEN and `hf auth login` apply, but not to a mirror.

    What it asks in this block, on this thread, goes through the door, and into the journal with
    ``why``. Raises OfflineError if the network is shut, HubError if the address or the token is
    none.
    """
    with _errand(network, why):
        yield HfApi(
            endpoint=network.endpoint,
            token=_token(network),
            library_name=_LIBRARY,
            library_version=__version__,
        )


def ask(network: Network, path: str, parameters: dict[str, Any], about: str, why: str) -> object:
    """Ask the hub's API for JSON; ``about`` is what the request is about, for sentences.

    Raises what ``api`` does, and HubError for a hub that answers with something else.
    """
    with _errand(network, why), hub_failures(network, about):
        response = get_session().get(
            network.endpoint + path,
            params=parameters,
            headers=_headers(network),
            timeout=_ANSWER_S,
        )
        hf_raise_for_status(response)
    try:
        answer: object = response.json()
    except (ValueError, RecursionError) as error:
        raise no_hub(network.endpoint) from error
    return answer


@contextmanager
def open_range(
    network: Network,
    model: RemoteModel,
    file: RemoteFile,
    start: int,
    end: int,
    why: str | None = None,
) -> Iterator[httpx2.Response]:
    """Open the bytes from ``start`` up to ``end`` of a file, always by way of the hub's /resolve.

    The hub redirects to an address that is signed for this range and a limited time. The HTTP
    client keeps the token from other hosts. ``why``, a download if nothing is given, goes into the
    journal. Raises HubError, also while the caller reads, and when that has read nothing.
    """
    why = why or _("download of {file}").format(file=file.path)
    with (
        _errand(network, why),
        hub_failures(network, model.repository),
        _open(network, model, file, start, end) as response,
    ):
        yield response
        if response.num_bytes_downloaded == 0:
            raise HubError(
                _("The hub sent nothing of {file}.").format(file=file.path),
                _("Try again in a few minutes; if that fails too, try another network."),
                Remedy.RETRY,
            )


@contextmanager
def _open(
    network: Network, model: RemoteModel, file: RemoteFile, start: int, end: int
) -> Iterator[httpx2.Response]:
    endpoint = network.endpoint
    url = hf_hub_url(model.repository, file.path, revision=model.revision, endpoint=endpoint)
    headers = _headers(network)
    headers |= {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"}
    with get_session().stream("GET", url, headers=headers, timeout=_TIMEOUT) as response:
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


@dataclass(frozen=True)
class _Errand:
    door: Door
    why: str


_errands: ContextVar[_Errand | None] = ContextVar("errands", default=None)


class _Session(httpx2.BaseTransport):
    """What huggingface_hub's only client sends by: the door of the errand of this thread.

    A thread of hf-xet, which renews its permission, is on the errand that was begun last.
    """

    def __init__(self) -> None:
        self._wires = Wires()
        self._last: _Errand | None = None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._last = errand = _errands.get() or self._last
        assert errand is not None, f"nobody said why {request.url.host} is asked"
        response = errand.door.send(request, errand.why, self._wires)
        if content := response.headers.get(constants.HUGGINGFACE_HEADER_X_XET_ENDPOINT):
            try:
                errand.door.note_unseen(httpx2.URL(content), errand.why)
            except BaseException:
                response.close()
                raise
        return response

    def close(self) -> None:
        self._wires.close()


@cache
def _lead_through_the_door() -> None:
    set_client_factory(
        lambda: httpx2.Client(transport=_Session(), follow_redirects=True, timeout=None)
    )


@contextmanager
def _errand(network: Network, why: str) -> Iterator[None]:
    """Let what is asked in this block, on this thread, through the door."""
    network.require()
    constants.HF_HUB_DISABLE_TELEMETRY = True  # else each day begins with /api/agent-harnesses
    _lead_through_the_door()
    door = Door.of(network)
    if not network.mirrored:
        with _on(_Errand(door, _("signing in to the hub"))):
            _require_token()
    with _on(_Errand(door, why)):
        yield


@contextmanager
def _on(errand: _Errand) -> Iterator[None]:
    before = _errands.set(errand)
    try:
        yield
    finally:
        _errands.reset(before)


def _headers(network: Network) -> dict[str, str]:
    return build_hf_headers(
        token=_token(network), library_name=_LIBRARY, library_version=__version__
    )


def _token(network: Network) -> bool | None:
    """Return what has huggingface_hub send its token, None, or not: a mirror has no right to it."""
    return False if network.mirrored else None


def _require_token() -> None:
    """Refuse a token that huggingface_hub would stumble over; one of `hf auth login` is renewed."""
    try:
        token = get_token() or ""
    except (OIDCError, HfHubHTTPError, httpx2.HTTPError) as error:
        raise HubError(
            _("The hub did not give a token for HF_OIDC_RESOURCE: {reason}.").format(
                reason=reason(error)
            ),
            _("Unset it, and put a token into HF_TOKEN, or run `hf auth login`."),
            Remedy.SIGN_IN,
        ) from error
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
