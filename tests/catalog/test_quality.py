"""How good a model is, where figures are published and where they are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alcove.catalog.load import Catalog, load_catalog
from alcove.catalog.model import Benchmark, Model, Quality
from alcove.catalog.quality import LEAST, guess, quality, scores, with_quality


@pytest.fixture(scope="module")
def shipped() -> Catalog:
    return load_catalog()


def model(shipped: Catalog, model_id: str) -> Model:
    found = shipped.get(model_id)
    assert found is not None
    return found


def figure(name: str, score: float, method: str | None = None) -> Benchmark:
    return Benchmark(name, score, "https://example.org/", method)


def crowd(shipped: Catalog, count: int) -> list[Model]:
    """Return models of growing size that score the more in "Exam" the larger they are."""
    plain = replace(model(shipped, "llama-3.1-8b"), benchmarks=())
    return [
        replace(
            plain,
            id=f"crowd-{number}",
            parameters=int(10**9 * 1.3**number),
            benchmarks=(figure("Exam", 30 + 2 * number + 8 * (number % 2)),),
        )
        for number in range(count)
    ]


def judged(one: Model, others: list[Model]) -> Quality:
    found = with_quality([*others, one])[-1].quality
    assert found is not None
    return found


def test_newer_and_larger_are_guessed_to_be_better(shipped: Catalog) -> None:
    def guessed(model_id: str) -> float:
        return guess(model(shipped, model_id))

    assert guessed("qwen3.6-27b") > guessed("qwen3-14b")
    assert guessed("qwen3-32b") > guessed("qwen3-30b-a3b") > guessed("qwen3-8b")
    assert guessed("qwen3-4b-thinking-2507") > guessed("qwen3-4b-instruct-2507")
    undated = replace(model(shipped, "qwen3-8b"), released=None)
    assert guess(undated) < guessed("qwen3-8b")


def test_what_publishes_nothing_is_its_guess(shipped: Catalog) -> None:
    silent = model(shipped, "qwen3.5-9b")
    assert silent.quality == Quality(guess(silent))
    assert quality(replace(silent, quality=None)) == Quality(guess(silent))


def test_figures_that_nobody_else_publishes_say_nothing_and_are_told(shipped: Catalog) -> None:
    alone = model(shipped, "qwen3.8-27b")
    assert alone.quality == Quality(guess(alone), figures=0, alone=2)


def test_a_high_score_raises_and_a_low_one_lowers(shipped: Catalog) -> None:
    others = crowd(shipped, 3 * LEAST)
    one = replace(others[10], id="one")
    found = {
        score: judged(replace(one, benchmarks=(figure("Exam", score),)), others)
        for score in (10.0, 54.0, 95.0)
    }
    assert found[10.0].better < -0.5 < found[54.0].better < 0.5 < found[95.0].better
    for each in found.values():
        assert each.value == pytest.approx(guess(one) + each.better)
        assert each.figures == 1


def test_more_figures_have_more_weight(shipped: Catalog) -> None:
    others = [
        replace(each, benchmarks=(*each.benchmarks, figure("Test", each.benchmarks[0].score)))
        for each in crowd(shipped, LEAST)
    ]
    one = replace(others[4], id="one", benchmarks=(figure("Exam", 90.0),))
    two = replace(one, benchmarks=(figure("Exam", 90.0), figure("Test", 90.0)))
    assert judged(two, others).better > judged(one, others).better > 0


def test_one_score_never_decides_alone(shipped: Catalog) -> None:
    others = crowd(shipped, 3 * LEAST)
    for score in (0.0, 100.0):
        one = replace(others[4], id="one", benchmarks=(figure("Exam", score),))
        assert abs(judged(one, others).better) <= 1.0


def test_a_benchmark_of_few_compares_nobody(shipped: Catalog) -> None:
    others = crowd(shipped, LEAST - 2)
    one = replace(others[0], id="one", benchmarks=(figure("Exam", 90.0),))
    assert judged(one, others) == Quality(guess(one), figures=0, alone=1)


@pytest.mark.parametrize("spread", [0, 1])
def test_scores_or_sizes_that_are_all_the_same_compare_nobody(
    spread: int, shipped: Catalog
) -> None:
    plain = crowd(shipped, 1)[0]
    same = [
        replace(plain, id=str(number), parameters=10**9 * (1 + spread * number))
        for number in range(LEAST + 1)
    ]
    assert judged(same[0], same[1:]).better == 0


def test_one_name_for_what_is_written_in_two_ways(shipped: Catalog) -> None:
    one = replace(
        model(shipped, "llama-3.1-8b"),
        benchmarks=(
            figure("GPQA", 40.0, "Diamond, 0-shot"),
            figure("GPQA Diamond pass@1", 50.0),
            figure("GPQA", 30.0),
            figure("Codeforces", 1900.0),
        ),
    )
    assert scores(one) == {"GPQA Diamond": 45.0, "GPQA": 30.0}


def test_the_shipped_figures_compare_most_models_that_publish_some(shipped: Catalog) -> None:
    everything = (*shipped.models, *shipped.out_of_reach)
    publishing = [each for each in everything if each.benchmarks]
    compared = [each for each in publishing if each.quality and each.quality.figures]
    assert len(publishing) >= 80
    assert len(compared) >= 0.9 * len(publishing)
    for each in compared:
        assert each.quality is not None
        assert abs(each.quality.better) < 3
