"""The supervisor with real transfer processes, a real queue and the local hub."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from queue import Queue

import pytest

from alcove.errors import AlcoveError, Remedy, StorageError, TransferError
from alcove.hub import transfers as supervision
from alcove.hub import worker
from alcove.hub.downloads import download
from alcove.hub.items import Item, Wanted
from alcove.hub.layout import RepositoryFolder
from alcove.hub.leases import Leases
from alcove.hub.locks import held
from alcove.hub.repository import Hub
from alcove.hub.runner import Runner
from alcove.hub.transfers import Transfers
from alcove.network import Network
from faults.world import FILE, REPOSITORY, World
from local_hub import LocalHub, StoredFile
from network.certificates import COMPANY, COMPANY_SERVER

SIZE = 4_000_000


@pytest.fixture
def here(tmp_path: Path, local_hub: LocalHub) -> Iterator[World]:
    yield World(tmp_path, local_hub, SIZE)
    local_hub.resume()


def is_running(item: Item) -> bool:
    return item.state == "running" and item.received_bytes >= SIZE // 4


def add_more(here: World, *names: str) -> None:
    for name in names:
        here.hub.add(REPOSITORY, f"{name}.gguf", here.content)
        here.queue.add(Wanted(name, REPOSITORY, f"{name}.gguf"))


def test_a_paused_item_goes_on_at_the_very_byte(here: World) -> None:
    here.hub.faults.pause_after = SIZE // 4
    item = here.add()
    with here.working(stall_s=60.0):
        here.wait(is_running)
        here.queue.pause(item.id)
        paused = here.wait(lambda item: item.state == "paused" and not item.owner)
        assert paused.why == "user"
        here.hub.break_off()
        here.queue.resume(item.id)
        assert here.is_whole(here.ended())
    assert here.hub.bytes_sent(FILE) == SIZE
    assert here.hub.requests_to("/resolve/")[-1].range == f"bytes={SIZE // 4}-{SIZE - 1}"
    asked = [request for request in here.hub.requests if request.path.startswith("/api/")]
    assert len(asked) == 1


def test_pausing_an_encrypted_transfer_keeps_only_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(COMPANY))
    with LocalHub(COMPANY_SERVER) as hub:
        here = World(tmp_path, hub, 16_000_000)
        item = here.add()
        part = RepositoryFolder(here.cache, REPOSITORY).part(here.stored.sha256)
        with here.working(limit=4_000_000) as transfers:
            here.wait(lambda item: item.state == "running" and item.received_bytes > 2_000_000)
            here.queue.pause(item.id)
            here.once(lambda: transfers.pid is None)
        received = part.read_bytes()
        is_content = here.content.read_bytes().startswith(received)
        assert received
        assert is_content
        here.queue.resume(item.id)
        with here.working():
            assert here.is_whole(here.ended())


def test_a_running_item_is_seen_by_other_programs(here: World) -> None:
    here.hub.faults.pause_after = SIZE // 4
    item = here.add()
    with here.working(stall_s=60.0) as transfers:
        here.wait(is_running)
        seen = here.until(item.id, lambda item: item.received_bytes > 0)
        assert (seen.state, seen.owner) == ("running", transfers.pid)


def test_a_cancelled_item_leaves_nothing(here: World) -> None:
    here.hub.faults.pause_after = SIZE // 4
    item = here.add()
    part = RepositoryFolder(here.cache, REPOSITORY).part(here.stored.sha256)
    with here.working(stall_s=60.0) as transfers:
        here.wait(is_running)
        assert part.stat().st_size == SIZE // 4
        here.queue.cancel(item.id)
        here.once(lambda: transfers.pid is None)
    assert not part.exists()
    assert Leases(here.queue.database).cancelled() == ()


def test_a_cancelled_item_leaves_what_another_one_needs(here: World) -> None:
    here.hub.faults.pause_after = SIZE // 4
    item = here.add()
    with here.working(stall_s=60.0):
        here.wait(is_running)
        here.hub.add(REPOSITORY, "next.gguf", here.content)
        model = Hub(here.options.network).resolve(REPOSITORY, "next.gguf")
        here.queue.add(Wanted("next", REPOSITORY, "next.gguf"), model)
        here.queue.cancel(item.id)
        here.wait(lambda item: item.name == "next" and item.state == "done")
    assert [item.name for item in here.queue.items()] == ["next"]
    assert here.hub.bytes_sent(FILE) == SIZE


def test_a_cancelled_item_that_another_program_writes_waits_for_it(here: World) -> None:
    here.hub.faults.pause_after = SIZE // 4
    item = here.add()
    folder = RepositoryFolder(here.cache, REPOSITORY)
    with here.working(stall_s=60.0):
        here.wait(is_running)
    leases = Leases(here.queue.database)
    runner = Runner(leases, here.options, lambda _message: None)
    here.queue.cancel(item.id)
    with held(folder.lock(here.stored.sha256)):
        runner.sweep()
        assert [one.id for one in leases.cancelled()] == [item.id]
    runner.sweep()
    assert leases.cancelled() == ()
    assert not folder.part(here.stored.sha256).exists()


def test_what_cannot_be_deleted_keeps_no_process_alive(here: World) -> None:
    item = here.add()
    with here.working():
        here.ended()
    folder = RepositoryFolder(here.cache, REPOSITORY)
    here.queue.add(Wanted("Model", REPOSITORY, FILE))
    folder.part(here.stored.sha256).mkdir()
    here.queue.cancel(item.id)
    leases = Leases(here.queue.database)
    Runner(leases, here.options, lambda _message: None).sweep()
    assert leases.cancelled() == ()


def test_what_its_publisher_replaced_is_deleted(here: World, tmp_path: Path) -> None:
    here.hub.faults.pause_after = SIZE // 4
    item = here.add()
    part = RepositoryFolder(here.cache, REPOSITORY).part(here.stored.sha256)
    with here.working(stall_s=60.0):
        here.wait(is_running)
    new = tmp_path / "new"
    new.write_bytes(b"new" * 1000)
    here.hub.add(REPOSITORY, FILE, new)
    here.hub.break_off()
    with here.working():
        here.wait(lambda item: item.state == "failed")
        here.queue.retry(item.id)
        after = here.wait(
            lambda item: item.state == "done" or bool(item.state == "waiting" and item.problem)
        )
    assert (after.state, after.problem) == ("done", None)
    assert not part.exists()


def add_split(here: World, *contents: bytes) -> list[StoredFile]:
    """Offer a split model and ask for it; returns its parts."""
    parts = []
    for number, content in enumerate(contents, 1):
        path = here.content.with_name(f"part-{number}")
        path.write_bytes(content)
        name = f"s-Q4_0-0000{number}-of-0000{len(contents)}.gguf"
        parts.append(here.hub.add(REPOSITORY, name, path))
    here.queue.add(Wanted("Split", REPOSITORY, "Q4_0"))
    return parts


def cancel_in_the_second_part(here: World, parts: list[StoredFile]) -> None:
    here.hub.faults.bytes_per_second = parts[1].size / 4
    with here.working() as transfers:
        item = here.wait(lambda item: item.received_bytes > parts[0].size)
        here.queue.cancel(item.id)
        here.once(lambda: transfers.pid is None)


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if not path.is_dir())


def test_whole_parts_of_a_cancelled_model_go_too(here: World) -> None:
    parts = add_split(here, b"1" * 100_000, b"2" * SIZE)
    cancel_in_the_second_part(here, parts)
    assert files_in(RepositoryFolder(here.cache, REPOSITORY).path) == []


def test_what_was_there_before_a_cancelled_model_stays(here: World) -> None:
    parts = add_split(here, b"1" * 100_000, b"2" * SIZE)
    folder = RepositoryFolder(here.cache, REPOSITORY)
    blob = folder.blob(parts[0].sha256)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(parts[0].path.read_bytes())
    cancel_in_the_second_part(here, parts)
    assert files_in(blob.parent) == [parts[0].sha256]


def test_what_another_name_leads_to_stays(here: World) -> None:
    parts = add_split(here, b"1" * 100_000, b"2" * SIZE)
    folder = RepositoryFolder(here.cache, REPOSITORY)
    name = folder.pointer("0" * 40, "other.gguf")
    name.parent.mkdir(parents=True)
    name.symlink_to(folder.blob(parts[0].sha256))  # it leads to nothing yet
    cancel_in_the_second_part(here, parts)
    assert files_in(folder.path) == sorted([parts[0].sha256, "other.gguf"])


def test_two_programs_share_the_queue(here: World) -> None:
    add_more(here, "1", "2", "3", "4")
    here.hub.faults.bytes_per_second = 4 * SIZE
    with here.working(), here.working():
        here.wait(lambda _item: all(item.state == "done" for item in here.queue.items()))
    assert here.hub.bytes_sent(FILE) == SIZE  # all four names lead to the same content


def test_what_an_earlier_run_left_is_taken_up(here: World) -> None:
    here.hub.faults.pause_after = SIZE // 4
    here.add()
    with here.working(stall_s=60.0):
        here.wait(is_running)
    (left,) = here.queue.items()
    assert (left.state, left.owner, left.received_bytes) == ("waiting", None, SIZE // 4)
    here.hub.break_off()
    with here.working():
        assert here.is_whole(here.ended())
    assert here.hub.bytes_sent(FILE) == SIZE


def test_offline_nothing_runs_and_each_item_says_why(here: World) -> None:
    here.add()
    with here.working(network=Network(endpoint=here.hub.endpoint, offline=True)) as transfers:
        item = here.wait(lambda item: item.state == "paused")
        assert item.why == "offline"
        assert item.problem
        assert item.problem.remedies == (Remedy.GO_ONLINE,)
        assert transfers.pid is None
        transfers.configure(here.options)
        assert here.is_whole(here.ended())


def test_a_process_that_always_dies_is_given_up(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import json, sys, time; request = json.loads(sys.stdin.readline());"
        "from pathlib import Path; from alcove.hub.leases import Leases;"
        "Leases(Path(request['database'])).claim(); raise SystemExit('out of luck')"
    )
    monkeypatch.setattr(worker, "command", lambda _module: [sys.executable, "-c", code])
    monkeypatch.setattr(supervision, "_CRASHES", 3)
    here.add()
    with here.working():
        item = here.ended()
    assert item.problem
    assert "ended unexpectedly: out of luck" in item.problem.cause
    assert item.problem.remedies == (Remedy.RETRY,)


def test_a_process_that_dies_before_it_takes_an_item_is_told_of(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "raise SystemExit('out of luck')"
    monkeypatch.setattr(worker, "command", lambda _module: [sys.executable, "-c", code])
    monkeypatch.setattr(supervision, "_CRASHES", 3)
    item = here.add()
    with pytest.raises(TransferError, match="ended unexpectedly: out of luck"):
        download(here.queue, item, here.options, lambda _item: None)
    (left,) = here.queue.items()
    assert (left.state, left.why) == ("paused", "user")


def test_what_was_chosen_while_the_queue_was_locked_is_done_later(here: World) -> None:
    item = here.add()
    troubles: Queue[AlcoveError] = Queue()
    options = replace(here.options, network=replace(here.options.network, offline=True))
    with closing(sqlite3.connect(here.queue.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with Transfers(here.queue, options, lambda _items: None, troubles.put):
            assert isinstance(troubles.get(timeout=60), StorageError)
            other.execute("COMMIT")
            here.until(item.id, lambda item: (item.state, item.why) == ("paused", "offline"))


def test_the_window_hears_ten_times_a_second_at_most(here: World) -> None:
    calls: list[float] = []
    here.hub.faults.bytes_per_second = SIZE / 2
    item = here.add()

    def changed(_items: tuple[Item, ...]) -> None:
        calls.append(time.monotonic())

    def troubled(_error: AlcoveError) -> None:
        raise AssertionError

    with Transfers(here.queue, here.options, changed, troubled):
        here.until(item.id, lambda item: item.state == "done")
    assert len(calls) <= 10 * (calls[-1] - calls[0]) + 2


def test_a_speed_limit_is_kept(here: World) -> None:
    here.add()
    began = time.monotonic()
    with here.working(limit=SIZE):
        assert here.is_whole(here.ended())
    assert time.monotonic() - began > 0.4  # a second, less the burst


def test_a_projector_comes_with_its_model(here: World, tmp_path: Path) -> None:
    for name in ("mmproj-Q8_0.gguf", "mmproj-F16.gguf"):
        path = tmp_path / name
        path.write_bytes(name.encode() * 1000)
        here.hub.add(REPOSITORY, name, path)
    here.queue.add(Wanted("Model", REPOSITORY, FILE, projector=True))
    with here.working():
        item = here.wait(lambda item: item.state == "done")
    assert item.files == (FILE, "mmproj-F16.gguf")
    assert [path.name for path in item.paths] == list(item.files)
    assert item.paths[1].read_bytes() == (tmp_path / "mmproj-F16.gguf").read_bytes()
    assert item.size_bytes == item.received_bytes == SIZE + 15_000


def test_with_xet_a_pause_costs_what_was_received(tmp_path: Path, local_hub: LocalHub) -> None:
    size = 24_000_000  # huggingface_hub writes blocks of 10 MiB
    here = World(tmp_path, local_hub, size)
    local_hub.faults.pause_after = size // 2
    item = here.add()
    folder = RepositoryFolder(here.cache, REPOSITORY)
    with here.working(xet=True) as transfers:
        here.wait(lambda item: item.state == "running" and item.received_bytes > 0)
        first = transfers.pid
        here.queue.pause(item.id)
        here.until(item.id, lambda item: item.state == "paused" and transfers.pid != first)
        assert folder.orphans(here.stored.sha256)
        local_hub.break_off()
        here.queue.resume(item.id)
        done = here.wait(lambda item: item.state == "done")
    assert here.is_whole(done)
    assert done.verified_bytes == size
    assert local_hub.bytes_sent(FILE) == size + size // 2
    assert folder.orphans(here.stored.sha256) == []


def test_wrong_content_by_xet_is_reported(here: World) -> None:
    here.hub.faults.corrupt = True
    here.add()
    with here.working(xet=True):
        item = here.ended()
    assert item.problem
    assert item.problem.remedies == (Remedy.DOWNLOAD_AGAIN,)
    assert here.has_no_corrupt_file()
