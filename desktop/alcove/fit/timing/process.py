"""Timings as the rest of the program asks for them: taken in a process of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from alcove import children
from alcove.children import Child
from alcove.errors import AlcoveError, EngineError, EngineStopped, LoadError, Remedy, reason
from alcove.fit.timing.job import Job, Timing
from alcove.hardware.folders import require_writable
from alcove.i18n import _

_HEARTBEAT_S = 0.1
_GRACE_S = 60.0

_ENVIRONMENT = {"GOMP_SPINCOUNT": "5000", "GGML_NO_BACKTRACE": "1"}
"""Threads wait for one another as those of a model process do (``engine.process.YIELDING``); an
abort needs no debugger to describe it."""


def take_timings(
    jobs: Sequence[Job],
    report: Callable[[float], None],
    log: Path,
    seconds: float,
    *,
    least: int = 1,
) -> list[Timing]:
    """Do ``jobs`` in order and return their timings; those left out after ``seconds`` lack.

    ``report`` gets fractions of 1, at least ten times a second; whatever it raises ends the process
    and is passed on. What llama.cpp prints goes to ``log``. Raises LoadError and EngineError, also
    if fewer than ``least`` jobs were done, and StorageError where there can be no ``log``.
    """
    require_writable(log.parent)
    request = {"jobs": [job.to_json() for job in jobs], "seconds": seconds}
    try:
        child = Child(
            children.command("alcove.fit.timing"),
            request,
            environment=_ENVIRONMENT | os.environ,
            log=log,
        )
    except OSError as error:
        raise EngineError(
            _("The measurement could not be started: {reason}.").format(reason=reason(error)),
            _("Close other programs and try again."),
            Remedy.RETRY,
        ) from error
    try:
        timings = _listen(child, len(jobs), report, time.monotonic() + seconds + _GRACE_S)
    finally:
        child.end(0)
    if len(timings) < least:
        raise _stopped(_("The measurement took too long."))
    return timings


def _listen(
    child: Child, count: int, report: Callable[[float], None], deadline: float
) -> list[Timing]:
    timings: list[Timing] = []
    fraction = 0.0
    while len(timings) < count:
        report(fraction)
        try:
            message = child.receive(_HEARTBEAT_S)
        except TimeoutError:
            if time.monotonic() > deadline:
                raise _broken(_("it took too long")) from None
            continue
        if message is None:
            status = child.wait(_GRACE_S)
            if status == 0:
                break
            raise _broken(children.ending(status))
        if "failed" in message:
            raise _refused(message)
        if "timing" in message:
            timings.append(tuple(tuple(measure) for measure in message["timing"]))
        else:
            fraction = message["fraction"]
    report(1.0)
    return timings


def _refused(message: dict[str, Any]) -> AlcoveError:
    return LoadError(
        _("llama.cpp does not run this model: {reason}.").format(reason=reason(message["failed"])),
        _("Go by the estimate, or choose another quantization."),
        Remedy.CHOOSE_MODEL,
    )


def _broken(how: str) -> AlcoveError:
    return _stopped(_("The measurement failed: {how}.").format(how=how))


def _stopped(cause: str) -> AlcoveError:
    return EngineStopped(cause, _("Close other programs and try again."), Remedy.RETRY)
