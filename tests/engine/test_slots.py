"""What a slot remembers, and how it goes back."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcove.engine.slots import Checkpoints, Slot, common


@dataclass
class Memory:
    """Stands for llama.cpp's context: what it can cut, and what it was told."""

    can_rewind: bool
    lengths: dict[int, int] = field(default_factory=dict)
    state_bytes: int = 10

    def cut(self, sequence: int, count: int) -> bool:
        if not self.can_rewind and 0 < count < self.lengths.get(sequence, 0):
            return False
        self.lengths[sequence] = count
        return True

    def forget(self, sequence: int) -> None:
        self.lengths[sequence] = 0

    def state(self, sequence: int) -> bytearray:
        return bytearray(self.lengths[sequence].to_bytes(self.state_bytes, "little"))

    def restore(self, sequence: int, count: int, state: bytearray) -> bool:
        self.lengths[sequence] = int.from_bytes(state, "little")
        return self.lengths[sequence] == count

    def share(self, source: int, target: int, count: int) -> None:
        assert self.lengths[source] >= count
        self.lengths[target] = count


def slot_of(memory: Memory, number: int = 0, most_bytes: int = 1000) -> Slot:
    memory.lengths[number] = 0
    return Slot(number, memory, Checkpoints(memory, number, 3, most_bytes))  # type: ignore[arg-type]


def read(slot: Slot, memory: Memory, count: int) -> None:
    """Have a slot read a prompt, with the checkpoints that it wants on the way."""
    for stop in [*slot.checkpoints.stops(len(slot.tokens), count), count]:
        slot.tokens.extend(range(len(slot.tokens), stop))
        memory.lengths[slot.number] = stop
        if stop < count:
            slot.checkpoints.take(stop)


def test_a_plain_memory_is_cut_anywhere_and_needs_no_checkpoints() -> None:
    memory = Memory(can_rewind=True)
    slot = slot_of(memory)
    assert list(slot.checkpoints.stops(0, 10_000)) == []
    read(slot, memory, 10_000)
    slot.rewind(123)
    assert len(slot.tokens) == memory.lengths[0] == 123


def test_a_memory_that_cannot_be_cut_goes_back_to_a_checkpoint() -> None:
    memory = Memory(can_rewind=False)
    slot = slot_of(memory)
    read(slot, memory, 10_000)
    slot.rewind(9_995)
    assert len(slot.tokens) == memory.lengths[0] == 9_992
    slot.rewind(9_000)
    assert len(slot.tokens) == memory.lengths[0] == 8_192
    slot.rewind(100)
    assert len(slot.tokens) == memory.lengths[0] == 0


def test_the_oldest_checkpoints_are_dropped() -> None:
    memory = Memory(can_rewind=False)
    slot = slot_of(memory)
    read(slot, memory, 20_000)
    slot.rewind(12_000)
    assert slot.tokens == []  # those of 4,096 and 8,192 tokens were the first of five


def test_states_that_are_too_large_are_never_kept() -> None:
    memory = Memory(can_rewind=False, state_bytes=2000)
    slot = slot_of(memory)
    read(slot, memory, 5_000)
    slot.rewind(4_995)
    assert slot.tokens == []


def test_a_beginning_is_taken_over_from_another_slot() -> None:
    memory = Memory(can_rewind=True)
    one, other = slot_of(memory), slot_of(memory, 1)
    read(one, memory, 300)
    other.take_from(one, 200)
    assert other.tokens == one.tokens[:200]
    assert memory.lengths == {0: 300, 1: 200}


@given(st.lists(st.integers(0, 2)), st.lists(st.integers(0, 2)))
def test_common_beginnings(first: list[int], second: list[int]) -> None:
    count = common(first, tuple(second))
    assert first[:count] == second[:count]
    assert first[: count + 1] != second[: count + 1] or count == min(len(first), len(second))


@pytest.mark.parametrize("count", [0, 1, 50_000])
def test_common_beginnings_of_long_lists(count: int) -> None:
    assert common(list(range(100_000)), [*range(count), -1, *range(50_000)]) == count
