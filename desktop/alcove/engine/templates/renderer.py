"""The process that renders templates, seen from outside: started, asked, watched, ended."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import psutil

from alcove import children
from alcove.children import Child
from alcove.errors import RequestError, reason
from alcove.i18n import _

Kind = Literal["unreadable", "refused", "failed", "excess"]

_WATCH_S = 0.02
_START_S = 30.0


@dataclass(frozen=True)
class Limits:
    """What one rendering may take: CPU time, RAM of the process, characters that come out."""

    seconds: float = 2.0
    memory_bytes: int = 2**29
    characters: int = 2**24


class TemplateFailure(Exception):
    """A template that rendered nothing.

    ``kind``: it is no Jinja, it refused the conversation, it failed, or it went beyond a limit.
    """

    def __init__(self, kind: Kind, reason: str = "") -> None:
        super().__init__(kind, reason)
        self.kind = kind
        self.reason = reason

    @property
    def depends_on_conversation(self) -> bool:
        """Whether the template may do with the conversation put differently."""
        return self.kind in ("refused", "failed")


class Renderer:
    """Renders one template after another in a process of its own. Any thread.

    A template can keep Python busy where nothing but the end of the process stops it, so that is
    what stops it; the next one gets a new process. The process ends with this object.
    """

    def __init__(self, limits: Limits = Limits()) -> None:
        """Start the process, which is ready a little later; raises RequestError."""
        self._limits = limits
        self._lock = threading.Lock()
        self._start()

    def render(self, source: str, variables: Mapping[str, Any]) -> str:
        """Return what ``source`` makes of ``variables``, which are JSON.

        Raises TemplateFailure, and RequestError if the process did not start.
        """
        with self._lock:
            if self._process.wait(0) is not None:
                self._end()
                self._start()
            try:
                answer = self._process.answer({"source": source, "variables": variables})
            except BaseException:
                self._end()
                raise
        if "text" not in answer:
            raise TemplateFailure(answer["kind"], answer["reason"])
        return str(answer["text"])

    def _start(self) -> None:
        try:
            self._process = _Process(self._limits)
        except OSError as error:
            raise _not_started(reason(error)) from error
        self._end = weakref.finalize(self, self._process.end, 0.0)


class _Process(Child):
    def __init__(self, limits: Limits) -> None:
        request = {"seconds": limits.seconds, "characters": limits.characters}
        super().__init__(children.command("alcove.engine.templates"), request)
        self._limits = limits
        self._interpreter: psutil.Process | None = None

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request and return the answer.

        Raises TemplateFailure if there is none within the limits, or the process ends.
        """
        interpreter = self._interpreter = self._interpreter or self._ready()
        try:
            self._ask(request)
        except RecursionError:  # it is nested more deeply than JSON can be written
            raise TemplateFailure("excess") from None
        end = _seconds(interpreter) + self._limits.seconds
        while _seconds(interpreter) < end and _memory(interpreter) < self._limits.memory_bytes:
            with suppress(TimeoutError):
                if answer := self.receive(_WATCH_S):
                    return answer
                break
        raise TemplateFailure("excess")

    def _ready(self) -> psutil.Process:
        """Wait for it and return the interpreter, which need not be what was started."""
        with suppress(TimeoutError, psutil.Error):
            if ready := self.receive(_START_S):
                return psutil.Process(ready["process"])
        raise _not_started(reason(self.last_words() or _("it does not answer")))


def _seconds(process: psutil.Process) -> float:
    """The CPU time that it has used; that the machine is busy makes no template a bad one."""
    with suppress(psutil.Error):  # it ends, and the next message says so
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _memory(process: psutil.Process) -> int:
    """The bytes of RAM that it takes."""
    with suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def _not_started(cause: str) -> RequestError:
    return RequestError(
        _("The process that renders chat templates did not start: {reason}.").format(reason=cause),
        _("Restart Alcove."),
    )
