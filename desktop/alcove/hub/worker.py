"""The transfer process as its supervisor sees it, and what is known of how it died before."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from alcove.children import Child, command
from alcove.hub.items import Item
from alcove.hub.options import TransferOptions
from alcove.hub.problems import Problem

_LONGEST_PAUSE_S = 30.0
_ENVIRONMENT = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_SYMLINKS_WARNING": "1",
    "HF_XET_TELEMETRY_ENABLED": "0",
}


class Worker:
    """The transfer process, and what it said last of the items that it runs."""

    def __init__(self, request: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self._child = Child(command("alcove.hub.transfer"), request, environment=environment)
        self._progress: dict[int, dict[str, Any]] = {}
        self.problem: Problem | None = None
        self.last_words = ""

    @property
    def pid(self) -> int:
        """The operating system's number of the process."""
        return self._child.pid

    def listen(self) -> bool:
        """Take in all that was said; return whether more may come."""
        with suppress(TimeoutError):
            while (message := self._child.receive(0)) is not None:
                match message:
                    case {"event": "progress", "id": item_id, "progress": progress}:
                        self._progress[item_id], self.problem = progress, None
                    case {"event": "troubled", "problem": problem}:
                        self.problem = Problem.from_json(problem)
            return False
        return True

    def overlaid(self, items: tuple[Item, ...]) -> tuple[Item, ...]:
        """Return the items, those that run as far as they are at this moment."""
        return tuple(
            replace(item, **self._progress.get(item.id, {}))
            if item.state == "running" and item.owner == self.pid
            else item
            for item in items
        )

    def end(self) -> int | None:
        """End it, and return its exit code."""
        self.last_words = self._child.last_words()
        self._child.end()
        return self._child.wait(0)


class Crashes:
    """How often the process died without getting on, and how long it is left alone for it."""

    def __init__(self) -> None:
        self._count = 0
        self._received = -1
        self._until = 0.0

    def note(self, running: Item | None) -> int:
        """Note one while ``running`` was run; return how many there were without a new byte."""
        received = running.received_bytes if running else self._received
        self._count = 1 if received != self._received else self._count + 1
        self._received = received
        pause = min(_LONGEST_PAUSE_S, 0.1 * 2**self._count)
        self._until = time.monotonic() + pause * random.uniform(0.5, 1.0)
        return self._count

    def is_over(self) -> bool:
        """Whether the process may be started now."""
        return time.monotonic() >= self._until


def environment(options: TransferOptions) -> dict[str, str]:
    """Return the environment of the process."""
    return os.environ | _ENVIRONMENT | ({} if options.xet else {"HF_HUB_DISABLE_XET": "1"})
