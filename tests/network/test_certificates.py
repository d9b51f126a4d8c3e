"""A server whose certificate only a company knows, as behind proxies that look into connections."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from alcove.errors import HubError, OfflineError, Remedy
from alcove.hub.repository import Hub
from alcove.network import Network
from alcove.network.door import Door
from alcove.network.journal import Journal
from network.certificates import COMPANY, COMPANY_SERVER

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_arguments: object) -> None:
        """Stay silent when a client goes away."""


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(COMPANY_SERVER)
    with _Server(("127.0.0.1", 0), _Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def door() -> Door:
    network = Network()
    return Door(network, Journal(network.journal))


@pytest.mark.parametrize("name", [name for name in VARIABLES if name != "SSL_CERT_DIR"])
def test_a_certificate_that_a_variable_names(
    url: str, door: Door, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, str(COMPANY))
    with door.client("a test") as client:
        assert client.get(url).status_code == 200


def test_a_certificate_that_nobody_trusts(url: str, door: Door) -> None:
    with pytest.raises(OfflineError, match="certificate that this computer does not") as caught:
        Hub(Network(endpoint=url)).resolve("some/Model-GGUF")
    assert "SSL_CERT_FILE" in caught.value.advice
    assert caught.value.remedies == (Remedy.RETRY,)
    (entry,) = door.journal.entries()
    assert (entry.scheme, entry.host, entry.status) == ("https", "localhost", None)
    assert "CERTIFICATE_VERIFY_FAILED" in entry.failure


@pytest.mark.parametrize("name", VARIABLES)
def test_certificates_that_are_not_there(
    url: str, door: Door, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "/nothing/here.pem")
    with door.client("a test") as client, pytest.raises(HubError, match=name):
        client.get(url)
    assert door.journal.entries() == ()
