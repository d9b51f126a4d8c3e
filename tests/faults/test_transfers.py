"""Quick versions of the scenarios of faults; ``python -m faults`` has the long ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.answers import FAULTS, Fault, answer
from faults.disconnects import disconnects
from faults.disk import full_by_its_word, full_disks
from faults.kills import kills_of_the_process, kills_of_the_program
from faults.throughput import throughput
from faults.world import Figure
from faults.xet import xet


def check(figure: Figure) -> None:
    assert figure.is_good, figure


def test_disconnects(tmp_path: Path) -> None:
    check(disconnects(tmp_path, size=20_000_000, count=20))


def test_kills_of_the_transfer_process(tmp_path: Path) -> None:
    check(kills_of_the_process(tmp_path, size=10_000_000, count=3))


def test_kills_of_the_program(tmp_path: Path) -> None:
    check(kills_of_the_program(tmp_path, size=10_000_000, count=3))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_answers(tmp_path: Path, fault: Fault) -> None:
    check(answer(tmp_path, fault))


def test_why_xet_is_off_by_default(tmp_path: Path) -> None:
    check(xet(tmp_path))


def test_full_disks(tmp_path: Path) -> None:
    for figure in (full_by_its_word(tmp_path), *full_disks(tmp_path)):
        check(figure)


def test_the_benchmark_of_throughput_runs(tmp_path: Path) -> None:
    assert len(throughput(tmp_path, size=8 << 20, rounds=1)) == 2
