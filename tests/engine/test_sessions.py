"""Sessions on disk: found, used, bounded; and what becomes of damaged ones."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest

from alcove.engine.session_file import delete_conversation
from alcove.engine.sessions import Fetched, Sessions
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
        hidden: int = 0,
    ) -> None:
        """``hidden`` bytes are written more than was said before."""
        self.can_rewind = can_rewind
        self.length = room
        self.held = 0
        self.loads = self.saves = 0
        self._hidden = hidden
        self._ballast = ballast
        self._refuses = refuses

    def cut(self, _sequence: int, count: int) -> bool:
        if self.can_rewind or count in (0, self.held):
            self.held = count
            return True
        return False

    def forget(self, _sequence: int) -> None:
        self.held = 0

    def size(self, _sequence: int) -> int:
        return 12 + self._ballast

    def save(self, _sequence: int, tokens: Sequence[int], path: Path) -> bool:
        self.saves += 1
        head = struct.pack(f"<4sII{len(tokens)}i", b"qsgg", 2, len(tokens), *tokens)
        path.write_bytes(head + bytes(self._ballast + self._hidden))
        return True

    def load(self, _sequence: int, count: int, _path: Path) -> bool:
        self.loads += 1
        self.held = 0 if self._refuses else count
        return not self._refuses

    def restore(self, _sequence: int, count: int, state: bytearray) -> bool:
        assert state.startswith(state_after(count))
        self.held = count
        return True


def state_after(count: int) -> bytearray:
    """Return what stands for a sliding window, or a recurrent state, after so many tokens."""
    return bytearray(f"state {count}".encode())


class Disk:
    """Sessions, and what they have to call on the thread that uses them."""

    def __init__(self, folder: Path | None, key: str = "a", most: int = 10**9) -> None:
        self._calls = SimpleQueue[Callable[[], None]]()
        self.sessions = Sessions(folder, key, most, self._calls.put)

    def save(self, memory: Memory, slot: Slot) -> None:
        self.sessions.save(memory, slot)  # type: ignore[arg-type]

    def load(self, memory: Memory, slot: Slot, tokens: Sequence[int]) -> None:
        """Bring a slot to the session that is best for a prompt, as the scheduler does."""
        known = slot.shared(tokens)
        fetched = self.sessions.fetch(memory, tokens, known)  # type: ignore[arg-type]
        if fetched is not None:
            self.await_fetched(fetched)
            self.sessions.load(memory, slot, fetched)  # type: ignore[arg-type]

    def await_fetched(self, fetched: Fetched) -> None:
        while not fetched.done:
            self._calls.get(timeout=60)()


@contextmanager
def disk(folder: Path | None, key: str = "a", most: int = 10**9) -> Iterator[Disk]:
    """Sessions of one process, written to the end when it ends."""
    process = Disk(folder, key, most)
    try:
        yield process
    finally:
        process.sessions.close()


def slot_of(memory: Memory, tokens: Sequence[int] = (), checkpoints: Sequence[int] = ()) -> Slot:
    slot = Slot(0, memory, Checkpoints(memory, 0, 4, 10_000))  # type: ignore[arg-type]
    slot.tokens = list(tokens)
    slot.checkpoints.put((count, state_after(count)) for count in checkpoints)
    memory.held = len(tokens)
    return slot


def keep(
    folder: Path,
    tokens: Sequence[int],
    key: str = "a",
    most: int = 10**9,
    *,
    checkpoints: Sequence[int] = (),
    conversation: str = "",
    memory: Memory | None = None,
) -> None:
    memory = memory or Memory()
    slot = slot_of(memory, tokens, checkpoints)
    slot.conversation = conversation
    with disk(folder, key, most) as process:
        process.save(memory, slot)


def loaded(
    folder: Path, tokens: Sequence[int], key: str = "a", memory: Memory | None = None
) -> int:
    """How many tokens a new process need not evaluate."""
    memory = memory or Memory()
    slot = slot_of(memory)
    with disk(folder, key) as process:
        process.load(memory, slot, tokens)
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


def test_a_memory_that_cannot_be_cut_goes_back_to_a_checkpoint(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT, checkpoints=(300, 700, 900))
    for shared, useful in ((1000, 1000), (950, 900), (899, 700), (600, 0)):
        prompt = (*PROMPT[:shared], *[5] * 1000)
        assert loaded(tmp_path, prompt, memory=Memory(can_rewind=False)) == useful


def test_a_checkpoint_serves_later_questions_too(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT, checkpoints=(300, 700, 900))
    memory = Memory(can_rewind=False)
    slot = slot_of(memory)
    with disk(tmp_path) as process:
        process.load(memory, slot, (*PROMPT, 5))
    slot.rewind(800)
    assert len(slot.tokens) == memory.held == 700


def test_checkpoints_take_no_more_than_their_session(tmp_path: Path) -> None:
    """The latest are worth most: a regenerated answer needs the last one."""
    tokens = PROMPT[:400]
    small = Memory(ballast=0)
    size = 12 + 4 * len(tokens)
    large = state_after(320).ljust(size - len(state_after(350)), b"\0")
    slot = slot_of(small, tokens)
    slot.checkpoints.put([(300, state_after(300)), (320, large), (350, state_after(350))])
    with disk(tmp_path) as process:
        process.save(small, slot)
    assert next(tmp_path.glob("*.kv")).stat().st_size == 2 * size
    for shared, useful in ((360, 350), (340, 320), (310, 0)):
        prompt = (*tokens[:shared], *[5] * 400)
        assert loaded(tmp_path, prompt, memory=Memory(can_rewind=False)) == useful


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
    with disk(tmp_path) as process:
        process.load(memory, slot, PROMPT)
    assert memory.loads == 0


def test_a_conversation_that_comes_back_at_once_is_found(tmp_path: Path) -> None:
    memory = Memory()
    slot = slot_of(memory, PROMPT)
    with disk(tmp_path) as process:
        process.save(memory, slot)
        slot.clear()
        process.load(memory, slot, (*PROMPT, 1))
    assert len(slot.tokens) == 1000


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


def test_a_session_that_is_too_large_takes_no_place(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT)
    large = Memory(ballast=10**6)
    keep(tmp_path, PROMPT[::-1], most=10**5, memory=large)
    assert large.saves == 0
    larger_than_said = Memory(hidden=10**6)
    keep(tmp_path, PROMPT[::-1], most=10**5, memory=larger_than_said)
    assert larger_than_said.saves == 1
    assert loaded(tmp_path, (*PROMPT[::-1], 1)) == 0
    assert loaded(tmp_path, (*PROMPT, 1)) == 1000


def test_a_disk_that_is_nearly_full_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, PROMPT)
    nearly_full = shutil.disk_usage(tmp_path)._replace(free=50_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: nearly_full)
    memory = Memory(ballast=5000)
    keep(tmp_path, PROMPT[::-1], memory=memory)
    assert memory.saves == 0
    assert loaded(tmp_path, (*PROMPT, 1)) == 1000


def test_checkpoints_leave_the_session_its_place(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT, most=5025, checkpoints=(300, 900))
    assert loaded(tmp_path, (*PROMPT[:950], *[5] * 1000), memory=Memory(can_rewind=False)) == 900
    assert loaded(tmp_path, (*PROMPT[:800], *[5] * 1000), memory=Memory(can_rewind=False)) == 0


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
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    numbers = {"left": ended.pid, "old": os.getpid(), "fresh": os.getpid(), "nameless": "x"}
    parts = {name: tmp_path / f"{name}.{number}.part" for name, number in numbers.items()}
    for part in parts.values():
        part.write_bytes(b"half")
    os.utime(parts["old"], (1000, 1000))
    keep(tmp_path, PROMPT)
    assert [name for name, part in parts.items() if part.exists()] == ["fresh"]


def test_without_a_folder_nothing_is_kept() -> None:
    memory = Memory()
    with disk(None) as process:
        process.save(memory, slot_of(memory, PROMPT))
        process.load(memory, slot_of(memory), PROMPT)
    assert memory.loads == 0


def test_a_folder_that_cannot_be_written_does_no_harm() -> None:
    keep(Path("/dev/null/sessions"), PROMPT)


def test_a_conversation_is_forgotten_by_every_model(tmp_path: Path) -> None:
    mine, other = tuple(range(2000, 3000)), tuple(range(5000, 6000))
    keep(tmp_path, PROMPT, conversation="a chat")
    keep(tmp_path, PROMPT, key="another model", conversation="a chat")
    keep(tmp_path, mine, conversation="another chat")
    keep(tmp_path, other)
    unknown = tmp_path / "from-an-older-version.kv"
    unknown.write_bytes(b"words")
    with disk(tmp_path) as process:
        process.sessions.forget("a chat").result(60)
        assert not unknown.exists()
        assert len(list(tmp_path.iterdir())) == 4
        memory = Memory()
        slot = slot_of(memory)
        process.load(memory, slot, (*PROMPT, 1))
        assert slot.tokens == []
    assert loaded(tmp_path, (*mine, 1)) == loaded(tmp_path, (*other, 1)) == 1000


def test_what_is_being_written_is_forgotten_too(tmp_path: Path) -> None:
    memory = Memory(ballast=10**7)
    slot = slot_of(memory, PROMPT)
    slot.conversation = "a chat"
    with disk(tmp_path) as process:
        process.save(memory, slot)
        process.sessions.forget("a chat").result(60)
        assert list(tmp_path.iterdir()) == []


def test_without_a_model_a_conversation_is_forgotten_as_well(tmp_path: Path) -> None:
    keep(tmp_path, PROMPT, conversation="a chat")
    keep(tmp_path, PROMPT[::-1], conversation="another chat")
    delete_conversation(tmp_path, "a chat")
    delete_conversation(tmp_path / "missing", "a chat")
    assert loaded(tmp_path, (*PROMPT, 1)) == 0
    assert loaded(tmp_path, (*PROMPT[::-1], 1)) == 1000


def test_a_disk_that_is_full_costs_the_session_alone(tmp_path: Path) -> None:
    class Full(Memory):
        def save(self, _sequence: int, _tokens: Sequence[int], path: Path) -> bool:
            path.write_bytes(b"half of it")
            return False

    keep(tmp_path, PROMPT, memory=Full())
    assert list(tmp_path.iterdir()) == []
