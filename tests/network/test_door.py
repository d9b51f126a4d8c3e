from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx2
import pytest

from alcove.errors import HubError, OfflineError, StorageError
from alcove.hub.repository import Hub
from alcove.network import Network
from alcove.network.door import Door
from alcove.network.journal import Journal
from hub.fetching import fetch_header
from local_hub import LocalHub

REPOSITORY = "some/Model-GGUF"


@pytest.fixture
def network(local_hub: LocalHub) -> Network:
    return Network(endpoint=local_hub.endpoint)


@pytest.fixture
def journal(network: Network) -> Journal:
    return Journal(network.journal)


def everything(journal: Journal) -> str:
    """Return what the files of the database hold, whatever table it is in."""
    with closing(sqlite3.connect(journal.path)) as connection:
        return "\n".join(connection.iterdump())


def test_every_hop_is_noted_and_no_secret(
    local_hub: LocalHub,
    network: Network,
    journal: Journal,
    smollm2_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", local_hub.token)
    local_hub.add(REPOSITORY, "m-Q4_0.gguf", smollm2_path, gated=True)
    fetch_header(Hub(network).resolve(REPOSITORY), network)
    noted = [(f"http://{e.host}:{e.port}", e.path, e.why, e.status) for e in journal.entries()]
    details, hop, *_rest = reversed(noted)
    assert details == (
        local_hub.endpoint,
        f"/api/models/{REPOSITORY}?blobs=true",
        f"details of {REPOSITORY}",
        200,
    )
    assert hop[0] == local_hub.endpoint
    assert hop[2:] == ("header of m-Q4_0.gguf", 302)
    sent = next(entry for entry in noted if entry[0] == local_hub.cdn)
    assert sent[1].endswith("?…")
    assert sent[2:] == ("header of m-Q4_0.gguf", 206)
    assert len(noted) == len(local_hub.requests)
    assert local_hub.token not in everything(journal)
    assert "range=" not in everything(journal), "what signs the address of the content"


def test_the_bytes_of_the_answers_are_counted(
    local_hub: LocalHub, network: Network, journal: Journal, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, "m-Q4_0.gguf", smollm2_path)
    fetch_header(Hub(network).resolve(REPOSITORY), network)
    counted = sum(total.received_bytes for total in journal.totals())
    assert counted == local_hub.bytes_written
    assert all(entry.seconds is not None for entry in journal.entries())


def test_nothing_is_asked_that_nobody_asked_for(
    local_hub: LocalHub, network: Network, journal: Journal, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, "m-Q4_0.gguf", smollm2_path)
    Hub(network).resolve(REPOSITORY)
    assert [entry.path for entry in journal.entries()] == [f"/api/models/{REPOSITORY}?blobs=true"]
    assert len(local_hub.requests) == 1


def test_a_request_that_cannot_be_noted_is_not_sent(local_hub: LocalHub, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    network = Network(endpoint=local_hub.endpoint, journal=tmp_path / "file" / "alcove.db")
    with pytest.raises(StorageError, match=r"nothing was asked of 127\.0\.0\.1"):
        Hub(network).resolve(REPOSITORY)
    assert local_hub.requests == []


def test_a_server_that_is_not_there(journal: Journal) -> None:
    network = Network(endpoint="http://127.0.0.1:9")
    with pytest.raises(HubError):
        Hub(network).resolve(REPOSITORY)
    (entry,) = journal.entries()
    assert (entry.status, entry.sent_bytes) == (None, 0)
    assert entry.failure
    assert entry.seconds is not None


def test_a_transfer_that_breaks_off(
    local_hub: LocalHub, network: Network, journal: Journal, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, "m-Q4_0.gguf", smollm2_path)
    model = Hub(network).resolve(REPOSITORY)
    local_hub.faults.stop_after = 100_000
    with pytest.raises(HubError):
        fetch_header(model, network)
    newest = journal.entries()[0]
    assert newest.failure
    assert newest.received_bytes >= 100_000


def test_a_shut_door_notes_and_asks_nothing(journal: Journal) -> None:
    door = Door(Network(offline=True), journal)
    with door.client("a test") as client, pytest.raises(OfflineError):
        client.get("https://hub.invalid/")
    assert journal.entries() == ()


class _Proxy(BaseHTTPRequestHandler):
    """A proxy that answers everything itself."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    server.asked = []  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("http_proxy", f"http://name:password@127.0.0.1:{server.server_port}")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_proxy_of_the_environment(
    proxy: ThreadingHTTPServer, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door(Network(), journal)
    monkeypatch.setenv("no_proxy", "elsewhere.invalid")
    with door.client("a test") as client:
        assert client.get("http://hub.invalid/api").status_code == 200
        with pytest.raises(httpx2.ConnectError):
            client.get("http://elsewhere.invalid/")
    straight, through = journal.entries()
    assert proxy.asked == ["http://hub.invalid/api"]  # type: ignore[attr-defined]
    assert through.host == "hub.invalid"
    assert through.proxy == f"http://127.0.0.1:{proxy.server_port}"
    assert straight.proxy == ""
    assert "password" not in everything(journal)


def test_no_proxy_leads_to_this_machine(
    proxy: ThreadingHTTPServer, local_hub: LocalHub, journal: Journal
) -> None:
    with Door(Network(), journal).client("a test") as client:
        client.get(local_hub.endpoint)
    assert proxy.asked == []  # type: ignore[attr-defined]
    assert len(local_hub.requests) == 1


@pytest.mark.parametrize("address", ["gopher://proxy", "socks5://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("https_proxy", address)
    client = Door(Network(), journal).client("a test")
    with client, pytest.raises(HubError, match="proxy"):
        client.get("https://hub.invalid/")
