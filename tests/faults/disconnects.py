"""Connections that break off, over and over."""

from __future__ import annotations

import random
from pathlib import Path

from faults.world import FILE, Figure, world


def disconnects(folder: Path, size: int, count: int) -> Figure:
    """Break ``count`` connections of one transfer of ``size`` bytes at random, half abruptly."""
    rng = random.Random(count)
    with world(folder, size) as here:
        here.hub.faults.breaks = [rng.randrange(1, size // count) for _ in range(count)]
        here.add()
        with here.working():
            item = here.ended()
        twice = here.hub.bytes_sent(FILE) - size
        left = len(here.hub.faults.breaks)
        share = twice / size
        return Figure(
            f"{count} random disconnects in one transfer of {size / 1e6:.0f} MB",
            f"{'identical' if here.is_whole(item) else 'NOT identical'}, {share:.2%} sent twice",
            "identical, at most 1 %",
            here.is_whole(item) and share <= 0.01 and not left,
        )
