"""Who may speak to the model process."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from alcove.engine.protocol.errors import error_document
from alcove.errors import EngineError
from alcove.i18n import _

_OPEN = ("/health", "/v1/health")
"""Paths that need no key."""

_AUTHORITY = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[^\[\]:@/]+))(?::[0-9]{1,5})?")
_BEARER = re.compile(rb"bearer +(\S.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Access:
    """Who is let in. An empty ``key`` lets every program on this machine in.

    ``hosts`` None serves this machine alone; otherwise other machines are served too, that reach
    this one by its IP addresses or by these names. Raises EngineError without a key for them.
    """

    key: str = ""
    hosts: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.hosts is not None and not self.key:
            raise EngineError(
                _("A model is served to other computers only with an API key."),
                _("Set a key, or serve this computer alone."),
            )

    def serves(self, authority: str) -> bool:
        """Whether this is a name of ours: a host with or without a port, as URLs have it.

        A web page may have its own name lead to this machine, but not an IP address.
        """
        match = _AUTHORITY.fullmatch(authority.lower())
        if match is None:
            return False
        name = match["six"] or match["name"].removesuffix(".")
        if name == "localhost" or name in map(str.lower, self.hosts or ()):
            return True
        try:
            address = ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or self.hosts is not None

    def admits(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether the key is in the headers, as OpenAI's clients send it, or as X-Api-Key.

        llama-server takes both.
        """
        if not self.key:
            return True
        bearer = _BEARER.fullmatch(headers.get(b"authorization", b""))
        sent = bearer[1] if bearer else headers.get(b"x-api-key", b"")
        return hmac.compare_digest(sent, self.key.encode())

    @property
    def advice(self) -> str:
        """By which names it may be asked, for people."""
        names = ", ".join(("localhost", *(self.hosts or ())))
        if self.hosts is None:
            return _("Ask for {names} or 127.0.0.1.").format(names=names)
        return _("Ask for its IP address or one of: {names}.").format(names=names)


class Gate:
    """Lets requests in that may come in: the right key, and no page of another site.

    There are no CORS headers, so that no web page elsewhere could read an answer anyway.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the reason for refusing it."""
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        if scope["type"] != "http":
            return None
        headers: dict[bytes, bytes] = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if not self._access.serves(host):
            message = _("The Host header names another computer: {host}.").format(host=host)
            return _refuse(403, "permission_error", f"{message} {self._access.advice}")
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and origin.lower() != f"http://{host}".lower():
            return _refuse(403, "permission_error", _other_site(origin))
        if scope["path"] in _OPEN or self._access.admits(headers):
            return None
        message = _("The API key is missing or wrong. Send it as: Authorization: Bearer KEY.")
        return _refuse(401, "authentication_error", message)


def _other_site(origin: str) -> str:
    return _(
        "Web pages are not served, apart from the server's own, and the Origin header names "
        "{origin}. Have the page's own server ask instead."
    ).format(origin=origin)


def _refuse(status: int, kind: str, message: str) -> Response:
    return JSONResponse(error_document(status, kind, message), status_code=status)
