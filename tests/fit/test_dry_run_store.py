from __future__ import annotations

from pathlib import Path

import pytest

from alcove.errors import ModelFileError
from alcove.fit.dryrun.specimen import specimen
from alcove.fit.dryrun.store import SkeletonStore
from alcove.gguf.skeleton import read_skeleton, skeleton_of
from alcove.hub.headers import fetch_parts
from alcove.hub.repository import Hub
from alcove.network import Network
from local_hub import LocalHub
from local_hub.tiny_gguf import tiny_gguf

HASHES = ["a" * 64, "b" * 64]


def test_what_was_kept_is_found(tmp_path: Path) -> None:
    store = SkeletonStore(tmp_path / "skeletons")
    assert store.find(HASHES) is None
    store.keep(HASHES, specimen())
    assert store.find(HASHES) == specimen()
    assert SkeletonStore(tmp_path / "skeletons").find(HASHES) == specimen()
    assert store.find(HASHES[:1]) is None
    assert store.find(HASHES[::-1]) is None
    assert len(list((tmp_path / "skeletons").iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"GGUF", b"<!DOCTYPE html>", specimen().data[:-100]])
def test_what_is_damaged_is_as_good_as_nothing(tmp_path: Path, content: bytes) -> None:
    store = SkeletonStore(tmp_path)
    store.keep(HASHES, specimen())
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(content)
    assert store.find(HASHES) is None
    store.keep(HASHES, specimen())
    assert store.find(HASHES) == specimen()


def test_a_remote_model_is_asked_for_once(
    local_hub: LocalHub, tmp_path: Path, gemma_path: Path
) -> None:
    local_hub.add("some/Model-GGUF", "m-Q4_0.gguf", gemma_path)
    network = Network(endpoint=local_hub.endpoint)
    model = Hub(network).resolve("some/Model-GGUF")
    hashes = [str(file.sha256) for file in model.files]
    fetched = skeleton_of(fetch_parts(model, lambda: network))
    assert fetched == read_skeleton([gemma_path])
    SkeletonStore(tmp_path).keep(hashes, fetched)
    requests = len(local_hub.requests)
    assert SkeletonStore(tmp_path).find(hashes) == fetched
    assert len(local_hub.requests) == requests


def test_a_remote_file_that_is_shorter_than_its_header_says(
    local_hub: LocalHub, tmp_path: Path
) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(tiny_gguf()[:-5])
    local_hub.add("some/Model-GGUF", "m.gguf", path)
    network = Network(endpoint=local_hub.endpoint)
    with pytest.raises(ModelFileError, match="it lacks at least 5 B"):
        fetch_parts(Hub(network).resolve("some/Model-GGUF"), lambda: network)


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_keeping(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    store = SkeletonStore(blocked / "skeletons")
    store.keep(HASHES, specimen())
    assert store.find(HASHES) is None
