"""Verdicts on 100 random plans, each against a hard limit on memory, and what then happens.

    python tests/benchmarks/fit_caps.py [COUNT [FIRST]]

Each plan is a small random model, a random configuration, and a limit of 0.7 to 1.3 times what is
foretold for the process. The verdict is "fits" where the limit leaves room for the forecast and
the precision that is claimed for it, 1 % or 12 MiB; then the model is loaded under the limit and
its context filled. Prints what was said and what happened, and fails if a plan that was said to
fit does not load, or one that was refused does though the forecast is beyond the limit by more
than that precision.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx2
import psutil

from alcove.engine.process import ModelProcess
from alcove.errors import EngineError
from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.price import Buffers
from alcove.fit.process_memory import checkpoint_bytes, overhead_bytes
from alcove.fit.shape import shape_from_skeleton
from alcove.gguf.skeleton import read_skeleton
from fit.synthetic_cap import Cap
from fit.synthetic_filling import fill, options_for
from fit.synthetic_random import random_model

MIB = 2**20
SHARE, LEAST = 0.01, 12 * MIB
THREADS = 1  # several wait for one another where other programs run, which takes many times longer


@dataclass(frozen=True)
class Plan:
    """One model file, how to load it, what it will take and what it may take, in bytes."""

    path: Path
    configuration: Configuration
    need_bytes: int
    cap_bytes: int

    @property
    def precision_bytes(self) -> int:
        return round(max(SHARE * self.need_bytes, LEAST))

    @property
    def fits(self) -> bool:
        return self.need_bytes + self.precision_bytes <= self.cap_bytes

    @property
    def is_close(self) -> bool:
        return abs(self.need_bytes - self.cap_bytes) <= self.precision_bytes


def main() -> int:
    signal.signal(signal.SIGTERM, end)
    count, first = (int(each) for each in [*sys.argv[1:], "100", "0"][:2])
    outcomes = Counter[tuple[str, str]]()
    with tempfile.TemporaryDirectory() as name, DryRun(Path(name, "dry-run.log")) as dry_run:
        folder = Path(name)
        cap = Cap(folder)
        try:
            uncharged = uncharged_bytes(cap, folder)
            print(f"limit by {cap.kind}; {uncharged / MIB:+.1f} MiB are not charged to it")
            for seed in range(first, first + count):
                outcomes[tried(cap, uncharged, plan_of(Random(seed), folder, dry_run))] += 1
        finally:
            cap.close()
    return report(outcomes)


def end(_signal: int, _frame: object) -> None:
    """Leave in order, so that processes end and the control group is removed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)


def report(outcomes: Counter[tuple[str, str]]) -> int:
    for (said, happened), number in sorted(outcomes.items()):
        print(f"{number:>4} {said:<32} {happened}")
    unsafe = outcomes["fits", "failed"]
    strict = outcomes["refused", "loads"]
    close = outcomes["refused, within precision", "loads"]
    print(f"said to fit, but failed: {unsafe}")
    print(f"refused, but loads: {strict}, and within precision {close}")
    return 1 if unsafe or strict or not outcomes else 0


def plan_of(random: Random, folder: Path, dry_run: DryRun) -> Plan:
    """Draw a model, write its file, and foretell what it takes."""
    shape = random_model(random)
    configuration = Configuration(
        context=random.randrange(256, 1792, 256),
        kv_type=random.choice(["f16", "q8_0"]),
        batch=random.choice([64, 128, 256, 512]),
    )
    (path,) = shape.write(folder)
    need = need_bytes(path, configuration, dry_run)
    return Plan(path, configuration, need, round(need * random.uniform(0.7, 1.3)))


def need_bytes(path: Path, configuration: Configuration, dry_run: DryRun) -> int:
    skeleton = read_skeleton([path])
    (price,) = dry_run.price(skeleton, [configuration])
    assert isinstance(price, Buffers), price
    shape = shape_from_skeleton(skeleton)
    return price.total_bytes + overhead_bytes(shape) + checkpoint_bytes(shape, configuration)


def tried(cap: Cap, uncharged: int, plan: Plan) -> tuple[str, str]:
    """Load a plan under its limit; return what was said and what happened."""
    start = time.perf_counter()
    said = "fits" if plan.fits else "refused, within precision" if plan.is_close else "refused"
    with cap.held(plan.cap_bytes - uncharged):
        happened = "loads" if loads(plan) else "failed"
    print(
        f"{plan.path.stem:<10} {plan.configuration.context:>5} {plan.configuration.kv_type:<5}"
        f" {plan.configuration.batch:>4} need {plan.need_bytes / MIB:>6.0f} limit"
        f" {plan.cap_bytes / MIB:>6.0f} MiB  {said}: {happened}"
        f"  ({time.perf_counter() - start:.1f} s)",
        flush=True,
    )
    plan.path.unlink()
    return said, happened


def loads(plan: Plan) -> bool:
    """Whether the model loads and answers with a full context."""
    log = plan.path.with_suffix(".log")
    try:
        process = ModelProcess.start(
            options_for(plan.path, plan.configuration, THREADS), lambda _fraction: None, log
        )
    except EngineError:
        return False
    try:
        fill(process)
    except (httpx2.HTTPError, KeyError):
        return False
    finally:
        process.stop()
    return True


def uncharged_bytes(cap: Cap, folder: Path) -> int:
    """Return what a process takes of what is counted as its memory, but not against the limit.

    A control group is not charged for the libraries that other processes had read before.
    RLIMIT_DATA is charged for what was asked for and never used.
    """
    shape = random_model(Random(-1))
    (path,) = shape.write(folder)
    options = options_for(path, Configuration(1024), THREADS)
    process = ModelProcess.start(options, lambda _fraction: None, folder / "log")
    try:
        fill(process)
        memory = psutil.Process(process.pid).memory_info()
    finally:
        process.stop()
    path.unlink()
    if cap.kind == "RLIMIT_DATA":
        return int(memory.rss - memory.data)
    return int(memory.shared)


if __name__ == "__main__":
    sys.exit(main())
