"""Print what comes of each fault, in one table: ``python -m faults``, from ``tests``.

It takes about three minutes, and exits 1 if a figure is not good enough. Small disks are mounted
for it where that is permitted.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from faults.answers import FAULTS, answer
from faults.disconnects import disconnects
from faults.disk import full_by_its_word, full_disks
from faults.kills import kills_of_the_process, kills_of_the_program
from faults.throughput import throughput
from faults.world import Figure
from faults.xet import xet


def main() -> int:
    table = Table("fault", "result", "wanted", "")
    console = Console(width=None if sys.stdout.isatty() else 200)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["HF_HOME"] = str(folder / "huggingface")
        os.environ["ALCOVE_HOME"] = str(folder / "alcove")
        figures = list(_figures(folder, console))
    for figure in figures:
        verdict = "good" if figure.is_good else "NOT GOOD"
        table.add_row(figure.name, figure.result, figure.limit, verdict)
    console.print(table)
    return 0 if all(figure.is_good for figure in figures) else 1


def _figures(folder: Path, console: Console) -> Iterator[Figure]:
    yield from throughput(folder, size=1 << 30, rounds=3)
    yield disconnects(folder, size=300_000_000, count=200)
    yield kills_of_the_process(folder, size=100_000_000, count=20)
    yield kills_of_the_program(folder, size=100_000_000, count=20)
    for fault in FAULTS:
        yield answer(folder, fault)
    yield xet(folder)
    yield full_by_its_word(folder)
    disks = full_disks(folder)
    if not disks:
        console.print("No disk may be mounted here: none was really full.")
    yield from disks


if __name__ == "__main__":
    sys.exit(main())
