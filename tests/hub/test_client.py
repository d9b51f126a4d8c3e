from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from huggingface_hub import get_session

from alcove.hub.client import api
from alcove.network import Network
from alcove.network.journal import Journal


class _Hub(BaseHTTPRequestHandler):
    """Permits hf-xet to fetch content from another host."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        if "token" in self.path:
            self.send_header("X-Xet-Cas-Url", "https://cas.example/secret?token=secret")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def network() -> Iterator[Network]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hub) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield Network(endpoint=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def test_the_host_that_hf_xet_asks_is_noted(network: Network) -> None:
    with api(network, "download of a file"):
        get_session().get(f"{network.endpoint}/api/xet-read-token")
    unseen, token = Journal(network.journal).entries()
    assert token.path == "/api/xet-read-token"
    assert (unseen.host, unseen.path) == ("cas.example", "")
    assert unseen.why == "download of a file, by hf-xet, whose requests are not counted"


def test_a_thread_of_hf_xet_is_on_the_same_errand(network: Network) -> None:
    with api(network, "download of a file"):
        get_session().get(f"{network.endpoint}/first")
        other = Thread(target=lambda: get_session().get(f"{network.endpoint}/second"))
        other.start()
        other.join()
    assert [(entry.path, entry.why) for entry in Journal(network.journal).entries()] == [
        ("/second", "download of a file"),
        ("/first", "download of a file"),
    ]
