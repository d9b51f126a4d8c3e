from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from huggingface_hub import constants, get_session, get_token
from huggingface_hub.utils import _auth

from alcove.errors import HubError
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

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"access_token": "hf_new", "expires_in": 10**7}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

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


def test_a_token_that_is_renewed(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = tmp_path / "stored_tokens"
    stored.write_text("[mine]\nhf_token = hf_old\nrefresh_token = again\nexpires_at = 1\n")
    Path(constants.HF_TOKEN_PATH).parent.mkdir(parents=True, exist_ok=True)
    Path(constants.HF_TOKEN_PATH).write_text("hf_old")
    monkeypatch.setattr(constants, "HF_STORED_TOKENS_PATH", str(stored))
    monkeypatch.setattr(constants, "ENDPOINT", network.endpoint)
    monkeypatch.setattr(_auth, "_OAUTH_REFRESH_CACHE", None)
    with api(network, "download of a file"):
        assert get_token() == "hf_new"
    (entry,) = Journal(network.journal).entries()
    assert (entry.method, entry.why) == ("POST", "signing in to the hub")
    content = network.journal.read_bytes()
    assert not any(secret in content for secret in (b"hf_old", b"hf_new", b"again"))


def test_a_token_of_a_build_server_that_cannot_be_had(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_OIDC_RESOURCE", "some/model")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    with pytest.raises(HubError, match="HF_OIDC_RESOURCE"), api(network, "download of a file"):
        pytest.fail("the block was entered")
