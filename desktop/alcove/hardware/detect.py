"""Find out what this machine has, with everything that can hang or crash in a child process."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import IO

from alcove import children
from alcove.hardware import wire
from alcove.hardware.machine import Machine
from alcove.hardware.memory import read_memory
from alcove.hardware.survey import survey
from alcove.i18n import _

_GRACE_S = 1.0


@dataclass(frozen=True)
class _Answer:
    """The last machine that the child sent, and how it ended: its exit code, None if killed."""

    machine: Machine | None
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
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            return _Answer(None, 1, str(error))
        machines: list[Machine] = []
        code = _converse(process, machines, timeout_s)
        return _Answer(machines[-1] if machines else None, code, _last_line(errors))


def _converse(
    process: subprocess.Popen[bytes], machines: list[Machine], timeout_s: float
) -> int | None:
    """Send the request, collect what comes, and end the process; its exit code, None if killed."""
    assert process.stdin is not None
    assert process.stdout is not None
    reader = threading.Thread(target=_collect, args=(process.stdout, machines), daemon=True)
    reader.start()
    with suppress(OSError):  # it may have ended already
        process.stdin.write(b"{}\n")
        process.stdin.flush()
    reader.join(timeout_s)
    try:
        code = process.wait(0 if reader.is_alive() else _GRACE_S)
    except subprocess.TimeoutExpired:
        code = None
        process.kill()
        with suppress(subprocess.TimeoutExpired):  # a driver can hold it in the kernel for ever
            process.wait(_GRACE_S)
    with suppress(OSError):
        process.stdin.close()
    reader.join(_GRACE_S)
    if not reader.is_alive():
        process.stdout.close()
    return code


def _collect(lines: IO[bytes], machines: list[Machine]) -> None:
    for line in lines:
        with suppress(ValueError):  # rubbish
            machines.append(wire.from_json(json.loads(line)))


def _last_line(errors: IO[bytes]) -> str:
    size = errors.seek(0, 2)
    errors.seek(max(0, size - 4096))
    lines = errors.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _trouble(answer: _Answer, timeout_s: float) -> str | None:
    """Say what is missing from the answer and why, or None if it is complete."""
    if answer.exit_code == 0 and answer.machine is not None:
        return None
    stage = _stage(answer.machine)
    if answer.exit_code is None:
        return _("{stage} could not be found out: no answer within {seconds:g} seconds.").format(
            stage=stage, seconds=timeout_s
        )
    if answer.exit_code == 0:
        return _("{stage} could not be found out: the answer made no sense.").format(stage=stage)
    return _("{stage} could not be found out: the probe ended with code {code}. {reason}").format(
        stage=stage, code=answer.exit_code, reason=answer.last_words
    )


def _stage(machine: Machine | None) -> str:
    """Name what the probe, see its ``stages``, was about to find out."""
    if machine is None:
        return _("What llama.cpp can use")
    if machine.bandwidth is None:
        return _("The speed of the RAM")
    return _("GPUs that llama.cpp cannot use")
