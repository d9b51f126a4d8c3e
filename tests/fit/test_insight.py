"""What is known of a file, whatever the memory that is free made of its plan this time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alcove.fit.configuration import Configuration
from alcove.fit.forecast import forecast
from alcove.fit.insight import Insight
from alcove.fit.kv import KvCache
from alcove.fit.learning import keep_slices, read_insight
from alcove.fit.ledger import Ledger
from alcove.fit.records import Entry
from alcove.fit.result import Forecast, Range
from fit.examples import GIB, gpu, machine, mixture
from fit.measured import speeds
from fit.past import answer, load

HOST = machine(64 * GIB, gpu(16 * GIB))
MODEL = replace(mixture(), kv=KvCache(128 * 1024, heads=1000, head_elements=128))
WAY = Configuration(8192, gpu_layers=20)
MEASURED = Forecast(
    Range(18.0, 20.0, 22.0), Range(180.0, 200.0, 220.0), "measured", Range(9.0, 10.0, 11.0)
)
SLICED = Insight("here", speeds(1), slices={("file", WAY): MEASURED})


def estimated(way: Configuration) -> Forecast:
    return forecast(MODEL, way, HOST, speeds(1))


def times(one: Range | None, other: Range | None) -> float:
    assert one is not None
    assert other is not None
    return one.expected / other.expected


def width(range_: Range | None) -> float:
    assert range_ is not None
    return range_.high / range_.low


def test_slices_that_ran_so_are_the_estimate() -> None:
    for way in (WAY, replace(WAY, tensor_split=(1.0,)), replace(WAY, slots=4)):
        assert SLICED.estimate(MODEL, way, HOST, "file") == MEASURED
    assert SLICED.estimate(MODEL, WAY, HOST, "another") == estimated(WAY)


@pytest.mark.parametrize(
    "change",
    [
        {"gpu_layers": 21},
        {"gpu_layers": 26, "cpu_moe_layers": 3},
        {"cpu_moe_layers": 12},
        {"kv_type": "q8_0"},
        {"context": 2048},
        {"batch": 256},
    ],
)
def test_a_plan_that_memory_changed_keeps_what_slices_measured(change: dict[str, object]) -> None:
    way: Configuration = replace(WAY, **change)  # type: ignore[arg-type]
    found = SLICED.estimate(MODEL, way, HOST, "file")
    assert found.basis == "measured"
    for name in ("generation", "deep", "prompt"):
        here, there = getattr(found, name), getattr(MEASURED, name)
        expected = times(getattr(estimated(way), name), getattr(estimated(WAY), name))
        assert times(here, there) == pytest.approx(expected)
        assert here.low < here.expected < here.high
        assert width(here) >= width(there) * (1 - 1e-9)
    conditions = SLICED.conditions(MODEL, way, HOST, "file")
    assert conditions.estimator == "slices"


@pytest.mark.parametrize("way", [replace(WAY, gpu_layers=32), replace(WAY, gpu_layers=0)])
def test_other_devices_keep_nothing(way: Configuration) -> None:
    assert SLICED.estimate(MODEL, way, HOST, "file") == estimated(way)
    assert SLICED.conditions(MODEL, way, HOST, "file").estimator.startswith("calibration")


def test_the_nearest_way_counts_and_the_farther_the_wider() -> None:
    near, far = (
        SLICED.estimate(MODEL, replace(WAY, gpu_layers=layers), HOST, "file").generation
        for layers in (21, 30)
    )
    assert width(MEASURED.generation) < width(near) < width(far)
    other = replace(MEASURED, generation=Range(30.0, 40.0, 50.0))
    both = replace(SLICED, slices={**SLICED.slices, ("file", replace(WAY, gpu_layers=29)): other})
    found = both.estimate(MODEL, replace(WAY, gpu_layers=30), HOST, "file").generation
    assert found is not None
    assert found.expected > 35


def test_without_estimates_there_is_nothing_to_go_by() -> None:
    unknown = replace(SLICED, speeds=None)
    found = unknown.estimate(MODEL, replace(WAY, gpu_layers=21), HOST, "file")
    assert found.generation is None


def test_answers_count_though_a_layer_more_lies_on_the_gpu() -> None:
    """They replace the estimate as if the file had been loaded so then."""
    insight = Insight("here", speeds(1))
    before = estimated(WAY)
    assert before.generation is not None
    fast = 2 * before.generation.expected
    conditions = insight.conditions(MODEL, WAY, HOST, "file")
    told = load(conditions=conditions, estimated=before)
    answered = answer(generation=fast, prompt=77.0, depth=-100, when=datetime.now(UTC))
    known = replace(insight, entries=(Entry(told, answered),) * 3)
    same = known.forecast(MODEL, WAY, HOST, "file")
    assert times(same.generation, before.generation) == pytest.approx(2, rel=1e-3)
    for change in ({"gpu_layers": 21}, {"gpu_layers": 18}, {"kv_type": "q8_0"}, {"batch": 256}):
        way: Configuration = replace(WAY, **change)  # type: ignore[arg-type]
        found = known.forecast(MODEL, way, HOST, "file")
        assert found.basis == "measured on this computer"
        for name in ("generation", "deep", "prompt"):
            kept = times(getattr(found, name), getattr(same, name))
            foreseen = times(getattr(estimated(way), name), getattr(before, name))
            assert kept == pytest.approx(foreseen, rel=1e-3)
            assert width(getattr(found, name)) >= width(getattr(same, name)) * (1 - 1e-9)
    in_ram = known.forecast(MODEL, replace(WAY, gpu_layers=0), HOST, "file")
    assert in_ram.basis != "measured on this computer"


def test_the_ledger_keeps_the_way_in_which_slices_ran(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "alcove.db")
    for layers in (20, 21, 20):
        keep_slices(ledger, HOST, "file", replace(WAY, gpu_layers=layers), MEASURED)
    insight = read_insight(ledger, HOST)
    assert set(insight.slices) == {("file", WAY), ("file", replace(WAY, gpu_layers=21))}
    assert set(insight.slices.values()) == {MEASURED}


def test_the_best_bandwidth_that_was_seen_counts(tmp_path: Path) -> None:
    """Busy programs make RAM look slow for a while: forecasts do not follow that."""
    ledger = Ledger(tmp_path / "alcove.db")
    busy, idle = (machine(64 * GIB, bandwidth=each) for each in (7e9, 21e9))
    assert read_insight(ledger, busy).bandwidth == 7e9
    insight = read_insight(ledger, idle)
    assert read_insight(ledger, busy).bandwidth == read_insight(ledger, idle).bandwidth == 21e9
    assert read_insight(ledger, replace(busy, bandwidth=None)).at_best(busy) == idle
    way = Configuration(8192, gpu_layers=0)
    assert insight.forecast(MODEL, way, busy) == insight.forecast(MODEL, way, idle)
    assert insight.forecast(MODEL, way, busy) != Insight().forecast(MODEL, way, busy)
    ledger.clear()
    assert read_insight(ledger, busy).bandwidth == 21e9
    other = replace(busy, cpu=replace(busy.cpu, name="another"))
    assert read_insight(ledger, other).bandwidth == 7e9


@pytest.mark.parametrize("seen", [7e9, 21e9])
def test_another_program_that_writes_takes_nothing_away(tmp_path: Path, seen: float) -> None:
    ledger = Ledger(tmp_path / "alcove.db")
    read_insight(ledger, machine(64 * GIB, bandwidth=14e9))
    keep_slices(ledger, machine(64 * GIB), "file", WAY, MEASURED)
    with closing(sqlite3.connect(tmp_path / "alcove.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        insight = read_insight(ledger, machine(64 * GIB, bandwidth=seen))
    assert insight.slices == {("file", WAY): MEASURED}
    assert insight.bandwidth == max(seen, 14e9)


def test_a_machine_of_unknown_bandwidth_stays_one(tmp_path: Path) -> None:
    insight = read_insight(Ledger(tmp_path / "alcove.db"), HOST)
    assert insight.bandwidth is None
    assert insight.at_best(HOST) == HOST
