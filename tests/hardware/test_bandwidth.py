from __future__ import annotations

from pathlib import Path

from alcove.hardware.bandwidth import buffer_size, read_bandwidth
from hardware.conftest import Tree

MIB = 1024**2
GIB = 1024**3


def test_the_buffer_exceeds_every_distinct_third_level_cache(tree: Tree) -> None:
    root = tree(
        {
            f"sys/devices/system/cpu/cpu{cpu}/cache/index{level}/{name}": content
            for cpu, shared in enumerate(["0-1", "0-1", "2-3", "2-3"])
            for level, size in ((2, "1024K"), (3, "65536K"))
            for name, content in (("level", level), ("size", size), ("shared_cpu_list", shared))
        }
    )
    assert buffer_size(64 * GIB, root) == 4 * 2 * 64 * MIB


def test_the_buffer_leaves_most_of_the_free_memory(tmp_path: Path) -> None:
    assert buffer_size(800 * MIB, tmp_path) == 100 * MIB


def test_an_unknown_cache_is_taken_for_a_large_one(tmp_path: Path) -> None:
    assert buffer_size(64 * GIB, tmp_path) == 512 * MIB


def test_ram_is_read_at_a_believable_speed() -> None:
    assert 1e9 < read_bandwidth(2, 64 * MIB, seconds=0.05) < 2e12
