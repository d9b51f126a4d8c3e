from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from alcove.errors import GatedError, Remedy, StorageError
from alcove.hub.items import Item, Wanted
from alcove.hub.leases import Leases, Progress
from alcove.hub.problems import Problem
from alcove.hub.queue import TransferQueue
from alcove.hub.remote import RemoteFile, RemoteModel

MODEL = RemoteModel("a/b", "c" * 40, (RemoteFile("m.gguf", 100, "0" * 64),), "Q4_0", "main")
OTHER = RemoteModel("a/b", "d" * 40, (RemoteFile("m.gguf", 200, "1" * 64),), "Q4_0", "main")
PROBLEM = Problem.of(GatedError("It is gated.", "Sign in.", Remedy.SIGN_IN))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def queue(tmp_path: Path) -> TransferQueue:
    return TransferQueue(tmp_path / "alcove.db")


@pytest.fixture
def leases(queue: TransferQueue) -> Leases:
    return Leases(queue.database)


def wanted(name: str) -> Wanted:
    return Wanted(name, "a/b", f"{name}.gguf", size_bytes=5)


def somebody() -> int:
    """The number of a process that lives and is another one."""
    return next(pid for pid in psutil.pids() if pid not in (0, os.getpid()))


def names(queue: TransferQueue) -> list[str]:
    return [item.name for item in queue.items()]


def only(queue: TransferQueue) -> Item:
    (item,) = queue.items()
    return item


def test_items_keep_their_order_and_can_be_moved(queue: TransferQueue) -> None:
    one, _two, three = (queue.add(wanted(name)) for name in ("1", "2", "3"))
    queue.move(three.id, 0)
    assert names(queue) == ["3", "1", "2"]
    queue.move(one.id, 99)
    assert names(queue) == ["3", "2", "1"]
    queue.move(12345, 0)
    assert names(TransferQueue(queue.database)) == ["3", "2", "1"]


def test_what_is_in_the_queue_is_not_added_twice(queue: TransferQueue) -> None:
    first = queue.add(wanted("1"))
    queue.add(wanted("2"))
    assert queue.add(wanted("1")) == first
    assert names(queue) == ["1", "2"]


def test_all_that_the_hub_said_is_kept(queue: TransferQueue) -> None:
    item = queue.add(wanted("1"), MODEL)
    assert (item.model, item.size_bytes, item.files) == (MODEL, 100, ("m.gguf",))
    assert queue.find(item.id) == item


def test_a_paused_item_goes_on_with_its_commit(queue: TransferQueue) -> None:
    item = queue.add(wanted("1"), MODEL)
    queue.pause(item.id)
    assert (only(queue).state, only(queue).why) == ("paused", "user")
    again = queue.add(wanted("1"), OTHER)
    assert (again.state, again.model, again.is_outdated) == ("waiting", MODEL, False)


def test_of_an_item_that_failed_the_hub_is_asked_again(
    queue: TransferQueue, leases: Leases
) -> None:
    item = queue.add(wanted("1"), MODEL)
    assert leases.claim()
    leases.fail(item.id, PROBLEM)
    assert (only(queue).state, only(queue).problem) == ("failed", PROBLEM)
    error = PROBLEM.error()
    assert isinstance(error, GatedError)
    assert error.remedies == (Remedy.SIGN_IN,)
    queue.retry(item.id)
    assert (only(queue).state, only(queue).problem, only(queue).is_outdated) == (
        "waiting",
        None,
        True,
    )


def test_one_process_runs_an_item_at_a_time(queue: TransferQueue) -> None:
    queue.add(wanted("1"))
    queue.add(wanted("2"))
    mine, other = Leases(queue.database), Leases(queue.database, owner=somebody())
    first, second = mine.claim(), other.claim()
    assert first
    assert second
    assert (first.name, second.name) == ("1", "2")
    assert other.claim(first.id) is None
    assert other.has_work(first.id)
    mine.finish(second.id, ())
    assert not mine.is_mine(second.id)
    assert [item.state for item in queue.items()] == ["running", "running"]


def test_the_item_of_a_dead_process_is_taken_up(queue: TransferQueue, leases: Leases) -> None:
    item = queue.add(wanted("1"))
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    Leases(queue.database, owner=process.pid).claim()
    assert only(queue).owner == process.pid
    taken = leases.claim()
    assert taken
    assert (taken.id, taken.owner) == (item.id, os.getpid())


def test_the_item_of_a_silent_process_is_taken_up(queue: TransferQueue) -> None:
    item = queue.add(wanted("1"))
    clock = Clock()
    silent = Leases(queue.database, owner=somebody(), clock=clock)
    assert silent.claim()
    mine = Leases(queue.database, clock=clock)
    clock.now += 20
    silent.beat(item.id, Progress(1, 0, 0.0))
    clock.now += 20
    assert mine.claim() is None
    clock.now += 20
    assert mine.claim()
    assert not silent.is_mine(item.id)


def test_an_item_waits_until_its_next_attempt(queue: TransferQueue) -> None:
    clock = Clock()
    leases = Leases(queue.database, clock=clock)
    item = queue.add(wanted("1"))
    assert leases.claim()
    leases.postpone(item.id, PROBLEM, 10.0)
    waiting = only(queue)
    assert (waiting.state, waiting.retry_at, waiting.attempts) == ("waiting", 1010.0, 1)
    assert leases.claim() is None
    assert leases.has_work()
    clock.now = 1010.0
    assert leases.claim()
    leases.moved_on(item.id)
    assert (only(queue).attempts, only(queue).problem) == (0, None)


