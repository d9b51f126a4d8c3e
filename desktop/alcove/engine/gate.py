"""Who may speak to the model process."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from alcove.engine import protocol
from alcove.i18n import _

_LOOPBACK = {"127.0.0.1", "localhost"}


class Gate:
    """Lets requests in that may come in: the right key, and no web page of another site."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the reason for refusing it."""
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        if scope["type"] != "http":
            return None
        headers = dict(scope["headers"])
        host = _host_name(headers.get(b"host", b"").decode("latin-1"))
        if host not in _LOOPBACK:
            return error_response(403, "permission_error", _("The Host header names another host."))
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and _host_name(origin.partition("://")[2]) not in _LOOPBACK:
            return error_response(
                403, "permission_error", _("Web pages of other sites are not served.")
            )
        if scope["path"] == "/health" or self._has_key(headers):
            return None
        return error_response(401, "authentication_error", _("The API key is missing or wrong."))

    def _has_key(self, headers: Mapping[bytes, bytes]) -> bool:
        if not self._key:
            return True
        sent = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
        return hmac.compare_digest(sent, self._key)


def error_response(status: int, kind: str, message: str, **details: int) -> Response:
    """Answer with OpenAI's error object."""
    document = protocol.error_document(status, kind, message, **details)
    return JSONResponse(document, status_code=status)


def _host_name(authority: str) -> str:
    """Return an authority's host without its port."""
    return authority.partition("/")[0].partition(":")[0].lower()
