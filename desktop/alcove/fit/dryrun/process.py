"""What a file would take, as llama.cpp says: the dry run as the rest of the program sees it."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

from alcove.errors import StorageError, reason
from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.child import Broken, Child, Late
from alcove.fit.price import CannotSay, Price, price_from_json
from alcove.fit.result import DeviceKind
from alcove.gguf.skeleton import Skeleton
from alcove.hardware.folders import require_writable
from alcove.i18n import _

_USUAL_BYTES = 340 * 10**6
_MOST_BYTES = 1500 * 10**6
"""What a dry run may take. Only recurrent states are really allocated: 0.2 GB for Falcon-H1 1.5B
Deep, 0.9 GB for Nemotron-H 56B. They grow with the weights, so that a small file may take less.
"""

_IDLE_SECONDS = 30.0

_Asked: TypeAlias = tuple[str, Configuration]
"""The key of a skeleton, and in which configuration its file was to be priced."""


@dataclass(frozen=True)
class DeviceMemory:
    """What ggml says of one device at this moment, in bytes.

    ``identity`` is its PCI address, where the backend tells it. On Linux and macOS the CPU calls
    all RAM free. The dry run itself holds a little of each GPU.
    """

    name: str
    description: str
    kind: DeviceKind
    identity: str | None
    free_bytes: int
    total_bytes: int


class DryRun:
    """Prices files in a process of its own, which starts with the first question.

    Where there are GPUs, that process holds a context on each. It ends when nothing was asked for a
    while, and stays away while something else needs them: see ``resting``.
    """

    def __init__(
        self, log: Path, time_limit: float = 15.0, idle_limit: float = _IDLE_SECONDS
    ) -> None:
        """``log`` gets what is printed.

        ``time_limit`` is how many seconds one answer may take, ``idle_limit`` after how many
        without a question the process ends.
        """
        self._log = log
        self._time_limit = time_limit
        self._idle_limit = idle_limit
        self._turn = threading.Condition()
        """Held by whoever asks; told when a rest is over."""
        self._rests = 0
        self._closings = 0
        """How often it was closed: then nothing can be learned from how a question ended."""
        self._child: Child | None = None
        self._gone = threading.Event()
        """Set when the process has ended; another one has another."""
        self._used = 0.0
        self._resting_bytes = 0
        self._cannot: CannotSay | None = None
        """Why the process does not start, until the next rest: each try may take long."""
        self._mute = False
        """Whether the process broke when it was asked for memory; until the next rest, too."""
        self._failures: dict[_Asked, CannotSay] = {}
        self._late: set[_Asked] = set()
        """What was not answered in time since the last rest."""

    def __enter__(self) -> DryRun:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def price(
        self, skeleton: Skeleton, configurations: Sequence[Configuration]
    ) -> tuple[Price, ...]:
        """Return a price for each configuration, in order.

        Threads wait for one another, and for the end of a rest. A configuration of a file that
        broke the process is not tried again; one that was too slow twice, not until the next rest.
        """
        with self._turn:
            self._turn.wait_for(lambda: not self._rests)
            failed = {each for each in configurations if (skeleton.key, each) in self._failures}
            tried = [each for each in configurations if each not in failed]
            prices = dict(zip(tried, self._prices(skeleton, tried), strict=True))
            return tuple(
                prices.get(each) or self._failures[skeleton.key, each] for each in configurations
            )

    @property
    def resting_bytes(self) -> int:
        """RAM that the process takes, or took, beside what it prices; 0 before there was one."""
        return self._resting_bytes

    def memory(self) -> tuple[DeviceMemory, ...]:
        """Return what the devices of llama.cpp have now.

        Nothing if the process cannot say, or rests.
        """
        with self._turn:
            if self._rests or self._mute:
                return ()
            closings, child = self._closings, self._ready()
            if isinstance(child, CannotSay):
                return ()
            try:
                child.ask({})
                answer = child.answer(self._time_limit)
            except Broken:
                self._mute = closings == self._closings
                self._end()
                return ()
            self._used = time.monotonic()
        return tuple(DeviceMemory(**device) for device in answer["memory"])

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Keep the process away in the block.

        It ends when it has answered; questions for prices that come then wait, so that the block
        itself must ask none.
        """
        with self._turn:
            self._rests += 1
            self._end()
            self._cannot, self._mute = None, False
            for asked in self._late:
                self._failures.pop(asked, None)
            self._late.clear()
        try:
            yield
        finally:
            with self._turn:
                self._rests -= 1
                self._turn.notify_all()

    def close(self) -> None:
        """End the process at once, even if it is asked something; waits for nobody else.

        The next question starts another.
        """
        self._closings += 1
        self._cannot, self._mute = None, False
        self._gone.set()
        if (child := self._child) is not None:
            child.kill()  # whoever waits for its answer finds it broken

    def _prices(self, skeleton: Skeleton, tried: Sequence[Configuration]) -> list[Price]:
        """Price until the process breaks; nothing can be said about what comes after."""
        prices: list[Price] = []
        if not tried:
            return prices
        closings, child = self._closings, self._ready()
        if isinstance(child, CannotSay):
            return [child] * len(tried)
        most_bytes = min(_USUAL_BYTES + skeleton.file_size // 40, _MOST_BYTES)
        self._used = time.monotonic()
        try:
            child.ask(_request(skeleton, tried))
            while len(prices) < len(tried):
                answer = child.answer(self._time_limit, most_bytes)
                prices.append(price_from_json(answer))
                self._used = time.monotonic()
        except Broken as error:
            self._end()
            failure = CannotSay(_("The dry run of this file failed: {how}.").format(how=error))
            if closings == self._closings:
                asked = skeleton.key, tried[len(prices)]
                self._blame(asked, failure, late=isinstance(error, Late))
            prices += [failure] * (len(tried) - len(prices))
        return prices

    def _blame(self, asked: _Asked, failure: CannotSay, *, late: bool) -> None:
        """Remember a failure, unless it was the first time that an answer only came too late."""
        if not late or asked in self._late:
            self._failures[asked] = failure
        if late:
            self._late.add(asked)

    def _ready(self) -> Child | CannotSay:
        """Return the process, started if there is none, or why there can be none."""
        if self._cannot is not None:
            return self._cannot
        if self._child is not None and self._child.is_alive:
            return self._child
        self._end()
        return self._begin()

    def _begin(self) -> Child | CannotSay:
        """Start the process, and what ends it when it is idle."""
        closings = self._closings
        try:
            require_writable(self._log.parent)
            self._child = child = self._start()
        except (Broken, OSError, StorageError) as error:
            failure = _cannot_start(error)
            if closings == self._closings:
                self._cannot = failure
            return failure
        if closings != self._closings:  # whoever closed it could not know of this one yet
            self._end()
            return _cannot_start(Broken(_("it was ended")))
        self._resting_bytes, self._used = child.resting_bytes, time.monotonic()
        self._gone = threading.Event()
        idle = threading.Thread(
            target=self._end_idle, args=(child, self._gone), name="dry-run-idle", daemon=True
        )
        idle.start()
        return child

    def _start(self) -> Child:
        try:
            return Child(self._log, self._time_limit)
        except Late:  # the first start reads much from disk, the second little
            return Child(self._log, self._time_limit)
        except Broken:  # perhaps only its exact account is not what we take it for
            return Child(self._log, self._time_limit, "--logged")

    def _end_idle(self, child: Child, gone: threading.Event) -> None:
        """Wait until the process has ended, or nothing was asked of it for long: then end it."""
        left = self._idle_limit
        while not gone.wait(left):
            with self._turn:
                left = self._used + self._idle_limit - time.monotonic()
                if left <= 0 and self._child is child:
                    self._end()

    def _end(self) -> None:
        self._gone.set()
        if self._child is not None:
            self._child.kill()
            self._child = None


def _request(skeleton: Skeleton, configurations: Sequence[Configuration]) -> dict[str, Any]:
    return {
        "skeleton": base64.b64encode(skeleton.data).decode(),
        "file_size": skeleton.file_size,
        "configurations": [asdict(each) for each in configurations],
    }


def _cannot_start(error: Exception) -> CannotSay:
    if isinstance(error, StorageError):
        return CannotSay(_("The dry run could not be started. {why}").format(why=error))
    return CannotSay(_("The dry run could not be started: {how}.").format(how=reason(error)))
