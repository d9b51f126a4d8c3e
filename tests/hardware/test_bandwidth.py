from __future__ import annotations

from pathlib import Path

from alcove.hardware.bandwidth import buffer_size, read_bandwidth
from hardware.conftest import Tree

MIB = 1024**2
GIB = 1024**3


def one_cache(tree: Tree, mib: int) -> Path:
    """Return a system that lists one third level cache of ``mib`` MiB."""
    files = {"level": "3", "size": f"{mib * 1024}K", "shared_cpu_list": "0"}
    cache = "sys/devices/system/cpu/cpu0/cache/index3"
    return tree({f"{cache}/{name}": content for name, content in files.items()})


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
    assert buffer_size(2 * GIB, root) == 4 * 2 * 64 * MIB
    assert buffer_size(2 * GIB - 8, root) is None


def test_the_buffer_leaves_most_of_the_free_memory(tree: Tree) -> None:
    root = one_cache(tree, 8)
    sizes = [buffer_size(free * MIB, root) for free in (64 * 1024, 800, 128, 127, 0)]
    assert sizes == [256 * MIB, 200 * MIB, 32 * MIB, None, None]


def test_caches_of_a_gigabyte_do_not_hold_the_buffer(tree: Tree) -> None:
    assert buffer_size(64 * GIB, one_cache(tree, 1024)) == 4 * GIB


def test_an_unknown_cache_is_taken_for_a_large_one(tmp_path: Path) -> None:
    assert buffer_size(64 * GIB, tmp_path) == 512 * MIB
    assert buffer_size(GIB, tmp_path) is None


def test_ram_is_read() -> None:
    assert 0 < read_bandwidth(2, 64 * MIB, seconds=0.05) < float("inf")
