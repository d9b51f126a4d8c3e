"""The sequences of a model process, and what each of them remembers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from alcove.llama.context import Context

_STEP = 4096
"""Tokens between two checkpoints on the way through a long prompt."""

_TAIL = 8
"""Tokens before the end of a prompt at which its last checkpoint is: what a template puts there to
begin the answer differs from what it puts there later.
"""


class Checkpoints:
    """States of one sequence to which it can go back, where its memory cannot be cut."""

    def __init__(self, context: Context, sequence: int, most: int, most_bytes: int) -> None:
        """Keep at most so many, and no more than so many bytes."""
        self._context = context
        self._sequence = sequence
        self._most = most
        self._most_bytes = most_bytes
        self._kept: list[tuple[int, bytearray]] = []
        """Numbers of tokens and states, in order."""

    def stops(self, start: int, end: int) -> Iterator[int]:
        """Yield where evaluation from ``start`` to ``end`` must pause for a checkpoint."""
        if self._context.can_rewind:
            return
        last = end - _TAIL
        yield from range((start // _STEP + 1) * _STEP, last, _STEP)
        if last > start:
            yield last

    def take(self, count: int) -> None:
        """Keep the state after ``count`` tokens, which is that of now."""
        state = self._context.state(self._sequence)
        if len(state) > self._most_bytes:
            return
        self.forget_beyond(count - 1)
        self.put([*self._kept, (count, state)])

    def put(self, states: Iterable[tuple[int, bytearray]]) -> None:
        """Keep these states in place of others, the latest if they are too many."""
        self._kept = list(states)
        while len(self._kept) > self._most or self._bytes > self._most_bytes:
            self._kept.pop(0)

    def latest(self, most_bytes: int) -> list[tuple[int, bytearray]]:
        """Return the latest states that are no more than so many bytes, in order."""
        latest: list[tuple[int, bytearray]] = []
        for count, state in reversed(self._kept):
            most_bytes -= len(state)
            if most_bytes < 0:
                break
            latest.insert(0, (count, state))
        return latest

    def restore(self, count: int) -> int:
        """Go back to ``count`` tokens, or to the last checkpoint before; return how many remain."""
        self.forget_beyond(count)
        if self._kept:
            remaining, state = self._kept[-1]
            if self._context.restore(self._sequence, remaining, state):
                return remaining
        self._kept.clear()
        self._context.forget(self._sequence)
        return 0

    def forget_beyond(self, count: int) -> None:
        """Drop the states of more than ``count`` tokens, which are others now."""
        self._kept = [each for each in self._kept if each[0] <= count]

    @property
    def _bytes(self) -> int:
        return sum(len(state) for _count, state in self._kept)


class Slot:
    """One sequence: the tokens that its memory holds. A job has it for itself while it runs."""

    def __init__(self, number: int, context: Context, checkpoints: Checkpoints) -> None:
        self.number = number
        self.tokens: list[int] = []
        self.checkpoints = checkpoints
        self.conversation = ""
        """What the client calls the conversation that it holds; empty if it does not say."""
        self.busy = False
        self.used = 0
        """When it was used last, in jobs since the start."""
        self.unsaved = False
        """Whether it holds more than what was saved of it."""
        self._context = context

    def shared(self, tokens: Sequence[int]) -> int:
        """Count the first tokens that it has in common with others."""
        return common(self.tokens, tokens)

    def rewind(self, count: int) -> None:
        """Go back to the first ``count`` tokens, or to fewer where the memory wants that."""
        if count < len(self.tokens):
            self._cut(count)

    def settle(self) -> None:
        """Bring the memory back to the tokens, after an evaluation that broke off."""
        self._cut(len(self.tokens))

    def clear(self) -> None:
        """Forget everything, also what an evaluation left that nobody knows of."""
        self._cut(0)
        self.conversation = ""
        self.unsaved = False

    def take_from(self, other: Slot, count: int) -> None:
        """Begin with the first ``count`` tokens of another slot, which are not evaluated again."""
        self.clear()
        self._context.share(other.number, self.number, count)
        self.tokens = other.tokens[:count]

    def _cut(self, count: int) -> None:
        if not self._context.cut(self.number, count):
            count = self.checkpoints.restore(count)
        self.checkpoints.forget_beyond(count)
        del self.tokens[count:]


def common(first: Sequence[int], second: Sequence[int]) -> int:
    """Return the length of the longest beginning that two lists have in common."""
    low, high = 0, min(len(first), len(second))
    if list(first[:high]) == list(second[:high]):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if list(first[low:middle]) == list(second[low:middle]):
            low = middle
        else:
            high = middle
    return low
