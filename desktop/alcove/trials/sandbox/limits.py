"""What code of an answer may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """CPU time and time in all in seconds; RAM, output and files in bytes; processes and threads.

    ``seconds`` leaves a busy machine ten times as long as the code needs of its CPU.
    """

    cpu_seconds: int = 6
    seconds: float = 60.0
    memory_bytes: int = 2**29
    output_bytes: int = 2**16
    file_bytes: int = 2**24
    processes: int = 32
