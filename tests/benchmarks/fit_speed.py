"""How fast the dry run prices files: a list of them, and one file at the next context.

    python tests/benchmarks/fit_speed.py

Prints the time of the first question, which starts the process; of 50 files, none of them asked
about before; and of one step of a context slider. Fails above 1 s for the files, or 16 ms for the
median step.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import replace
from itertools import islice, product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.dryrun.specimen import CONTEXT, specimen
from alcove.fit.price import Buffers
from alcove.gguf.skeleton import Skeleton, skeleton_of
from fit.synthetic_shapes import shapes

FILES = 50
MOST_SECONDS = 1.0
MOST_STEP_SECONDS = 0.016


def main() -> int:
    files = skeletons()
    with tempfile.TemporaryDirectory() as folder, DryRun(Path(folder, "log")) as dry_run:
        first = seconds(dry_run, specimen(), CONTEXT)
        listed = [seconds(dry_run, skeleton, 8192) for skeleton in files]
        steps = {
            shape.name: steps_of(dry_run, skeleton)
            for shape, skeleton in zip(shapes(), files, strict=False)
        }
    print(f"start of the process, first answer: {first * 1e3:.0f} ms")
    print(
        f"{FILES} files at 8k: {sum(listed) * 1e3:.0f} ms, one at most {max(listed) * 1e3:.0f} ms"
    )
    for name, times in steps.items():
        median, worst = statistics.median(times), max(times)
        print(f"context step, {name:<26} {median * 1e3:>5.1f} ms, worst {worst * 1e3:>5.1f} ms")
    slowest = max(map(statistics.median, steps.values()))
    return 0 if sum(listed) < MOST_SECONDS and slowest < MOST_STEP_SECONDS else 1


def skeletons() -> list[Skeleton]:
    """Make 50 files of all shapes; no two are alike, so that each has to be loaded."""
    made = []
    for turn, shape in islice(product(range(FILES), shapes()), FILES):
        named = {**shape.hyperparameters, "turn": turn}
        skeleton = skeleton_of(replace(shape, hyperparameters=named).headers())
        assert skeleton.header.tensors  # parsed, as one that was kept
        made.append(skeleton)
    return made


def steps_of(dry_run: DryRun, skeleton: Skeleton) -> list[float]:
    """Price one file at 40 contexts, as a slider that is dragged does."""
    seconds(dry_run, skeleton, 4096)
    return [seconds(dry_run, skeleton, 4096 + 512 * step) for step in range(40)]


def seconds(dry_run: DryRun, skeleton: Skeleton, context: int) -> float:
    """Time one answer."""
    start = time.perf_counter()
    (price,) = dry_run.price(skeleton, [Configuration(context)])
    duration = time.perf_counter() - start
    assert isinstance(price, Buffers), price
    return duration


if __name__ == "__main__":
    sys.exit(main())
