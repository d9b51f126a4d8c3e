"""Downloads through the transfer process, from the local hub into a real Hugging Face cache."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import huggingface_hub
import psutil
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
from alcove.hub.downloads import download
from alcove.hub.layout import RepositoryFolder, cache_folder
from alcove.hub.remote import RemoteModel, TransferProgress
from alcove.hub.repository import Hub
from alcove.network import Network
from local_hub import LocalHub

REPOSITORY = "some/Model-GGUF"
FILE = "m-Q8_0.gguf"
SIZE = 3_000_000


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


def ignore(_progress: TransferProgress) -> None:
    """Report to nobody."""


def cancel_after(size: int) -> Callable[[TransferProgress], None]:
    def report(progress: TransferProgress) -> None:
        if progress.received_bytes >= size:
            raise Cancelled

    return report


def transfer_processes() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if "alcove.hub.transfer" in child.cmdline()]


def test_a_download_lands_where_huggingface_hub_finds_it(
    model: RemoteModel, network: Network, content: Path
) -> None:
    seen: list[TransferProgress] = []
    (path,) = download(model, network, seen.append)
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
    assert {one.total_bytes for one in seen} == {SIZE}
    assert seen[-1].phase == "verifying"


def test_only_what_is_needed_is_asked(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.requests.clear()
    download(model, network, ignore)
    assert [(request.host, request.method) for request in local_hub.requests] == [
        ("hub", "GET"),
        ("cdn", "GET"),
    ]
    assert local_hub.bytes_sent(FILE) == SIZE


def test_what_is_there_is_not_fetched_again(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    first = download(model, network, ignore)
    local_hub.requests.clear()
    assert download(model, network, ignore) == first
    assert local_hub.requests == []


def test_a_split_model_arrives_whole_and_in_order(
    local_hub: LocalHub, network: Network, tmp_path: Path
) -> None:
    names = [f"Q4_0/m-Q4_0-0000{number}-of-00003.gguf" for number in (1, 2, 3)]
    for name in names:
        part = tmp_path / Path(name).name
        part.write_bytes(name.encode() * 50_000)
        local_hub.add(REPOSITORY, name, part)
    seen: list[TransferProgress] = []
    model = Hub(network).resolve(REPOSITORY)
    paths = download(model, network, seen.append)
    assert [path.name for path in paths] == [Path(name).name for name in names]
    assert [path.read_bytes() for path in paths] == [name.encode() * 50_000 for name in names]
    assert max(one.received_bytes for one in seen) == model.size_bytes == seen[-1].total_bytes


def test_cancel_keeps_what_was_received_and_the_next_run_goes_on(
    local_hub: LocalHub, model: RemoteModel, network: Network, content: Path
) -> None:
    local_hub.faults.pause_after = 1_000_000
    with pytest.raises(Cancelled):
        download(model, network, cancel_after(1_000_000))
    assert transfer_processes() == []
    sent = local_hub.bytes_sent(FILE)
    assert sent == 1_000_000
    local_hub.resume()
    seen: list[TransferProgress] = []
    (path,) = download(model, network, seen.append)
    assert path.read_bytes() == content.read_bytes()
    assert seen[0].received_bytes >= 1_000_000  # a report may come late
    resumed = local_hub.requests_to(f"/resolve/{model.revision}/{FILE}")[-1]
    assert resumed.range == f"bytes=1000000-{SIZE - 1}"


def test_nothing_is_fetched_twice(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.faults.stop_after = 1_234_567
    download(model, network, ignore)  # the connection breaks once; the process goes on by itself
    assert local_hub.bytes_sent(FILE) == SIZE


def test_a_stalled_transfer_can_be_cancelled(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.faults.pause_after = 0
    reports = 0

    def report(_progress: TransferProgress) -> None:
        nonlocal reports
        reports += 1
        if local_hub.paused.is_set():
            raise Cancelled

    with pytest.raises(Cancelled):
        download(model, network, report)
    assert reports


def test_wrong_content_is_deleted_and_reported(
    local_hub: LocalHub, model: RemoteModel, network: Network, content: Path
) -> None:
    local_hub.faults.corrupt = True
    with pytest.raises(TransferError, match="not what it announced") as caught:
        download(model, network, ignore)
    assert Remedy.DOWNLOAD_AGAIN in caught.value.remedies
    folder = RepositoryFolder(cache_folder(), REPOSITORY)
    assert list((folder.path / "blobs").iterdir()) == []
    local_hub.faults.corrupt = False
    (path,) = download(model, network, ignore)
    assert path.read_bytes() == content.read_bytes()


@pytest.mark.parametrize("damage", [b"", b"\0" * SIZE])
def test_a_damaged_file_in_the_cache_is_replaced(
    model: RemoteModel, network: Network, content: Path, damage: bytes
) -> None:
    (path,) = download(model, network, ignore)
    path.resolve().write_bytes(damage)
    assert download(model, network, ignore) == (path,)
    assert path.read_bytes() == content.read_bytes()


def test_a_part_that_is_too_long_is_begun_anew(
    model: RemoteModel, network: Network, content: Path
) -> None:
    sha256 = model.files[0].sha256
    assert sha256
    part = RepositoryFolder(cache_folder(), REPOSITORY).part(sha256)
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * (SIZE + 1))
    (path,) = download(model, network, ignore)
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
            download(model, network, ignore)
        assert f"{local_hub.endpoint}/{REPOSITORY}" in caught.value.advice
        assert caught.value.remedies == (Remedy.SIGN_IN,)
    monkeypatch.setenv("HF_TOKEN", local_hub.token)
    (path,) = download(model, network, ignore)
    assert path.stat().st_size == SIZE
    assert all(not request.authorized for request in local_hub.requests if request.host == "cdn")


def test_the_file_is_gone(local_hub: LocalHub, model: RemoteModel, network: Network) -> None:
    del local_hub.repositories[REPOSITORY].files[FILE]
    with pytest.raises(HubError, match="any more"):
        download(model, network, ignore)


def test_the_repository_is_gone(local_hub: LocalHub, model: RemoteModel, network: Network) -> None:
    local_hub.repositories.clear()
    with pytest.raises(HubError, match="no repository"):
        download(model, network, ignore)


def test_a_server_that_cannot_send_parts(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.faults.ignore_ranges = True
    with pytest.raises(HubError, match="does not answer the way"):
        download(model, network, ignore)


def test_a_hub_in_trouble(local_hub: LocalHub, model: RemoteModel, network: Network) -> None:
    local_hub.faults.status = 503
    with pytest.raises(HubError, match="503") as caught:
        download(model, network, ignore)
    assert Remedy.RETRY in caught.value.remedies


def test_offline(local_hub: LocalHub, model: RemoteModel) -> None:
    local_hub.requests.clear()
    with pytest.raises(OfflineError):
        download(model, Network(endpoint=local_hub.endpoint, offline=True), ignore)
    assert local_hub.requests == []


def test_a_hub_that_went_away_is_said_at_once(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.close()
    start = time.perf_counter()
    with pytest.raises(OfflineError, match="cannot be reached"):
        download(model, network, ignore)
    assert time.perf_counter() - start < 10  # without the pauses that a broken transfer is given


def test_too_little_space_is_said_before_anything_is_fetched(
    local_hub: LocalHub, model: RemoteModel, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1_500_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    local_hub.requests.clear()
    with pytest.raises(TransferError, match=r"needs 3 MB more, but only 2 MB") as caught:
        download(model, network, ignore)
    assert Remedy.FREE_DISK in caught.value.remedies
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
    (path,) = download(model, network, ignore)
    assert path.stat().st_size == SIZE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk without space")
def test_the_disk_fills_up(model: RemoteModel, network: Network) -> None:
    sha256 = model.files[0].sha256
    assert sha256
    part = RepositoryFolder(cache_folder(), REPOSITORY).part(sha256)
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with pytest.raises(TransferError, match="is full") as caught:
        download(model, network, ignore)
    assert caught.value.remedies == (Remedy.FREE_DISK,)


def test_a_cache_that_cannot_be_written(
    model: RemoteModel, network: Network, tmp_path: Path
) -> None:
    cache = tmp_path / "file"
    cache.write_text("not a folder")
    with pytest.raises(TransferError, match="cannot be written"):
        download(model, network, ignore, cache / "cache")


def test_a_killed_process_is_an_ordinary_failure(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.faults.pause_after = 500_000

    def kill(_progress: TransferProgress) -> None:
        if local_hub.paused.is_set():
            for process in transfer_processes():
                os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    with pytest.raises(TransferError, match="ended unexpectedly") as caught:
        download(model, network, kill)
    assert Remedy.RETRY in caught.value.remedies
    local_hub.resume()
    (path,) = download(model, network, ignore)
    assert path.stat().st_size == SIZE


def test_the_process_ends_with_the_one_that_started_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "alcove.hub.transfer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        request = b'{"model": {"repository": "a/b", "revision": "main", "quantization": "", '
        request += b'"files": []}, "endpoint": "", "cache": "."}\n'
        process.stdin.write(request)
        process.stdin.close()
        assert process.wait(20) == 0


def test_a_hub_that_sends_nothing_is_no_endless_download(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.faults.empty = True
    with pytest.raises(HubError, match="sent nothing") as caught:
        download(model, network, ignore)
    assert Remedy.RETRY in caught.value.remedies


def test_another_download_of_the_same_content_is_told(
    model: RemoteModel, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "_LOCK_WAIT_S", 0.1)
    sha256 = model.files[0].sha256
    assert sha256
    lock = RepositoryFolder(cache_folder(), REPOSITORY).lock(sha256)
    lock.parent.mkdir(parents=True)
    with WeakFileLock(lock), pytest.raises(TransferError, match="Another program") as caught:
        receive.receive_model(model, network, cache_folder(), lambda *_report: None)
    assert str(lock) in caught.value.advice
    assert caught.value.remedies == (Remedy.RETRY,)


def test_a_process_that_cannot_start_is_an_ordinary_failure(
    model: RemoteModel, network: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(TransferError, match="could not be started"):
        download(model, network, ignore)
