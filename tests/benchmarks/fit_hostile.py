"""What becomes of thousands of damaged headers on their way through the dry run.

    python tests/benchmarks/fit_hostile.py [COUNT]

Prints how many were priced, refused and so on, the longest time and the largest memory of the
dry-run process; fails where one takes more than 2 s or 500 MB, or where a sound file afterwards is
not priced.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil
from hypothesis import HealthCheck, Phase, given, seed, settings

from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.dryrun.specimen import CONTEXT, specimen
from alcove.fit.price import Buffers
from fit.synthetic_hostile import SECONDS, Outcome, hostile_headers, outcome

MOST_BYTES = 500_000_000


class MemoryWatch(threading.Thread):
    """Notes the most memory that any child of this process has had."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most_bytes = 0
        self._end = threading.Event()

    def run(self) -> None:
        while not self._end.wait(0.003):
            for child in psutil.Process().children():
                try:
                    self.most_bytes = max(self.most_bytes, child.memory_info().rss)
                except psutil.Error:
                    continue

    def stop(self) -> None:
        self._end.set()
        self.join()


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2500
    outcomes: list[Outcome] = []
    watch = MemoryWatch()
    watch.start()
    with tempfile.TemporaryDirectory() as folder, DryRun(Path(folder, "log")) as dry_run:

        @seed(1)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(hostile_headers())
        def run(data: bytes) -> None:
            outcomes.append(outcome(data, dry_run))

        run()
        (alive,) = dry_run.price(specimen(), [Configuration(CONTEXT)])
    watch.stop()
    kinds = Counter(each.kind for each in outcomes)
    slowest = max(outcomes, key=lambda each: each.seconds)
    print(f"{len(outcomes)} headers:", ", ".join(f"{n} {kind}" for kind, n in kinds.most_common()))
    for sentence, number in Counter(e.sentence for e in outcomes if e.kind == "cannot say").items():
        print(f"{number:>7} {sentence}")
    print(f"slowest {slowest.seconds:.2f} s ({slowest.kind}: {slowest.sentence})")
    print(f"dry-run process at most {watch.most_bytes / 1e6:.0f} MB; alive afterwards: {alive}")
    done = isinstance(alive, Buffers) and slowest.seconds < SECONDS
    return 0 if done and watch.most_bytes < MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
