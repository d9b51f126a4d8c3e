"""Downloads onto a disk that is full, becomes full, or cannot be written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alcove.errors import Remedy, TransferError
from alcove.hub.layout import RepositoryFolder, cache_folder
from alcove.hub.remote import RemoteModel
from alcove.network import Network
from hub.fetching import REPOSITORY, SIZE, add, fetch, ignore, run_here, user_queue
from local_hub import LocalHub


def test_too_little_space_is_said_before_anything_is_fetched(
    local_hub: LocalHub, model: RemoteModel, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1_500_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    local_hub.requests.clear()
    item = run_here(network, add(model))
    assert (item.state, item.why, item.missing_bytes) == ("paused", "disk", SIZE - 1_500_000)
    assert item.problem is not None
    assert "needs 3 MB more, but only 2 MB" in item.problem.cause
    assert Remedy.FREE_DISK in item.problem.remedies
    assert local_hub.requests == []


def test_the_space_needed_is_what_is_still_missing(
    model: RemoteModel, network: Network, content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = model.files[0].sha256
    assert sha256
    part = RepositoryFolder(cache_folder(), REPOSITORY).part(sha256)
    part.parent.mkdir(parents=True)
    part.write_bytes(content.read_bytes()[:2_000_000])
    usage = shutil.disk_usage("/")._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    assert run_here(network, add(model)).state == "done"


def test_the_disk_fills_up(model: RemoteModel, network: Network) -> None:
    sha256 = model.files[0].sha256
    assert sha256
    part = RepositoryFolder(cache_folder(), REPOSITORY).part(sha256)
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with pytest.raises(TransferError, match="are free on the disk") as caught:
        fetch(model, network)
    assert Remedy.FREE_DISK in caught.value.remedies
    (item,) = user_queue().items()
    assert (item.state, item.why) == ("paused", "disk")


def test_a_cache_that_cannot_be_written(
    model: RemoteModel, network: Network, tmp_path: Path
) -> None:
    cache = tmp_path / "file"
    cache.write_text("not a folder")
    with pytest.raises(TransferError, match="cannot be written"):
        fetch(model, network, ignore, cache / "cache")
