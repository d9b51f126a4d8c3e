from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf, log, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcove.fit.configuration import Configuration
from alcove.fit.depth import at_depth
from alcove.fit.experience import corrected, experience
from alcove.fit.margins import FIRST_MARGINS, Margins
from alcove.fit.records import (
    Conditions,
    DeviceBytes,
    Entry,
    Load,
    accuracy,
    main_type_of,
)
from alcove.fit.residuals import margins
from alcove.fit.result import DEPTH, Forecast, Range
from fit import examples
from fit.past import DEEPENING, ESTIMATED, GIB, MIB, NOW, conditions, entry, load

OTHER = conditions(file_key="sha256:2")
speeds = st.floats(0.05, 5000)
stretches = st.floats(1, 20)


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    expected = draw(speeds)
    return Range(expected / draw(stretches), expected, expected * draw(stretches))


@st.composite
def forecasts(draw: st.DrawFn) -> Forecast:
    start = draw(ranges())
    deep = draw(st.none() | ranges().map(lambda one: replace(start, low=one.low)) | ranges())
    if deep is not None:
        slower = min(start.expected, deep.expected)
        deep = Range(min(deep.low, slower), slower, max(deep.high, slower))
    return Forecast(start, draw(st.none() | ranges()), "estimated", deep)


def generation(forecast: Forecast, entries: list[Entry], wanted: Conditions = OTHER) -> Range:
    found = corrected(forecast, experience(entries, wanted, NOW)).generation
    assert found is not None
    return found


def at_start(speed: float, **changes: object) -> Entry:
    return entry(speed, of=OTHER, depth=-100, **changes)  # its middle is at depth 0


def test_without_experience_the_estimate_stays() -> None:
    assert corrected(DEEPENING, experience([], OTHER, NOW)) == DEEPENING


@settings(deadline=None)
@given(forecasts(), speeds, st.integers(1, 40))
def test_other_files_move_the_estimate_towards_the_measurement(
    forecast: Forecast, speed: float, runs: int
) -> None:
    entries = [entry(speed, estimated=forecast, depth=0, completion_tokens=200)] * runs
    estimate = at_depth(forecast, 100)
    assert forecast.generation is not None
    assert estimate is not None
    moved = [generation(forecast, entries[:count]) for count in range(1, runs + 1)]
    whole = log(speed / estimate.expected)
    steps = [log(one.expected / forecast.generation.expected) for one in moved]
    for step in steps:
        assert -1e-9 <= step * (1 if whole >= 0 else -1) <= abs(whole) + 1e-9
    for earlier, later in pairwise(steps):
        assert abs(later) >= abs(earlier) - 1e-9


@settings(deadline=None)
@given(
    forecasts(), st.lists(st.tuples(speeds, st.floats(0, 900), st.integers(0, 9000)), min_size=1)
)
def test_bounds_are_in_order_whatever_was_measured(
    forecast: Forecast, runs: list[tuple[float, float, int]]
) -> None:
    entries = [
        entry(speed, days=days, estimated=forecast, of=conditions(), depth=depth, prompt=speed * 9)
        for speed, days, depth in runs
    ]
    for wanted in (conditions(), OTHER):
        found = corrected(forecast, experience(entries, wanted, NOW))
        for one in (found.generation, found.deep, found.prompt):
            assert one is None or 0 < one.low <= one.expected <= one.high < inf


@settings(deadline=None)
@given(forecasts(), speeds)
def test_what_the_file_reached_replaces_the_estimate(forecast: Forecast, speed: float) -> None:
    entries = [at_start(speed, estimated=forecast)]
    found = corrected(forecast, experience(entries, OTHER, NOW))
    assert found.generation is not None
    assert found.generation.expected == pytest.approx(speed)
    assert found.basis == "measured on this computer"


@settings(deadline=None)
@given(st.lists(speeds, min_size=1, max_size=30))
def test_what_the_file_reached_lies_among_its_measurements(measured: list[float]) -> None:
    found = generation(ESTIMATED, [at_start(speed) for speed in measured])
    assert min(measured) * 0.999 <= found.expected <= max(measured) * 1.001


