from __future__ import annotations

from pathlib import Path

import pytest

from alcove.errors import GatedError, HubError, ModelFileError, OfflineError
from alcove.gguf.read import read_header
from alcove.hub.headers import fetch_header
from alcove.hub.repository import Hub
from alcove.network import Network
from local_hub import LocalHub
from local_hub.tiny_gguf import TinyGguf, tiny_gguf

REPOSITORY = "some/Model-GGUF"


@pytest.fixture
def network(local_hub: LocalHub) -> Network:
    return Network(endpoint=local_hub.endpoint)


@pytest.mark.parametrize(("fixture", "steps"), [("smollm2_path", 1), ("gemma_path", 2)])
def test_a_remote_header_is_the_local_one(
    request: pytest.FixtureRequest, local_hub: LocalHub, network: Network, fixture: str, steps: int
) -> None:
    path: Path = request.getfixturevalue(fixture)
    local_hub.add(REPOSITORY, "m-Q4_0.gguf", path)
    model = Hub(network).resolve(REPOSITORY)
    remote, local = fetch_header(model, network), read_header(path)
    assert remote.tensors == local.tensors
    assert remote.data_offset == local.data_offset
    assert remote.metadata.keys() == local.metadata.keys()
    assert local_hub.bytes_sent("m-Q4_0.gguf") == steps * 4 * 1024**2
    assert len(local_hub.requests_to("/resolve/")) == steps  # every range by way of the hub


def test_the_parts_of_a_split_model_are_joined(
    local_hub: LocalHub, network: Network, tmp_path: Path
) -> None:
    contents = (tiny_gguf(), TinyGguf(tensors=[("x", (8,), 0)]).content())
    for number, content in enumerate(contents, start=1):
        path = tmp_path / str(number)
        path.write_bytes(content)
        local_hub.add(REPOSITORY, f"m-0000{number}-of-00002.gguf", path)
    header = fetch_header(Hub(network).resolve(REPOSITORY), network)
    assert header.architecture == "llama"
    assert [tensor.name for tensor in header.tensors] == ["token_embd.weight", "x"]


@pytest.mark.parametrize(
    ("content", "words"), [(b"<!DOCTYPE html>", "not a GGUF"), (tiny_gguf()[:50], "cut short")]
)
def test_what_is_no_header(
    local_hub: LocalHub, network: Network, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "content"
    path.write_bytes(content)
    local_hub.add(REPOSITORY, "m.gguf", path)
    with pytest.raises(ModelFileError, match=words):
        fetch_header(Hub(network).resolve(REPOSITORY), network)


def test_failures_have_sentences(
    local_hub: LocalHub, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "content"
    path.write_bytes(tiny_gguf())
    local_hub.add(REPOSITORY, "m.gguf", path, gated=True)
    model = Hub(network).resolve(REPOSITORY)
    with pytest.raises(GatedError):
        fetch_header(model, network)
    monkeypatch.setenv("HF_TOKEN", local_hub.token)
    assert fetch_header(model, network).architecture == "llama"
    assert {request.authorized for request in local_hub.requests if request.host == "cdn"} == {
        False
    }
    local_hub.faults.ignore_ranges = True
    with pytest.raises(HubError, match="does not answer the way"):
        fetch_header(model, network)
    with pytest.raises(OfflineError):
        fetch_header(model, Network(endpoint=local_hub.endpoint, offline=True))


def test_a_connection_that_breaks_off(
    local_hub: LocalHub, network: Network, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, "m.gguf", smollm2_path)
    model = Hub(network).resolve(REPOSITORY)
    local_hub.faults.stop_after = 1000
    with pytest.raises(OfflineError, match="broke off"):
        fetch_header(model, network)


def test_a_hub_that_sends_nothing_is_asked_once(
    local_hub: LocalHub, network: Network, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, "m.gguf", smollm2_path)
    model = Hub(network).resolve(REPOSITORY)
    local_hub.faults.empty = True
    with pytest.raises(HubError, match=r"sent nothing of m\.gguf"):
        fetch_header(model, network)
    assert len([request for request in local_hub.requests if request.host == "cdn"]) == 1
