"""What the catalog's published figures say a year of progress and thinking are worth.

    python tests/benchmarks/quality.py

Fits the log-odds of all scores, in standard deviations of their benchmark, by size, age and
thinking at once, each benchmark with a level of its own. Prints what a year and thinking are worth
in doublings of the parameters, what a mixture of experts counts as, and for each benchmark how far
models lie from what size and age suggest. ``catalog.quality`` is built on these numbers.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from math import log, log2
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from alcove.catalog.load import load_catalog
from alcove.catalog.model import Model
from alcove.catalog.quality import LEAST, THINKING, YEAR, guess, scores

Row = tuple[float, ...]


def main() -> int:
    catalog = load_catalog()
    models = (*catalog.models, *catalog.out_of_reach)
    found: dict[str, list[tuple[Row, float, float]]] = defaultdict(list)
    for model in models:
        for name, score in scores(model).items():
            bounded = min(max(score, 0.5), 99.5)
            found[name].append((facts(model), log(bounded / (100 - bounded)), guess(model)))
    used = {name: rows for name, rows in found.items() if len(rows) >= LEAST}
    print(f"{sum(bool(m.benchmarks) for m in models)} of {len(models)} models publish figures,")
    print(f"{sum(map(len, used.values()))} of which are in benchmarks that {LEAST} or more publish")
    size, year, thinking, active = fitted(list(used.values()))
    print(f"a year of progress: {year / size:.1f} doublings (counted as {YEAR:g})")
    print(f"thinking before the answer: {thinking / size:.1f} doublings (counted as {THINKING:g})")
    print(f"all parameters count {0.5 + active / size / 2:.2f}, active ones the rest (counted 0.5)")
    print(f"{'benchmark':24}{'models':>8}{'deviation, doublings':>22}")
    for name, rows in sorted(used.items(), key=lambda item: -len(item[1])):
        print(f"{name:24}{len(rows):>8}{deviation(rows):>22.1f}")
    return 0


def facts(model: Model) -> Row:
    active = log2(model.active_parameters or model.parameters)
    every = log2(model.parameters)
    thinking = float(bool(model.reasoning))
    plain = guess(model) - (every + active) / 2 - thinking * THINKING
    return (every + active) / 2, plain / YEAR, thinking, (every - active) / 2


def fitted(groups: list[list[tuple[Row, float, float]]]) -> list[float]:
    """Return the slopes of size, years, thinking, and of parameters that are not active."""
    left, right = [], []
    for rows in groups:
        known = np.array([each for each, _odds, _guess in rows])
        odds = np.array([each for _facts, each, _guess in rows])
        left.append(known - known.mean(axis=0))
        right.append((odds - odds.mean()) / odds.std())
    slopes, *_rest = np.linalg.lstsq(np.vstack(left), np.concatenate(right), rcond=None)
    return [float(slope) for slope in slopes]


def deviation(rows: list[tuple[Row, float, float]]) -> float:
    guesses = np.array([each for _facts, _odds, each in rows])
    odds = np.array([each for _facts, each, _guess in rows])
    slope, level = np.polyfit(guesses, odds, 1)
    return float((odds - slope * guesses - level).std() / slope)


if __name__ == "__main__":
    sys.exit(main())
