"""Conversations survive what happens to files."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alcove.catalog.model import Sampling
from alcove.chat.conversation import Attachment, Figures, Message, Role, title_of
from alcove.chat.drafts import Draft
from alcove.chat.export import to_markdown
from alcove.chat.presets import Preset
from alcove.chat.setup import Setup
from alcove.chat.store import ConversationStore
from alcove.database import storage_errors
from alcove.errors import Remedy, StorageError

FIGURES = Figures("stop", 12, 4, 3, 0.25, 480.0, 31.5, 2048)


class Clock:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "alcove.db"


@pytest.fixture
def store(path: Path) -> Iterator[ConversationStore]:
    with closing(ConversationStore(path, Clock())) as made:
        yield made


def talk(store: ConversationStore, *texts: str) -> list[Message]:
    """Start a conversation in which user and assistant take turns."""
    conversation = store.create("starter").id
    messages: list[Message] = []
    for place, text in enumerate(texts):
        role: Role = "assistant" if place % 2 else "user"
        parent = messages[-1].id if messages else None
        messages.append(store.append(conversation, parent, role, text))
    return messages


def texts(store: ConversationStore, conversation: int) -> list[str]:
    return [message.text for message in store.branch(conversation)]


def test_first_message_titles_the_conversation(store: ConversationStore) -> None:
    talk(store, "Why is the\n sky blue?", "Rayleigh.", "And at dusk?")
    assert [one.title for one in store.conversations()] == ["Why is the sky blue?"]


@pytest.mark.parametrize(
    ("text", "title"),
    [("a " * 100, "a " * 29 + "a…"), ("x" * 70, "x" * 60 + "…"), ("", ""), ("  short ", "short")],
)
def test_long_titles_are_cut_at_a_word(text: str, title: str) -> None:
    assert title_of(text) == title


def test_newest_conversation_comes_first(store: ConversationStore) -> None:
    first = talk(store, "first")[0]
    talk(store, "second")
    assert [one.title for one in store.conversations()] == ["second", "first"]
    store.append(first.conversation, first.id, "assistant", "answer")
    assert [one.title for one in store.conversations()] == ["first", "second"]


def test_pinned_conversation_comes_first(store: ConversationStore) -> None:
    first = talk(store, "first")[0]
    talk(store, "second")
    store.pin(first.conversation, pinned=True)
    assert [one.title for one in store.conversations()] == ["first", "second"]
    store.pin(first.conversation, pinned=False)
    assert [one.title for one in store.conversations()] == ["second", "first"]


def test_folder_is_renamed_with_all_that_lies_in_it(store: ConversationStore) -> None:
    first, second = talk(store, "first")[0], talk(store, "second")[0]
    store.move(first.conversation, "Work")
    store.move(second.conversation, "Work")
    store.rename_folder("Work", "Play")
    assert [one.folder for one in store.conversations()] == ["Play", "Play"]
    store.rename_folder("Play", "")
    assert [one.folder for one in store.conversations()] == ["", ""]


def test_attachments_stay_with_their_message(store: ConversationStore, path: Path) -> None:
    conversation = store.create("starter").id
    files = (Attachment("a.py", "code", "pass"), Attachment("b.csv", "table", "x,y"))
    message = store.append(conversation, None, "user", "", attachments=files)
    plain = store.append(conversation, message.id, "assistant", "Yes.")
    store.close()
    with closing(ConversationStore(path)) as reopened:
        assert reopened.branch(conversation) == (message, plain)
        assert message.attachments == files
        assert [one.title for one in reopened.conversations()] == ["a.py, b.csv"]


def test_setup_survives_reopening(store: ConversationStore, path: Path) -> None:
    setup = Setup("Be brief.", Sampling(temperature=0.2, top_k=7), max_tokens=50, seed=3)
    decided = store.create("starter", setup).id
    advised = store.create("starter").id
    store.close()
    with closing(ConversationStore(path)) as reopened:
        assert reopened.setup(decided) == setup
        assert reopened.setup(advised) == Setup()
        reopened.set_up(decided, Setup())
        assert reopened.setup(decided) == Setup()


def test_drafts_survive_reopening(store: ConversationStore, path: Path) -> None:
    begun = talk(store, "Q")[0].conversation
    files = (Attachment("a.py", "code", "pass"),)
    store.drafts.keep(begun, Draft("half a ques"))
    store.drafts.keep(None, Draft("", files))
    store.close()
    with closing(ConversationStore(path)) as reopened:
        assert reopened.drafts.read(begun) == Draft("half a ques")
        assert reopened.drafts.read(None) == Draft("", files)
        reopened.drafts.keep(None, Draft())
        assert reopened.drafts.read(None) == Draft()


def test_preset_replaces_the_one_of_its_name(store: ConversationStore) -> None:
    store.presets.keep(Preset("Poet", "Rhyme."))
    store.presets.keep(Preset("cook", "Cook."))
    store.presets.keep(Preset("Poet", "Rhyme well."))
    assert store.presets.read() == (Preset("cook", "Cook."), Preset("Poet", "Rhyme well."))
    store.presets.delete("cook")
    assert store.presets.read() == (Preset("Poet", "Rhyme well."),)


def test_another_answer_is_a_branch_beside_the_first(store: ConversationStore) -> None:
    question, first, more = talk(store, "Q", "A1", "more")
    second = store.append(question.conversation, question.id, "assistant", "A2")
    assert texts(store, question.conversation) == ["Q", "A2"]
    assert store.siblings(second) == (first.id, second.id)
    store.choose(question.conversation, first.id)
    assert store.branch(question.conversation)[-1].id == more.id
    store.choose(question.conversation, second.id)
    assert texts(store, question.conversation) == ["Q", "A2"]


def test_first_messages_of_two_conversations_are_no_siblings(store: ConversationStore) -> None:
    first, second = talk(store, "a")[0], talk(store, "b")[0]
    assert store.siblings(first) == (first.id,)
    assert store.siblings(second) == (second.id,)


def test_growing_answer_survives_a_crash(store: ConversationStore, path: Path) -> None:
    question = talk(store, "Q")[0]
    answer = store.append(
        question.conversation, question.id, "assistant", "", model="M", state="partial"
    )
    store.save(replace(answer, text="half an ans", reasoning="hm", reasoning_s=1.5))
    # Not closed: another connection sees what a crash would leave.
    with closing(ConversationStore(path)) as reopened:
        assert reopened.branch(question.conversation)[-1] == replace(
            answer, text="half an ans", reasoning="hm", reasoning_s=1.5
        )


def test_everything_survives_reopening(store: ConversationStore, path: Path) -> None:
    question, answer = talk(store, "Q", "A")
    failed = replace(answer, state="failed", failure="It ended.", figures=FIGURES)
    store.save(failed)
    store.rename(question.conversation, "Renamed")
    store.retarget(question.conversation, "qwen3-4b")
    before = store.conversation(question.conversation)
    store.close()
    with closing(ConversationStore(path)) as reopened:
        assert reopened.branch(question.conversation) == (question, failed)
        assert reopened.conversations() == (before,)
        assert before is not None
        assert (before.title, before.target) == ("Renamed", "qwen3-4b")


def test_deleted_conversation_can_be_restored_until_the_store_reopens(
    store: ConversationStore, path: Path
) -> None:
    kept, gone = talk(store, "kept")[0], talk(store, "gone")[0]
    store.delete(kept.conversation)
    store.delete(gone.conversation)
    assert store.conversations() == ()
    store.restore(kept.conversation)
    store.close()
    with closing(ConversationStore(path)) as reopened:
        reopened.restore(gone.conversation)
        assert [one.title for one in reopened.conversations()] == ["kept"]
        assert reopened.branch(gone.conversation) == ()


def _overwrite_start(path: Path) -> None:
    path.write_bytes(b"this is no database" + path.read_bytes()[19:])


def _overwrite_pages(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [_overwrite_start, _overwrite_pages])
def test_damaged_file_is_kept_aside_and_reported(
    store: ConversationStore, path: Path, damage: Callable[[Path], None]
) -> None:
    talk(store, "precious")
    store.close()
    damage(path)
    damaged = path.read_bytes()
    with closing(ConversationStore(path)) as reopened:
        kept = path.with_name("alcove.db.broken-1")
        assert kept.read_bytes() == damaged
        assert reopened.warning is not None
        assert str(kept) in reopened.warning
        talk(reopened, "new")
    path.write_bytes(damaged)
    with closing(ConversationStore(path)):
        assert path.with_name("alcove.db.broken-2").exists()
        assert kept.read_bytes() == damaged


def _damage_a_page(path: Path, content: bytes) -> None:
    """Overwrite the page in which a message lies that nobody reads at the start."""
    with path.open("r+b") as file:
        position = file.read().index(content)
        file.seek(position - position % 4096)
        file.write(b"\xff" * 4096)


def _talk_at_length(store: ConversationStore) -> int:
    return talk(store, *(f"message {number} " * 100 for number in range(100)))[0].conversation


def test_damage_met_later_is_kept_aside_at_the_next_start(
    store: ConversationStore, path: Path
) -> None:
    conversation = _talk_at_length(store)
    store.close()
    _damage_a_page(path, b"message 50 ")
    with closing(ConversationStore(path)) as reopened:
        assert reopened.warning is None  # a start does not read all of the file
        with pytest.raises(StorageError, match="is damaged"):
            reopened.branch(conversation)
    with closing(ConversationStore(path)) as again:
        assert "broken-1" in (again.warning or "")
        assert again.conversations() == ()
    with closing(ConversationStore(path)) as last:
        assert last.warning is None


def test_after_a_crash_all_of_the_file_is_checked(
    store: ConversationStore, path: Path, tmp_path: Path
) -> None:
    _talk_at_length(store)
    store.close()
    crashed, damaged = tmp_path / "crashed.db", tmp_path / "damaged.db"
    with closing(ConversationStore(path)) as running:
        talk(running, "the last words")
        for file in (crashed, damaged):
            for suffix in ("", "-wal"):
                shutil.copy(f"{path}{suffix}", f"{file}{suffix}")
    with closing(ConversationStore(crashed)) as recovered:
        assert recovered.warning is None
        assert "the last words" in {one.title for one in recovered.conversations()}
    _damage_a_page(damaged, b"message 50 ")
    with closing(ConversationStore(damaged)) as recovered:
        assert "broken-1" in (recovered.warning or "")


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CORRUPT_INDEX])
def test_every_kind_of_damage_is_told_as_damage(path: Path, code: int) -> None:
    path.parent.mkdir()
    error = sqlite3.DatabaseError("malformed")
    error.sqlite_errorcode = code
    with pytest.raises(StorageError, match="is damaged"), storage_errors(path):
        raise error


def test_two_first_starts_at_once(path: Path) -> None:
    starters = 6
    for attempt in range(10):
        together = threading.Barrier(starters)

        def start(file: Path, together: threading.Barrier = together) -> str | None:
            together.wait()
            with closing(ConversationStore(file)) as one:
                return one.warning

        with ThreadPoolExecutor(starters) as pool:
            files = [path.with_name(f"{attempt}.db")] * starters
            assert list(pool.map(start, files)) == [None] * starters


def test_undamaged_file_gives_no_warning(store: ConversationStore) -> None:
    assert store.warning is None


def test_file_of_a_newer_version_is_left_alone(store: ConversationStore, path: Path) -> None:
    store.close()
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("UPDATE chat_schema SET version = 99")
    before = path.read_bytes()
    with pytest.raises(StorageError, match="newer version"):
        ConversationStore(path)
    assert path.read_bytes() == before


def test_tables_of_other_rooms_stay(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE ledger (forecast REAL)")
        other.execute("INSERT INTO ledger VALUES (1.5)")
    with closing(ConversationStore(path)) as made:
        talk(made, "hello")
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT forecast FROM ledger").fetchall() == [(1.5,)]


def test_full_disk_is_a_storage_error(tmp_path: Path) -> None:
    path = tmp_path / "full.db"
    with closing(sqlite3.connect(path)) as small:
        small.execute("CREATE TABLE t (x)")
        small.execute("PRAGMA max_page_count = 2")
        with pytest.raises(StorageError, match="disk is full") as caught, storage_errors(path):
            small.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert caught.value.remedies == (Remedy.FREE_DISK,)


def test_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="could not be read or written"):
        ConversationStore(tmp_path / "file" / "alcove.db")


def test_export_names_the_authors(store: ConversationStore) -> None:
    question = talk(store, "Why?")[0]
    store.append(question.conversation, question.id, "assistant", "Because.\n", model="SmolLM2")
    conversation = store.conversations()[0]
    assert to_markdown(conversation, store.branch(conversation.id)) == (
        "# Why?\n\n## You\n\nWhy?\n\n## SmolLM2\n\nBecause.\n"
    )