def test_a_steady_file_has_a_narrow_range_and_an_unsteady_one_a_wide_one() -> None:
    steady = generation(ESTIMATED, [at_start(speed) for speed in (4.9, 5.0, 5.1) * 5])
    unsteady = generation(ESTIMATED, [at_start(speed) for speed in (3.5, 5.0, 7.0) * 5])
    once = generation(ESTIMATED, [at_start(5.0)])
    assert 4.5 < steady.low < 5 < steady.high < 5.6
    assert steady.high / steady.low < once.high / once.low < unsteady.high / unsteady.low
    assert unsteady.low < 3.6
    assert unsteady.high > 6.9


def test_other_files_tighten_a_wide_estimate_and_widen_one_that_was_wrong() -> None:
    def width(measured: list[float]) -> float:
        found = generation(ESTIMATED, [entry(speed) for speed in measured])
        return found.high / found.low

    vague = 10 / 6
    assert width([8.0] * 20) < vague < width([4.0, 16.0] * 10)


def test_one_answer_moves_other_files_by_a_third() -> None:
    found = generation(ESTIMATED, [entry(4.0)])
    assert found.expected == pytest.approx(8.0 * 0.5 ** (1 / 3))


def test_weight_halves_every_30_days() -> None:
    old = generation(ESTIMATED, [entry(4.0, days=30)])
    assert old.expected == pytest.approx(8.0 * 0.5 ** (0.5 / 2.5))
    mixed = generation(ESTIMATED, [at_start(4.0), at_start(5.0, days=60)])
    assert mixed.expected == pytest.approx((4.0**4 * 5.0) ** (1 / 5))


def test_a_clock_that_was_set_back_gives_no_answer_more_weight() -> None:
    assert generation(ESTIMATED, [entry(4.0, days=-300)]) == generation(ESTIMATED, [entry(4.0)])


@pytest.mark.parametrize("odd", [0.001, 100_000.0])
def test_one_outlier_changes_little(odd: float) -> None:
    for wanted in (OTHER, conditions()):
        usual = generation(ESTIMATED, [entry(8.0)] * 9, wanted)
        with_odd = generation(ESTIMATED, [entry(8.0)] * 9 + [entry(odd)], wanted)
        assert with_odd.expected == pytest.approx(usual.expected, rel=0.06)


@pytest.mark.parametrize(
    "worthless",
    [
        {"completion_tokens": 31},
        {"speed": 0.0},
        {"speed": nan},
        {"speed": inf},
        {"estimated": Forecast(None, None, "estimated")},
    ],
)
def test_what_says_nothing_is_left_out(worthless: dict[str, object]) -> None:
    found = experience([entry(**worthless)], OTHER, NOW)  # type: ignore[arg-type]
    assert found.generation is None


@pytest.mark.parametrize(
    "difference",
    [
        {"machine": "server"},
        {"build": "0.3.37"},
        {"devices": ("CUDA0",)},
        {"main_type": "Q8_0"},
        {"mixture": True},
        {"threads": 4},
        {"estimator": "calibration 2"},
    ],
)
def test_other_conditions_teach_nothing(difference: dict[str, object]) -> None:
    found = experience([entry(4.0, of=conditions(**difference))], OTHER, NOW)
    assert found.generation is None
    assert found.prompt is None


@pytest.mark.parametrize(
    ("difference", "own"),
    [
        ({"context": 4096}, True),
        ({"slots": 4}, True),
        ({"kv_type": "q8_0"}, False),
        ({"gpu_layers": 4}, False),
        ({"cpu_moe_layers": 2}, False),
    ],
)
def test_a_file_is_measured_by_what_is_comparable(difference: dict[str, object], own: bool) -> None:
    """Where nothing is estimated of other ways, they cannot be compared."""
    changed: Configuration = replace(conditions().configuration, **difference)  # type: ignore[arg-type]
    found = corrected(
        ESTIMATED, experience([entry(4.0, of=conditions(configuration=changed))], conditions(), NOW)
    )
    assert (found.basis == "measured on this computer") == own
    assert found.generation is not None
    assert (found.generation.expected < 4.1) == own


