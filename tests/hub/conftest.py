"""A model on the local hub, for all tests of downloads."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from alcove.hub.remote import RemoteModel
from alcove.hub.repository import Hub
from alcove.network import Network
from hub.fetching import FILE, REPOSITORY, SIZE
from local_hub import LocalHub


@pytest.fixture
def network(local_hub: LocalHub) -> Network:
    return Network(endpoint=local_hub.endpoint)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    path = tmp_path / "content"
    path.write_bytes(random.Random(1).randbytes(SIZE))
    return path


@pytest.fixture
def model(local_hub: LocalHub, network: Network, content: Path) -> RemoteModel:
    local_hub.add(REPOSITORY, FILE, content)
    return Hub(network).resolve(REPOSITORY)
