"""What can be said of this machine without asking any native library."""

from __future__ import annotations

import platform
from pathlib import Path

from alcove.hardware.cpu import read_cpu
from alcove.hardware.machine import Machine
from alcove.hardware.memory import read_memory
from alcove.i18n import _


def survey(root: Path = Path("/")) -> Machine:
    """Read RAM and processor; GPUs, llama.cpp and bandwidth stay unknown."""
    return Machine(
        system=platform.system(),
        memory=read_memory(root),
        cpu=read_cpu(root),
        gpus=(),
        llama=None,
        warnings=_warnings(root),
    )


def _warnings(root: Path) -> tuple[str, ...]:
    try:
        kernel = (root / "proc/version").read_text().casefold()
    except OSError:
        return ()
    if "microsoft" not in kernel:
        return ()
    return (
        _(
            "This is the Windows Subsystem for Linux: its RAM is what Windows lends it, half of "
            'the computer\'s by default; "memory=" in .wslconfig raises it.'
        ),
    )
