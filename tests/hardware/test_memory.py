from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from alcove.hardware import read_memory
from hardware.conftest import Tree

MIB = 1024**2
MOUNT_V2 = "25 1 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
MOUNT_V1 = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"


def test_the_tightest_level_counts(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "0::/user.slice/app.scope",
            "proc/self/mountinfo": MOUNT_V2,
            "sys/fs/cgroup/user.slice/memory.max": 400 * MIB,
            "sys/fs/cgroup/user.slice/memory.current": 390 * MIB,
            "sys/fs/cgroup/user.slice/memory.stat": f"anon 1\ninactive_file {15 * MIB}",
            "sys/fs/cgroup/user.slice/app.scope/memory.max": 300 * MIB,
            "sys/fs/cgroup/user.slice/app.scope/memory.current": 100 * MIB,
            "sys/fs/cgroup/user.slice/app.scope/memory.stat": "inactive_file 0",
        }
    )
    memory = read_memory(root)
    assert memory.total_bytes == 300 * MIB
    assert memory.available_bytes == 25 * MIB


def test_a_group_without_a_limit_leaves_the_hosts_memory(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "0::/",
            "proc/self/mountinfo": MOUNT_V2,
            "sys/fs/cgroup/memory.max": "max",
            "sys/fs/cgroup/memory.current": MIB,
        }
    )
    assert read_memory(root).total_bytes == psutil.virtual_memory().total


def test_version_1_counts_the_cache_of_the_groups_below(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "5:cpu,cpuacct:/\n4:memory:/box",
            "proc/self/mountinfo": MOUNT_V1,
            "sys/fs/cgroup/memory/memory.limit_in_bytes": 9223372036854771712,
            "sys/fs/cgroup/memory/memory.usage_in_bytes": 500 * MIB,
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes": 200 * MIB,
            "sys/fs/cgroup/memory/box/memory.usage_in_bytes": 150 * MIB,
            "sys/fs/cgroup/memory/box/memory.stat": (
                f"inactive_file {MIB}\ntotal_inactive_file {30 * MIB}"
            ),
        }
    )
    memory = read_memory(root)
    assert memory.total_bytes == 200 * MIB
    assert memory.available_bytes == 80 * MIB


def test_the_sentinel_of_version_1_is_no_limit(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "4:memory:/",
            "proc/self/mountinfo": MOUNT_V1,
            "sys/fs/cgroup/memory/memory.limit_in_bytes": 9223372036854771712,
            "sys/fs/cgroup/memory/memory.usage_in_bytes": 500 * MIB,
        }
    )
    memory = read_memory(root)
    host = psutil.virtual_memory()
    assert memory.total_bytes == host.total
    assert memory.available_bytes == pytest.approx(host.available, abs=512 * MIB)


def test_a_container_mounts_its_own_group_as_the_top(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "4:memory:/docker/abc",
            "proc/self/mountinfo": MOUNT_V1.replace(" / ", " /docker/abc ", 1),
            "sys/fs/cgroup/memory/memory.limit_in_bytes": 100 * MIB,
            "sys/fs/cgroup/memory/memory.usage_in_bytes": 40 * MIB,
        }
    )
    assert read_memory(root).available_bytes == 60 * MIB


def test_a_group_above_its_limit_has_nothing_available(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "0::/",
            "proc/self/mountinfo": MOUNT_V2,
            "sys/fs/cgroup/memory.max": 10 * MIB,
            "sys/fs/cgroup/memory.current": 12 * MIB,
        }
    )
    assert read_memory(root).available_bytes == 0


def test_without_control_groups_the_host_counts(tmp_path: Path) -> None:
    assert read_memory(tmp_path).total_bytes == psutil.virtual_memory().total
