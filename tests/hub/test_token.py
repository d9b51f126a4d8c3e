"""To whom the token of the user's account goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from alcove.errors import GatedError
from alcove.hub.repository import Hub
from alcove.network import Network
from hub.fetching import fetch, fetch_header
from local_hub import LocalHub

REPOSITORY = "some/Model-GGUF"


def mirror(local_hub: LocalHub) -> Network:
    return Network.from_environment({}, mirror=local_hub.endpoint, journal=Network().journal)


@pytest.mark.parametrize("xet", [False, True])
def test_a_mirror_of_the_settings_gets_none(
    local_hub: LocalHub, smollm2_path: Path, monkeypatch: pytest.MonkeyPatch, xet: bool
) -> None:
    monkeypatch.setenv("HF_TOKEN", local_hub.token)
    monkeypatch.delenv("HF_ENDPOINT")
    local_hub.add(REPOSITORY, "m-Q4_1.gguf", smollm2_path)
    network = mirror(local_hub)
    model = Hub(network).resolve(REPOSITORY)
    fetch_header(model, network)
    fetch(model, network, xet=xet)
    assert {request.host for request in local_hub.requests} == {"hub", "cdn"}
    assert not any(request.authorized for request in local_hub.requests)


def test_where_a_mirror_wants_one_the_way_to_the_hub_is_told(
    local_hub: LocalHub, smollm2_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", local_hub.token)
    local_hub.add(REPOSITORY, "m-Q4_1.gguf", smollm2_path, gated=True)
    network = mirror(local_hub)
    with pytest.raises(GatedError, match="is not sent your token") as caught:
        fetch_header(Hub(network).resolve(REPOSITORY), network)
    assert caught.value.remedies == ()


def test_what_hf_endpoint_names_is_the_hub(
    local_hub: LocalHub, smollm2_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", local_hub.token)
    local_hub.add(REPOSITORY, "m-Q4_1.gguf", smollm2_path, gated=True)
    network = Network.from_environment(mirror="https://mirror.example")
    fetch_header(Hub(network).resolve(REPOSITORY), network)
    assert {request.host for request in local_hub.requests if request.authorized} == {"hub"}
