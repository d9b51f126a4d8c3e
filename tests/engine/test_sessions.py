"""Sessions on disk: found, used, bounded; and what becomes of damaged ones."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from alcove.engine.sessions import Sessions
from alcove.engine.slots import Checkpoints, Slot

PROMPT = tuple(range(1000))


class Memory:
    """Stands for llama.cpp's context; a state is written as llama.cpp writes it, with ballast."""

    def __init__(
        self,
        *,
        can_rewind: bool = True,
        ballast: int = 1000,
        room: int = 4096,
        refuses: bool = False,
    ) -> None:
        self.can_rewind = can_rewind
        self.length = room
        self.held = 0
        self.loads = 0
        self._ballast = ballast
        self._refuses = refuses

    def cut(self, _sequence: int, count: int) -> bool:
        if self.can_rewind or count in (0, self.held):
            self.held = count
            return True
        return False

    def forget(self, _sequence: int) -> None:
        self.held = 0

    def save(self, _sequence: int, tokens: Sequence[int], path: Path) -> bool:
        head = struct.pack(f"<4sII{len(tokens)}i", b"qsgg", 2, len(tokens), *tokens)
        path.write_bytes(head + bytes(self._ballast))
        return True

    def load(self, _sequence: int, count: int, _path: Path) -> bool:
        self.loads += 1
        self.held = 0 if self._refuses else count
        return not self._refuses


def slot_of(memory: Memory, tokens: Sequence[int] = ()) -> Slot:
    slot = Slot(0, memory, Checkpoints(memory, 0, 1, 0))  # type: ignore[arg-type]
    slot.tokens = list(tokens)
    memory.held = len(tokens)
    return slot


def keep(folder: Path, tokens: Sequence[int], key: str = "a", most: int = 10**9) -> None:
    memory = Memory()
    Sessions(folder, key, most).save(memory, slot_of(memory, tokens))  # type: ignore[arg-type]


def loaded(
    folder: Path, tokens: Sequence[int], key: str = "a", memory: Memory | None = None
) -> int:
    """How many tokens a new process need not evaluate."""
    memory = memory or Memory()
    slot = slot_of(memory)
    Sessions(folder, key, 10**9).load(memory, slot, tokens)  # type: ignore[arg-type]
    assert len(slot.tokens) == memory.held
    return len(slot.tokens)


def test_a_conversation_goes_on_where_it_was(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT)
    assert loaded(tmp_path, (*PROMPT, 1, 2, 3)) == 1000


def test_what_two_conversations_have_in_common_is_used(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT)
    assert loaded(tmp_path, (*PROMPT[:600], *[7] * 400)) == 600


def test_a_memory_that_cannot_be_cut_needs_the_whole_session(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT)
    assert loaded(tmp_path, (*PROMPT[:600], 7), memory=Memory(can_rewind=False)) == 0
    assert loaded(tmp_path, (*PROMPT, 7), memory=Memory(can_rewind=False)) == 1000


def test_a_session_of_another_model_is_not_used(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT, key="another build")
    assert loaded(tmp_path, (*PROMPT, 1)) == 0


def test_short_conversations_are_not_worth_it(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT[:100])
    assert list(tmp_path.iterdir()) == []
    keep(tmp_path, PROMPT)
    assert loaded(tmp_path, (*PROMPT[:100], 5)) == 0


def test_a_slot_that_knows_as_much_stays_as_it_is(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT)
    memory = Memory()
    slot = slot_of(memory, PROMPT[:900])
    Sessions(tmp_path, "a", 10**9).load(memory, slot, PROMPT)  # type: ignore[arg-type]
    assert memory.loads == 0


def test_a_conversation_that_went_on_replaces_its_session(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT)
    keep(tmp_path, (*PROMPT, *PROMPT))
    assert len(list(tmp_path.glob("*.kv"))) == 1
    assert loaded(tmp_path, (*PROMPT, *PROMPT, 1)) == 2000


@pytest.mark.parametrize("damage", ["flip", "cut", "head", "note", "no note"])
def test_a_damaged_session_is_deleted_and_nothing_else_happens(tmp_path: Path, damage: str) -> None:
    keep(tmp_path, PROMPT)
    (path,) = tmp_path.glob("*.kv")
    data, note = path.read_bytes(), path.with_suffix(".json")
    match damage:
        case "flip":
            path.write_bytes(data[:-1] + b"x")
        case "cut":
            path.write_bytes(data[:-100])
        case "head":
            path.write_bytes(data[:6])
        case "note":
            note.write_text("no JSON")
        case _:
            note.unlink()
    memory = Memory()
    assert loaded(tmp_path, (*PROMPT, 1), memory=memory) == 0
    assert memory.loads == 0
    assert not path.exists()


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    first, second = PROMPT, tuple(range(5, 1005))
    keep(tmp_path, first)
    keep(tmp_path, second)
    for number, path in enumerate(
        sorted(tmp_path.glob("*.kv"), key=lambda one: one.stat().st_mtime)
    ):
        os.utime(path, (1000 + number, 1000 + number))
    assert loaded(tmp_path, (*first, 1)) == 1000  # which makes it the latest
    size = next(tmp_path.glob("*.kv")).stat().st_size
    keep(tmp_path, tuple(range(9, 1009)), most=2 * size)
    assert loaded(tmp_path, (*second, 1)) == 0
    assert loaded(tmp_path, (*first, 1)) == 1000


def test_a_session_that_does_not_fit_now_is_kept(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT)
    assert loaded(tmp_path, (*PROMPT[:900], 1), memory=Memory(room=950)) == 0
    assert loaded(tmp_path, (*PROMPT, 1), memory=Memory(refuses=True)) == 0
    assert loaded(tmp_path, (*PROMPT, 1)) == 1000


def test_only_the_user_may_read_what_was_said(tmp_path: Path) -> None:
    keep(tmp_path / "sessions", PROMPT)
    assert (tmp_path / "sessions").stat().st_mode & 0o077 == 0
    (path,) = (tmp_path / "sessions").glob("*.kv")
    assert path.stat().st_mode & 0o077 == 0


def test_what_a_killed_process_left_is_deleted_in_time(tmp_path: Path) -> None:
    left, fresh = tmp_path / "a-b.1.part", tmp_path / "a-c.2.part"
    for each in (left, fresh):
        each.write_bytes(b"half")
    os.utime(left, (1000, 1000))
    keep(tmp_path, PROMPT)
    assert not left.exists()
    assert fresh.exists()


def test_without_a_folder_nothing_is_kept() -> None:
    memory = Memory()
    sessions = Sessions(None, "a", 10**9)
    sessions.save(memory, slot_of(memory, PROMPT))  # type: ignore[arg-type]
    sessions.load(memory, slot_of(memory), PROMPT)  # type: ignore[arg-type]
    assert memory.loads == 0


def test_a_folder_that_cannot_be_written_does_no_harm() -> None:
    keep(Path("/dev/null/sessions"), PROMPT)
