"""Find out what this machine has, with everything that can hang or crash in a child process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from alcove import children
from alcove.children import Child
from alcove.errors import reason
from alcove.hardware import wire
from alcove.hardware.machine import Machine
from alcove.hardware.memory import read_memory
from alcove.hardware.survey import survey
from alcove.i18n import _

_GRACE_S = 1.0


@dataclass(frozen=True)
class _Answer:
    """The last machine that the child sent, after how many ``stages``, and how it ended.

    ``exit_code`` is None if it was killed.
    """

    machine: Machine | None
    stages: int
    exit_code: int | None
    last_words: str


def detect(timeout_s: float = 15.0, *, command: Sequence[str] | None = None) -> Machine:
    """Return this machine; takes about a second, and ``timeout_s`` if a driver hangs.

    Never raises for broken drivers or a broken llama.cpp: what they would have told is missing
    then, and a warning says so. ``command`` starts another probe than Alcove's own.
    """
    answer = _ask(command or children.command("alcove.hardware.probe"), timeout_s)
    machine = answer.machine or survey()
    warning = _trouble(answer, timeout_s)
    return replace(
        machine,
        memory=read_memory(),
        warnings=machine.warnings if warning is None else (*machine.warnings, warning),
    )


def _ask(command: Sequence[str], timeout_s: float) -> _Answer:
    try:
        child = Child(command, {})
    except OSError as error:
        return _Answer(None, 0, 1, reason(error))
    try:
        machines, complete = _listen(child, timeout_s)
        code = child.wait(_GRACE_S if complete else 0)
        last = machines[-1] if machines else None
        return _Answer(last, len(machines), code, child.last_words())
    finally:
        child.end(0)


def _listen(child: Child, timeout_s: float) -> tuple[list[Machine], bool]:
    """Return the machines that the child sent, and whether it said all it has to say."""
    deadline = time.monotonic() + timeout_s
    machines: list[Machine] = []
    try:
        while (message := child.receive(max(0.0, deadline - time.monotonic()))) is not None:
            with suppress(ValueError):  # rubbish
                machines.append(wire.from_json(message))
    except TimeoutError:
        return machines, False
    return machines, True


def _trouble(answer: _Answer, timeout_s: float) -> str | None:
    """Say what is missing from the answer and why, or None if it is complete."""
    if answer.exit_code == 0 and answer.machine is not None:
        return None
    stage = _stage(answer.stages)
    if answer.exit_code is None:
        return _(
            "{stage} could not be found out: no answer within {seconds:g} seconds. "
            "Restart the computer; if that does not help, update the GPU's driver."
        ).format(stage=stage, seconds=timeout_s)
    if answer.exit_code == 0:
        return _(
            "{stage} could not be found out: the answer made no sense. Install Alcove again."
        ).format(stage=stage)
    return _(
        "{stage} could not be found out: the probe ended with code {code} ({reason}). "
        "Update the GPU's driver; if that does not help, install Alcove again."
    ).format(stage=stage, code=answer.exit_code, reason=reason(answer.last_words or _("silent")))


def _stage(done: int) -> str:
    """Name what the probe, see its ``stages``, was about to find out."""
    if done == 0:
        return _("What llama.cpp can use")
    if done == 1:
        return _("The speed of the RAM")
    return _("GPUs that llama.cpp cannot use")
