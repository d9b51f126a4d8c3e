"""What this machine has: RAM, processor, GPUs, and the backends of the installed llama.cpp."""

from __future__ import annotations

from alcove.hardware.detect import detect
from alcove.hardware.memory import read_memory
from alcove.hardware.report import Finding, findings, folder_findings

__all__ = ["Finding", "detect", "findings", "folder_findings", "read_memory"]
