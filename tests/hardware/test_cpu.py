from __future__ import annotations

import os

import pytest

from alcove.hardware.cpu import read_cpu
from hardware.conftest import Tree

MOUNT_V2 = "25 1 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw"
MOUNT_V1 = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu"


def test_a_quota_bounds_all_cores(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "0::/",
            "proc/self/mountinfo": MOUNT_V2,
            "sys/fs/cgroup/cpu.max": "150000 100000",
        }
    )
    cpu = read_cpu(root)
    assert (cpu.physical_cores, cpu.logical_cores) == (1, 1)


def test_less_than_one_processor_still_counts_as_one(tree: Tree) -> None:
    root = tree(
        {
            "proc/self/cgroup": "1:cpu:/",
            "proc/self/mountinfo": MOUNT_V1,
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": 20000,
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": 100000,
        }
    )
    assert read_cpu(root).logical_cores == 1


@pytest.mark.parametrize("quota", ["max 100000", "100000000 100000"])
def test_a_quota_beyond_the_machine_changes_nothing(
    tree: Tree, tmp_path_factory: pytest.TempPathFactory, quota: str
) -> None:
    free = read_cpu(tmp_path_factory.mktemp("none"))
    root = tree(
        {
            "proc/self/cgroup": "0::/",
            "proc/self/mountinfo": MOUNT_V2,
            "sys/fs/cgroup/cpu.max": quota,
        }
    )
    assert read_cpu(root).logical_cores == free.logical_cores


def test_no_quota_in_version_1_is_minus_one(
    tree: Tree, tmp_path_factory: pytest.TempPathFactory
) -> None:
    free = read_cpu(tmp_path_factory.mktemp("none"))
    root = tree(
        {
            "proc/self/cgroup": "1:cpu:/",
            "proc/self/mountinfo": MOUNT_V1,
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": -1,
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": 100000,
        }
    )
    assert read_cpu(root).logical_cores == free.logical_cores


def test_threads_of_one_core_count_once(tree: Tree) -> None:
    everyone = f"0-{(os.cpu_count() or 1) - 1}"
    root = tree(
        {
            f"sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list": everyone
            for number in range(os.cpu_count() or 1)
        }
    )
    assert read_cpu(root).physical_cores == 1


def test_the_name_stands_in_cpuinfo(tree: Tree) -> None:
    root = tree({"proc/cpuinfo": "processor\t: 0\nmodel name\t: Some Processor 9\nflags\t: fpu"})
    assert read_cpu(root).name == "Some Processor 9"
