"""Searching the hub: what it found, garbage, other scripts, no network, and who gets the token."""

from __future__ import annotations

from pathlib import Path

import pytest

from alcove.errors import BusyError, HubError, OfflineError
from alcove.hub.client import api
from alcove.hub.repository import Hub
from alcove.hub.search import FoundRepository, search_repositories
from alcove.network import Network
from alcove.network.journal import Journal
from local_hub import LocalHub


@pytest.fixture
def network(local_hub: LocalHub) -> Network:
    return Network(endpoint=local_hub.endpoint)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    path = tmp_path / "content"
    path.write_bytes(b"content")
    return path


def serve(hub: LocalHub, content: Path, name: str, downloads: int, file: str = "m.gguf") -> None:
    hub.add(name, file, content)
    hub.repositories[name].downloads = downloads


def test_the_most_downloaded_come_first_and_only_those_with_gguf_files(
    local_hub: LocalHub, network: Network, content: Path
) -> None:
    serve(local_hub, content, "a/Tiny-Llama-GGUF", 5)
    serve(local_hub, content, "b/Llama-Big-GGUF", 70)
    serve(local_hub, content, "c/Llama", 900, "model.safetensors")
    serve(local_hub, content, "d/Other-GGUF", 800)
    found = search_repositories(network, "llama")
    assert [each.name for each in found] == ["b/Llama-Big-GGUF", "a/Tiny-Llama-GGUF"]
    assert found[0] == FoundRepository("b/Llama-Big-GGUF", 70, 0, "2026-10-01", gated=False)
    assert len(search_repositories(network, "llama", limit=1)) == 1


def test_the_request_is_the_one_that_huggingface_hub_makes(
    local_hub: LocalHub, network: Network, content: Path
) -> None:
    serve(local_hub, content, "a/Llama-GGUF", 5)
    search_repositories(network, "llama", limit=7)
    (ours,) = (request.path for request in local_hub.requests)
    expand = ["downloads", "gated", "lastModified", "likes"]
    with api(network, "a test") as hub:
        theirs = hub.list_models(
            filter="gguf",
            search="llama",
            sort="downloads",
            limit=7,
            expand=expand,  # type: ignore[arg-type]
        )
        assert [each.downloads for each in theirs] == [5]
    assert sorted(ours.split("&")) == sorted(local_hub.requests[-1].path.split("&"))


def test_it_is_noted_with_what_was_looked_for(network: Network) -> None:
    assert search_repositories(network, "qwen 4b") == ()
    (entry,) = Journal(network.journal).entries(5)
    assert entry.why == "search for qwen 4b"
    assert "search=qwen" in entry.path


@pytest.mark.parametrize(
    "garbage",
    [
        b"<html>sign in</html>",
        b'{"error": "no"}',
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b"",
    ],
)
def test_a_hub_that_answers_garbage_is_said(
    local_hub: LocalHub, network: Network, garbage: bytes
) -> None:
    local_hub.faults.garbage = garbage
    with pytest.raises(HubError, match="does not answer the way"):
        search_repositories(network, "llama")


def test_garbage_among_what_was_found_harms_nothing_else(
    local_hub: LocalHub, network: Network
) -> None:
    local_hub.faults.garbage = (
        b'[1, null, "a/b", {"id": 7}, {"id": "no slash"}, {"id": "../../etc"},'
        b'{"id": "a/Odd-GGUF", "downloads": "many", "likes": -3, "lastModified": 5, "gated": 1},'
        b'{"id": "b/Good-GGUF", "downloads": 3, "likes": 1, "lastModified": "2026-01-02T00:00Z"}]'
    )
    assert search_repositories(network, "x") == (
        FoundRepository("a/Odd-GGUF", None, None, None, gated=True),
        FoundRepository("b/Good-GGUF", 3, 1, "2026-01-02", gated=False),
    )


def test_other_scripts_are_looked_for_as_they_are(
    local_hub: LocalHub, network: Network, content: Path
) -> None:
    serve(local_hub, content, "某人/模型-GGUF", 3, "模型 Q4_K_M.gguf")
    (found,) = search_repositories(network, "模型")
    assert found.name == "某人/模型-GGUF"


def test_files_in_other_scripts_are_models(
    local_hub: LocalHub, network: Network, content: Path
) -> None:
    serve(local_hub, content, "someone/Model-GGUF", 3, "модель-Q4_K_M.gguf")
    (model,) = Hub(network).list_ggufs("someone/Model-GGUF")
    assert (model.files[0].path, model.quantization) == ("модель-Q4_K_M.gguf", "Q4_K_M")


def test_without_network_nothing_is_asked(local_hub: LocalHub) -> None:
    network = Network(endpoint=local_hub.endpoint, offline=True)
    with pytest.raises(OfflineError, match="offline"):
        search_repositories(network, "llama")
    assert local_hub.requests == []


def test_a_busy_hub_is_asked_once(local_hub: LocalHub, network: Network) -> None:
    local_hub.faults.status = 503
    with pytest.raises(BusyError):
        search_repositories(network, "llama")
    assert len(local_hub.requests) == 1


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_mirror_never_gets_the_token(
    local_hub: LocalHub, content: Path, monkeypatch: pytest.MonkeyPatch, mirrored: bool
) -> None:
    monkeypatch.setenv("HF_TOKEN", local_hub.token)
    serve(local_hub, content, "a/Llama-GGUF", 5)
    network = Network(endpoint=local_hub.endpoint, mirrored=mirrored)
    search_repositories(network, "llama")
    Hub(network).list_ggufs("a/Llama-GGUF")
    assert [request.authorized for request in local_hub.requests] == [not mirrored] * 2
