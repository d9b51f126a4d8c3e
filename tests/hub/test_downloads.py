"""Downloads through the transfer process, from the local hub into a real Hugging Face cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub.utils import WeakFileLock

from alcove.errors import (
    Cancelled,
    GatedError,
    HubError,
    OfflineError,
    Remedy,
    TransferError,
)
from alcove.hub import receive
from alcove.hub.items import Item
from alcove.hub.layout import RepositoryFolder, cache_folder
from alcove.hub.remote import RemoteModel
from alcove.hub.repository import Hub
from alcove.network import Network
from hub.fetching import (
    FILE,
    REPOSITORY,
    SIZE,
    add,
    fetch,
    ignore,
    run_here,
    transfer_processes,
    user_queue,
)
from local_hub import LocalHub


def cancel_after(size: int) -> Callable[[Item], None]:
    def report(item: Item) -> None:
        if item.received_bytes >= size:
            raise Cancelled

    return report


def test_a_download_lands_where_huggingface_hub_finds_it(
    model: RemoteModel, network: Network, content: Path
) -> None:
    seen: list[Item] = []
    (path,) = fetch(model, network, seen.append)
    assert path.read_bytes() == content.read_bytes()
    assert path.is_relative_to(cache_folder())
    for revision in (model.revision, "main"):
        found = huggingface_hub.hf_hub_download(
            REPOSITORY, FILE, revision=revision, cache_dir=cache_folder(), local_files_only=True
        )
        assert Path(found) == path
    info = huggingface_hub.scan_cache_dir(cache_folder())
    assert info.warnings == []
    assert info.incomplete_files == frozenset()
    assert [one.received_bytes for one in seen] == sorted(one.received_bytes for one in seen)
    assert {one.size_bytes for one in seen} == {SIZE}


def test_only_what_is_needed_is_asked(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.requests.clear()
    fetch(model, network)
    assert [(request.host, request.method) for request in local_hub.requests] == [
        ("hub", "GET"),
        ("cdn", "GET"),
    ]
    assert local_hub.bytes_sent(FILE) == SIZE


def test_what_is_there_is_not_fetched_again(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    first = fetch(model, network)
    local_hub.requests.clear()
    assert fetch(model, network) == first
    assert local_hub.requests == []


def test_a_split_model_arrives_whole_and_in_order(
    local_hub: LocalHub, network: Network, tmp_path: Path
) -> None:
    names = [f"Q4_0/m-Q4_0-0000{number}-of-00003.gguf" for number in (1, 2, 3)]
    for name in names:
        part = tmp_path / Path(name).name
        part.write_bytes(name.encode() * 50_000)
        local_hub.add(REPOSITORY, name, part)
    seen: list[Item] = []
    model = Hub(network).resolve(REPOSITORY)
    paths = fetch(model, network, seen.append)
    assert [path.name for path in paths] == [Path(name).name for name in names]
    assert [path.read_bytes() for path in paths] == [name.encode() * 50_000 for name in names]
    assert max(one.received_bytes for one in seen) == model.size_bytes == seen[-1].size_bytes


def test_cancel_keeps_what_was_received_and_the_next_run_goes_on(
    local_hub: LocalHub, model: RemoteModel, network: Network, content: Path
) -> None:
    local_hub.faults.pause_after = 1_000_000
    with pytest.raises(Cancelled):
        fetch(model, network, cancel_after(1_000_000))
    assert transfer_processes() == []
    sent = local_hub.bytes_sent(FILE)
    assert sent == 1_000_000
    local_hub.resume()
    seen: list[Item] = []
    (path,) = fetch(model, network, seen.append)
    assert path.read_bytes() == content.read_bytes()
    assert seen[0].received_bytes >= 1_000_000  # a report may come late
    resumed = local_hub.requests_to(f"/resolve/{model.revision}/{FILE}")[-1]
    assert resumed.range == f"bytes=1000000-{SIZE - 1}"


def test_nothing_is_fetched_twice(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.faults.stop_after = 1_234_567
    fetch(model, network)  # the connection breaks once; the process goes on by itself
    assert local_hub.bytes_sent(FILE) == SIZE


def test_a_stalled_transfer_can_be_cancelled(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.faults.pause_after = 0
    reports = 0

    def report(_item: Item) -> None:
        nonlocal reports
        reports += 1
        if local_hub.paused.is_set():
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch(model, network, report)
    assert reports


def test_wrong_content_is_fetched_once_more_then_reported(
    local_hub: LocalHub, model: RemoteModel, network: Network, content: Path
) -> None:
    local_hub.faults.corrupt = True
    with pytest.raises(TransferError, match="not what it announced") as caught:
        fetch(model, network)
    assert Remedy.DOWNLOAD_AGAIN in caught.value.remedies
    assert local_hub.bytes_sent(FILE) == 2 * SIZE
    sha256 = model.files[0].sha256
    assert sha256
    folder = RepositoryFolder(cache_folder(), REPOSITORY)
    assert list((folder.path / "blobs").iterdir()) == [folder.quarantine(sha256)]
    assert str(folder.quarantine(sha256)) in caught.value.advice
    local_hub.faults.corrupt = False
    (path,) = fetch(model, network)
    assert path.read_bytes() == content.read_bytes()
    assert list((folder.path / "blobs").iterdir()) == [folder.blob(sha256)]


@pytest.mark.parametrize("damage", [b"", b"\0" * SIZE])
def test_a_damaged_file_in_the_cache_is_replaced(
    model: RemoteModel, network: Network, content: Path, damage: bytes
) -> None:
    (path,) = fetch(model, network)
    path.resolve().write_bytes(damage)
    assert fetch(model, network) == (path,)
    assert path.read_bytes() == content.read_bytes()


def test_a_part_that_is_too_long_is_begun_anew(
    model: RemoteModel, network: Network, content: Path
) -> None:
    sha256 = model.files[0].sha256
    assert sha256
    part = RepositoryFolder(cache_folder(), REPOSITORY).part(sha256)
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * (SIZE + 1))
    (path,) = fetch(model, network)
    assert path.read_bytes() == content.read_bytes()


def test_gated(
    local_hub: LocalHub, network: Network, content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_hub.add(REPOSITORY, FILE, content, gated=True)
    model = Hub(network).resolve(REPOSITORY)
    for token in (None, "hf_of_somebody_else"):
        if token:
            monkeypatch.setenv("HF_TOKEN", token)
        with pytest.raises(GatedError) as caught:
            fetch(model, network)
        assert f"{local_hub.endpoint}/{REPOSITORY}" in caught.value.advice
        assert caught.value.remedies == (Remedy.SIGN_IN,)
    monkeypatch.setenv("HF_TOKEN", local_hub.token)
    (path,) = fetch(model, network)
    assert path.stat().st_size == SIZE
    assert all(not request.authorized for request in local_hub.requests if request.host == "cdn")


def test_the_file_is_gone(local_hub: LocalHub, model: RemoteModel, network: Network) -> None:
    del local_hub.repositories[REPOSITORY].files[FILE]
    with pytest.raises(HubError, match="any more"):
        fetch(model, network)


def test_the_repository_is_gone(local_hub: LocalHub, model: RemoteModel, network: Network) -> None:
    local_hub.repositories.clear()
    with pytest.raises(HubError, match="no repository"):
        fetch(model, network)


def test_a_server_that_cannot_send_parts(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.faults.ignore_ranges = True
    with pytest.raises(HubError, match="does not answer the way"):
        fetch(model, network)


def test_a_hub_in_trouble(local_hub: LocalHub, model: RemoteModel, network: Network) -> None:
    local_hub.faults.status = 503
    with pytest.raises(HubError, match="503") as caught:
        fetch(model, network)
    assert Remedy.RETRY in caught.value.remedies


def test_offline(local_hub: LocalHub, model: RemoteModel) -> None:
    local_hub.requests.clear()
    with pytest.raises(OfflineError):
        fetch(model, Network(endpoint=local_hub.endpoint, offline=True), ignore)
    assert local_hub.requests == []


def test_a_hub_that_went_away_is_said_at_once(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.close()
    with pytest.raises(OfflineError, match="cannot be reached"):
        fetch(model, network)
    (item,) = user_queue().items()
    assert item.attempts == 1


def test_a_hub_that_sends_nothing_is_no_endless_fetch(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.faults.empty = True
    with pytest.raises(HubError, match="sent nothing") as caught:
        fetch(model, network)
    assert Remedy.RETRY in caught.value.remedies


def test_another_download_of_the_same_content_is_told(
    model: RemoteModel, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "_LOCK_WAIT_S", 0.1)
    sha256 = model.files[0].sha256
    assert sha256
    lock = RepositoryFolder(cache_folder(), REPOSITORY).lock(sha256)
    lock.parent.mkdir(parents=True)
    with WeakFileLock(lock):
        item = run_here(network, add(model))
    assert (item.state, item.attempts) == ("waiting", 1)
    assert item.retry_at is not None
    assert item.problem is not None
    assert "Another program" in item.problem.cause
    assert str(lock) in item.problem.advice
