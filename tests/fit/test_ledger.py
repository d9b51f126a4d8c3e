from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from alcove.chat.store import ConversationStore
from alcove.errors import StorageError
from alcove.fit.configuration import Configuration
from alcove.fit.ledger import Ledger
from alcove.fit.records import Entry
from alcove.fit.result import Range
from fit.past import ESTIMATED, GIB, answer, conditions, load


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "alcove.db"


@pytest.fixture
def ledger(path: Path) -> Ledger:
    return Ledger(path)


def test_a_load_comes_back_as_it_was(ledger: Ledger, path: Path) -> None:
    split = Configuration(4096, "q8_0", 12, 3, 256, (0.25, 0.75), "on")
    kept = load(conditions=conditions(configuration=split, threads=None))
    number = ledger.record_load(kept)
    assert Ledger(path).loads() == (replace(kept, id=number),)


def test_the_peak_only_grows(ledger: Ledger) -> None:
    number = ledger.record_load(load(process_bytes=5 * GIB))
    other = ledger.record_load(load(process_bytes=5 * GIB))
    assert [one.measured_bytes for one in ledger.loads()] == [5 * GIB, 5 * GIB]
    for peak in (7 * GIB, 6 * GIB):
        ledger.record_answer(number, answer(), peak)
    assert {one.id: one.peak_bytes for one in ledger.loads()} == {number: 7 * GIB, other: None}
    assert ledger.loads()[-1].measured_bytes == 7 * GIB


def test_answers_come_with_their_load_newest_first(ledger: Ledger) -> None:
    first, second = load(name="first"), load(name="second")
    numbers = [ledger.record_load(first), ledger.record_load(second)]
    early, late = answer(generation=7.5), answer(generation=9.5, forecast=None)
    early_id = ledger.record_answer(numbers[1], early)
    late_id = ledger.record_answer(numbers[0], late)
    assert ledger.answers() == (
        Entry(replace(first, id=numbers[0]), replace(late, id=late_id)),
        Entry(replace(second, id=numbers[1]), replace(early, id=early_id)),
    )
    assert [one.answer.id for one in ledger.answers(limit=1)] == [late_id]
    assert [one.name for one in ledger.loads(limit=1)] == ["second"]


def test_an_answer_of_a_forgotten_load_is_not_kept(ledger: Ledger) -> None:
    number = ledger.record_load(load())
    ledger.clear()
    assert ledger.record_answer(number, answer()) == 0
    assert ledger.answers() == ()


def test_the_ledger_does_not_grow_for_ever(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alcove.fit.ledger._KEPT", 3)
    for number in range(5):
        ledger.record_answer(ledger.record_load(load(name=str(number))), answer())
    assert [one.name for one in ledger.loads()] == ["4", "3", "2"]
    assert [one.load.name for one in ledger.answers()] == ["4", "3", "2"]


def test_the_newest_calibration_of_a_machine_counts(ledger: Ledger) -> None:
    assert ledger.calibration("laptop") is None
    ledger.keep_calibration("laptop", {"q4": 1.5})
    ledger.keep_calibration("laptop", {"q4": 2.5})
    ledger.keep_calibration("server", {"q4": 9})
    assert ledger.calibration("laptop") == {"q4": 2.5}


def test_clear_leaves_calibrations_alone(ledger: Ledger) -> None:
    ledger.keep_calibration("laptop", {"q4": 1.5})
    way = Configuration(4096, "q8_0", 12, 3, 256, (0.25, 0.75))
    ledger.keep_slices("file", "laptop and way", way, ESTIMATED)
    ledger.record_answer(ledger.record_load(load()), answer())
    assert ledger.all_slices("laptop") == {("file", way): ESTIMATED}
    assert ledger.all_slices("server") == {}
    ledger.clear()
    assert ledger.loads() == ledger.answers() == ()
    assert ledger.all_slices("laptop") == {}
    assert ledger.calibration("laptop") == {"q4": 1.5}


def test_what_cannot_be_understood_is_left_out(ledger: Ledger, path: Path) -> None:
    good, odd, broken = (ledger.record_load(load()) for _ in range(3))
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute(
            "UPDATE ledger_loads SET document = json_set(document, '$.invented', 1) WHERE id = ?",
            (odd,),
        )
        newer.execute("UPDATE ledger_loads SET document = '[' WHERE id = ?", (broken,))
        newer.execute("INSERT INTO ledger_calibrations VALUES ('laptop', '3')")
    ledger.record_answer(odd, answer())
    ledger.record_answer(good, answer())
    assert [one.id for one in ledger.loads()] == [good]
    assert [one.load.id for one in ledger.answers()] == [good]
    assert ledger.calibration("laptop") is None


def test_threads_and_conversations_share_the_file(ledger: Ledger, path: Path) -> None:
    with closing(ConversationStore(path)) as store:

        def use(number: int) -> int:
            kept = ledger.record_load(load(name=str(number)))
            ledger.record_answer(kept, answer(), number)
            return len(ledger.loads())

        with ThreadPoolExecutor(4) as pool:
            running = [pool.submit(use, number) for number in range(20)]
            for number in range(20):
                store.create(str(number))
            counts = [one.result() for one in running]
        assert max(counts) == 20
        assert len(store.conversations()) == 20
    assert {one.name for one in ledger.loads()} == {str(number) for number in range(20)}
    assert all(one.peak_bytes == int(one.name) for one in ledger.loads())


def test_the_ledger_leaves_no_trace_that_makes_the_next_start_slow(
    ledger: Ledger, path: Path
) -> None:
    ledger.record_load(load())
    assert not path.with_name("alcove.db-wal").exists()


def _overwrite(path: Path) -> None:
    path.write_bytes(b"this is no database" * 1000)


def _overwrite_pages(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))


@pytest.mark.parametrize("damage", [_overwrite, _overwrite_pages])
def test_a_damaged_file_is_a_storage_error_until_it_is_kept_aside(
    ledger: Ledger, path: Path, damage: Callable[[Path], None]
) -> None:
    ledger.record_load(load())
    damage(path)
    for use in (
        ledger.loads,
        ledger.answers,
        ledger.clear,
        lambda: ledger.record_load(load()),
        lambda: ledger.calibration("laptop"),
    ):
        with pytest.raises(StorageError, match="is damaged"):
            use()
    with closing(ConversationStore(path)) as store:
        assert "broken-1" in (store.warning or "")
        ledger.record_load(load())
        assert len(ledger.loads()) == 1


def test_a_locked_file_is_a_storage_error_and_reading_goes_on(ledger: Ledger, path: Path) -> None:
    ledger.record_load(load())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="locked"):
            ledger.record_load(load())
        assert len(ledger.loads()) == 1


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="could not be read or written"):
        Ledger(tmp_path / "file" / "alcove.db").loads()


def test_a_ledger_of_a_newer_version_is_left_alone(ledger: Ledger, path: Path) -> None:
    ledger.record_load(load())
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("UPDATE ledger_schema SET version = 99")
    before = path.read_bytes()
    with pytest.raises(StorageError, match="newer version"):
        ledger.record_load(load())
    assert path.read_bytes() == before
    with closing(ConversationStore(path)) as store:
        assert store.warning is None


def test_the_error_is_a_share_of_the_forecast() -> None:
    assert answer(generation=10.0, forecast=Range(6, 8, 10)).error == pytest.approx(0.25)
    assert answer(generation=6.0, forecast=Range(6, 8, 10)).error == pytest.approx(0.25)
    assert answer(forecast=None).error is None
