"""What a file would take, as llama.cpp says: the dry run as the rest of the program sees it."""

from __future__ import annotations

import base64
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.child import Broken, Child
from alcove.fit.price import CannotSay, Price, price_from_json
from alcove.fit.result import DeviceKind
from alcove.gguf.skeleton import Skeleton
from alcove.i18n import _

_USUAL_BYTES = 340 * 10**6
_MOST_BYTES = 1500 * 10**6
"""What a dry run may take. Only recurrent states are really allocated: 0.2 GB for Falcon-H1 1.5B
Deep, 0.9 GB for Nemotron-H 56B. They grow with the weights, so that a small file may take less.
"""


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

    Where there are GPUs, that process holds a context on each: ``close`` it before a model is
    loaded for real; the next question starts it again.
    """

    def __init__(self, log: Path, time_limit: float = 15.0) -> None:
        """``time_limit`` is how many seconds one answer may take; ``log`` gets what is printed."""
        self._log = log
        self._time_limit = time_limit
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._resting_bytes = 0
        self._cannot: CannotSay | None = None
        """Why the process does not start, until ``close``: each try may take long."""
        self._failures: dict[tuple[bytes, Configuration], CannotSay] = {}

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
        """Return a price for each configuration, in order. Threads wait for one another.

        A configuration of a file that broke the process is not tried again.
        """
        with self._lock:
            failed = {each for each in configurations if (skeleton.data, each) in self._failures}
            tried = [each for each in configurations if each not in failed]
            prices = dict(zip(tried, self._prices(skeleton, tried), strict=True))
            return tuple(
                prices.get(each) or self._failures[skeleton.data, each] for each in configurations
            )

    @property
    def resting_bytes(self) -> int:
        """RAM that the process takes, or took, beside what it prices; 0 before there was one."""
        return self._resting_bytes

    def memory(self) -> tuple[DeviceMemory, ...]:
        """Return what the devices of llama.cpp have now; nothing if the process cannot say."""
        with self._lock:
            try:
                child = self._ready()
                child.ask({})
                answer = child.answer(self._time_limit)
            except (Broken, OSError):
                self._end()
                return ()
        return tuple(DeviceMemory(**device) for device in answer["memory"])

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._cannot = None
            self._end()

    def _prices(self, skeleton: Skeleton, tried: Sequence[Configuration]) -> list[Price]:
        """Price until the process breaks; nothing can be said about what comes after."""
        prices: list[Price] = []
        if not tried:
            return prices
        if self._cannot is not None:
            return [self._cannot] * len(tried)
        try:
            child = self._ready()
        except (Broken, OSError) as error:
            self._cannot = _cannot_start(error)
            return [self._cannot] * len(tried)
        most_bytes = min(_USUAL_BYTES + skeleton.file_size // 40, _MOST_BYTES)
        try:
            child.ask(_request(skeleton, tried))
            while len(prices) < len(tried):
                answer = child.answer(self._time_limit, most_bytes)
                prices.append(price_from_json(answer))
        except Broken as error:
            self._end()
            failure = CannotSay(_("The dry run of this file failed: {how}.").format(how=error))
            self._failures[skeleton.data, tried[len(prices)]] = failure
            prices += [failure] * (len(tried) - len(prices))
        return prices

    def _ready(self) -> Child:
        if self._child is not None and not self._child.is_alive:
            self._end()
        if self._child is None:
            self._child = self._start()
            self._resting_bytes = self._child.resting_bytes
        return self._child

    def _start(self) -> Child:
        try:
            return Child(self._log, self._time_limit)
        except Broken:  # perhaps only its exact account is not what we take it for
            return Child(self._log, self._time_limit, "--logged")

    def _end(self) -> None:
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
    return CannotSay(_("The dry run could not be started: {how}.").format(how=error))
