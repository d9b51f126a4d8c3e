"""The connections behind the door: straight to a host, or through the proxy that leads to it."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from alcove.errors import HubError, Remedy, reason
from alcove.i18n import _
from alcove.network.policy import is_address
from alcove.seal import is_here

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_OF_HTTPX = ("SSL_CERT_FILE", "SSL_CERT_DIR")


class Wires:
    """Pools of connections, one for each proxy; any thread may use them.

    Proxies are those of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, or else of the system.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools: dict[str, httpx2.HTTPTransport] = {}
        self._trust: ssl.SSLContext | None = None

    def pool(self, proxy: str) -> httpx2.HTTPTransport:
        """Return the connections through ``proxy``, or straight ones where it is empty.

        Raises HubError for a proxy that no connection can be made through.
        """
        with self._lock:
            if proxy not in self._pools:
                self._trust = self._trust or trust()
                self._pools[proxy] = _transport(proxy, self._trust)
            return self._pools[proxy]

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()


def proxy_for(url: str) -> str:
    """Return the address of the proxy that leads to ``url``; empty where there is none.

    There is none to this machine, or where ``url`` is no address.
    """
    if not is_address(url):
        return ""
    address = urlsplit(url)
    host = address.hostname or ""
    proxies = getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all") or ""
    if not proxy or is_here(host) or proxy_bypass(host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def trust(environment: Mapping[str, str] | None = None) -> ssl.SSLContext:
    """Return what tells whether a server is the one it says it is.

    It goes by SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE where one is set,
    and else by the certificates of the system, those of a company among them. Raises HubError.
    """
    variables = os.environ if environment is None else environment
    named = [(name, variables[name]) for name in (*_OF_HTTPX, *_BUNDLES) if variables.get(name)]
    if not named:
        return httpx2.create_ssl_context()
    variable, path = named[0]
    try:
        if Path(path).is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        raise HubError(
            _("{variable} is {path}, which holds no certificates: {reason}.").format(
                variable=variable, path=path, reason=reason(error)
            ),
            _("Set it to a file of certificates in PEM, or unset it."),
            Remedy.RETRY,
        ) from error


def _transport(proxy: str, context: ssl.SSLContext) -> httpx2.HTTPTransport:
    try:
        return httpx2.HTTPTransport(verify=context, proxy=proxy or None)
    except (ValueError, ImportError, httpx2.InvalidURL) as error:
        raise HubError(
            _("The proxy {proxy} cannot be used: {reason}.").format(
                proxy=without_secrets(proxy), reason=reason(error)
            ),
            _("Set HTTPS_PROXY to an address such as http://proxy:3128, or unset it."),
        ) from error


def without_secrets(url: str) -> str:
    """Return the scheme, host and port of ``url`` alone: no name, no password."""
    try:
        address = urlsplit(url)
        port = f":{address.port}" if address.port else ""
        return f"{address.scheme}://{address.hostname or ''}{port}"
    except ValueError:
        return ""