def test_without_a_network_an_item_is_paused_and_tried_again(queue: TransferQueue) -> None:
    clock = Clock()
    leases = Leases(queue.database, clock=clock)
    item = queue.add(wanted("1"))
    assert leases.claim()
    leases.postpone(item.id, PROBLEM, 10.0, "offline")
    assert (only(queue).state, only(queue).why) == ("paused", "offline")
    clock.now = 1010.0
    assert leases.claim()


def test_what_is_shut_goes_on_when_it_is_open_again(queue: TransferQueue, leases: Leases) -> None:
    one, two = queue.add(wanted("1")), queue.add(wanted("2"))
    queue.pause(two.id)
    queue.shut(PROBLEM)
    assert [(item.state, item.why) for item in queue.items()] == [
        ("paused", "offline"),
        ("paused", "user"),
    ]
    assert leases.claim() is None
    assert not leases.has_work()
    queue.open()
    assert [(item.id, item.state) for item in queue.items()] == [
        (one.id, "waiting"),
        (two.id, "paused"),
    ]


def test_room_on_the_disk_lets_an_item_go_on(queue: TransferQueue) -> None:
    clock = Clock()
    leases = Leases(queue.database, clock=clock)
    item = queue.add(wanted("1"))
    assert leases.claim()
    leases.lack_space(item.id, PROBLEM, 77, 5.0)
    assert (only(queue).why, only(queue).missing_bytes) == ("disk", 77)
    assert leases.lacking_space() == ()
    clock.now += 5
    (lacking,) = leases.lacking_space()
    leases.has_space(lacking.id)
    assert leases.claim()


def test_pausing_takes_an_item_from_the_process_that_runs_it(
    queue: TransferQueue, leases: Leases
) -> None:
    item = queue.add(wanted("1"))
    assert leases.claim()
    assert leases.is_mine(item.id)
    queue.pause(item.id)
    assert not leases.is_mine(item.id)
    leases.beat(item.id, Progress(3, 2, 1.0))  # it still says how far it came
    leases.fail(item.id, PROBLEM)
    paused = only(queue)
    assert (paused.state, paused.received_bytes, paused.bytes_per_second) == ("paused", 3, 0.0)


def test_cancelled_items_are_gone_once_their_bytes_are(
    queue: TransferQueue, leases: Leases
) -> None:
    one, two = queue.add(wanted("1")), queue.add(wanted("2"))
    queue.cancel(one.id)
    assert names(queue) == ["2"]
    assert [item.id for item in leases.cancelled()] == [one.id]
    assert leases.has_work(one.id)
    leases.forget(one.id)
    assert leases.cancelled() == ()
    assert leases.claim()
    leases.finish(two.id, (Path("x"),))
    assert only(queue).paths == (Path("x"),)
    queue.cancel(two.id)
    assert leases.cancelled() == ()
    assert names(queue) == []


def test_a_cancelled_item_can_be_asked_for_again(queue: TransferQueue, leases: Leases) -> None:
    item = queue.add(wanted("1"))
    queue.cancel(item.id)
    assert queue.add(wanted("1")).id == item.id
    assert leases.cancelled() == ()


def test_what_was_there_before_an_item_is_remembered_until_it_is_done(
    queue: TransferQueue, leases: Leases
) -> None:
    item = queue.add(wanted("1"), MODEL)
    assert item.found is None
    assert leases.claim()
    leases.resolved(item.id, MODEL, {"0" * 64})
    queue.cancel(item.id)
    assert queue.add(wanted("1")).found == {"0" * 64}
    assert leases.claim()
    leases.finish(item.id, ())
    assert queue.add(wanted("1")).found is None


def test_only_what_is_done_is_cleared(queue: TransferQueue, leases: Leases) -> None:
    one = queue.add(wanted("1"))
    queue.add(wanted("2"))
    assert leases.claim(one.id)
    leases.finish(one.id, ())
    queue.clear_done()
    assert names(queue) == ["2"]


def test_a_process_that_ends_leaves_its_item_to_others(
    queue: TransferQueue, leases: Leases
) -> None:
    queue.add(wanted("1"))
    assert leases.claim()
    leases.release()
    assert (only(queue).state, only(queue).owner) == ("waiting", None)


def test_an_item_that_is_not_understood_is_left_out(queue: TransferQueue) -> None:
    queue.add(wanted("1"))
    queue.add(wanted("2"))
    with sqlite3.connect(queue.database) as connection:
        connection.execute("UPDATE transfers_items SET model = '[1]' WHERE name = '1'")
    connection.close()
    assert names(queue) == ["2"]
    taken = Leases(queue.database).claim()
    assert taken
    assert taken.name == "2"


def test_a_file_that_is_no_database_is_a_storage_error(tmp_path: Path) -> None:
    path = tmp_path / "alcove.db"
    path.write_text("no database at all " * 100)
    with pytest.raises(StorageError):
        TransferQueue(path).items()


def test_the_queue_needs_no_hub_client() -> None:
    code = "import sys, alcove.hub.transfers; assert 'huggingface_hub' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