def test_a_file_that_nobody_knows_is_not_the_same_as_another() -> None:
    unknown = conditions(file_key="")
    found = corrected(ESTIMATED, experience([entry(4.0, of=unknown)], unknown, NOW))
    assert found.basis == "estimated"


def test_a_new_estimate_does_not_change_what_the_file_reached() -> None:
    recalibrated = conditions(estimator="calibration 2")
    better = replace(ESTIMATED, generation=Range(3.0, 4.0, 5.0))
    found = generation(better, [entry(4.4, depth=0)], recalibrated)
    assert found.expected == pytest.approx(4.4)


def test_where_nothing_was_estimated_the_measurement_is_the_forecast() -> None:
    nothing = Forecast(None, None, "estimated")
    entries = [at_start(30.0, estimated=nothing)]
    found = corrected(nothing, experience(entries, OTHER, NOW))
    assert found.generation is not None
    assert found.generation.expected == pytest.approx(30.0)
    assert found.deep is None


def test_an_answer_deep_in_a_chat_is_compared_with_the_forecast_there() -> None:
    # 8 tokens/s at the start and 4 after 8192 tokens: 16/3 half way, where this one was measured.
    halfway = entry(16 / 3, estimated=DEEPENING, depth=DEPTH // 2 - 100, completion_tokens=200)
    assert generation(DEEPENING, [halfway] * 5).expected == pytest.approx(8.0)
    own = corrected(DEEPENING, experience([halfway], conditions(), NOW))
    assert own.generation is not None
    assert own.deep is not None
    assert own.generation.expected == pytest.approx(8.0)
    assert own.deep.expected == pytest.approx(4.0)


def test_far_from_where_a_file_was_measured_its_range_is_wider() -> None:
    def widths(depth: int) -> list[float]:
        entries = [entry(6.0, estimated=DEEPENING, depth=depth)]
        found = corrected(DEEPENING, experience(entries, conditions(), NOW))
        return [one.high / one.low for one in (found.generation, found.deep) if one]

    shallow, deep = widths(0), widths(8000)
    assert shallow[0] < shallow[1]
    assert deep[1] < deep[0]


@settings(deadline=None)
@given(forecasts(), st.floats(0, 40_000), st.integers(256, 200_000))
def test_speed_falls_with_depth(forecast: Forecast, depth: float, context: int) -> None:
    start, there = at_depth(forecast, 0, context), at_depth(forecast, depth, context)
    further = at_depth(forecast, depth + 100, context)
    assert start is not None
    assert there is not None
    assert further is not None
    assert 0 < there.low <= there.expected <= there.high
    assert further.expected <= there.expected <= start.expected * (1 + 1e-9)


def test_depth_counts_in_seconds_per_token() -> None:
    at_end = at_depth(DEEPENING, DEPTH)
    assert at_end is not None
    assert at_end.expected == pytest.approx(4.0)
    assert at_depth(ESTIMATED, 5000) == ESTIMATED.generation
    short = at_depth(DEEPENING, 2048, context=2048)
    assert short is not None
    assert short.expected == pytest.approx(4.0)
    assert at_depth(Forecast(None, None, ""), 100) is None


@pytest.mark.parametrize(
    ("prompt_tokens", "cached", "counts"),
    [(500, 0, True), (500, 400, False), (100, 0, False), (3637, 0, True), (4000, 3000, False)],
)
def test_prompts_of_more_than_a_hundred_tokens_correct_the_forecast_of_prompts(
    prompt_tokens: int, cached: int, counts: bool
) -> None:
    one = entry(8.0, prompt_tokens=prompt_tokens, cached_tokens=cached, prompt=40.0)
    found = corrected(ESTIMATED, experience([one], conditions(), NOW)).prompt
    assert found is not None
    assert found.expected == pytest.approx(40.0 if counts else 80.0)


def _load(gpu: int, host: int, *, machine: str = "laptop", answered: bool = True) -> Load:
    """A load that took so many bytes more than was forecast."""
    return load(
        conditions=conditions(machine=machine),
        process_bytes=6 * GIB + host - (0 if answered else GIB),
        peak_bytes=6 * GIB + host if answered else None,
        devices=(DeviceBytes("CUDA0", GIB, GIB + gpu), DeviceBytes("CUDA1", GIB, GIB - GIB // 2)),
    )


def test_margins_come_down_after_five_good_loads() -> None:
    assert margins([], "laptop") == FIRST_MARGINS
    assert margins([_load(0, 0)] * 4, "laptop") == FIRST_MARGINS
    assert margins([_load(0, 0)] * 5, "server") == FIRST_MARGINS
    assert margins([_load(0, 0)] * 5, "laptop") == Margins(512 * MIB, 256 * MIB)
    assert margins([_load(600 * MIB, 300 * MIB)] * 5, "laptop") == Margins(600 * MIB, 300 * MIB)


def test_one_bad_load_raises_the_margins_at_once() -> None:
    assert margins([_load(1500 * MIB, 900 * MIB)], "laptop") == Margins(1500 * MIB, 900 * MIB)


def test_what_other_programs_took_meanwhile_cannot_take_everything() -> None:
    assert margins([_load(8 * GIB, 8 * GIB)], "laptop") == Margins(2 * GIB, GIB)


def test_one_bad_load_among_many_does_not_count() -> None:
    loads = [_load(3 * GIB, 3 * GIB), *[_load(300 * MIB, 300 * MIB)] * 19]
    assert margins(loads, "laptop") == Margins(512 * MIB, 300 * MIB)


def test_loads_of_long_ago_do_not_count() -> None:
    loads = [_load(300 * MIB, 300 * MIB)] * 50 + [_load(3 * GIB, 3 * GIB)] * 50
    assert margins(loads, "laptop") == Margins(512 * MIB, 300 * MIB)


def test_loads_that_never_answered_say_nothing_of_ram() -> None:
    found = margins([_load(0, 0, answered=False)] * 9, "laptop")
    assert found == Margins(512 * MIB, FIRST_MARGINS.host_bytes)


def test_loads_without_gpus_say_nothing_of_gpus() -> None:
    found = margins([replace(_load(0, 0), devices=())] * 9, "laptop")
    assert found == Margins(FIRST_MARGINS.gpu_bytes, 256 * MIB)


residuals = st.integers(-2 * GIB, 4 * GIB)


@settings(deadline=None)
@given(st.lists(st.tuples(residuals, residuals), min_size=1, max_size=60), st.integers(0, GIB))
def test_margins_rise_with_what_was_missing(pairs: list[tuple[int, int]], more: int) -> None:
    before = margins([_load(gpu, host) for gpu, host in pairs], "laptop")
    after = margins([_load(gpu + more, host + more) for gpu, host in pairs], "laptop")
    assert before.gpu_bytes <= after.gpu_bytes
    assert before.host_bytes <= after.host_bytes
    assert min(before.gpu_bytes, before.host_bytes) >= 256 * MIB


def test_accuracy_is_the_middle_and_the_worst() -> None:
    assert accuracy([]) is None
    assert accuracy([None]) is None
    found = accuracy([0.02, None, 0.3, 0.07])
    assert found is not None
    assert (found.count, found.middle, found.worst) == (3, 0.07, 0.3)


def test_the_main_type_is_that_of_the_layers() -> None:
    assert main_type_of(examples.shape()) == "Q4_K"
    assert main_type_of(examples.mixture()) == "MXFP4"
    assert main_type_of(replace(examples.shape(), blocks=())) == ""


def test_a_short_prompt_counts_less_than_a_long_one() -> None:
    short = entry(prompt_tokens=128, prompt=20.0)
    long = entry(prompt_tokens=3637, prompt=60.0)
    found = corrected(ESTIMATED, experience([short, long], conditions(), NOW)).prompt
    assert found is not None
    assert found.expected == pytest.approx((20.0 * 60.0**4) ** (1 / 5))


def test_one_answer_is_not_taken_for_all_that_may_come() -> None:
    once = generation(ESTIMATED, [at_start(5.0)])
    assert once.low < 5 * 0.85
    assert once.high > 5 * 1.15
