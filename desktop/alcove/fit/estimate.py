"""The price of a model on a machine by formula: quick, and close enough for a list."""

from __future__ import annotations

from alcove.fit.formula import Formula
from alcove.fit.insight import NOTHING_KNOWN, FileKey, Insight
from alcove.fit.plan import Planner, Wish
from alcove.fit.result import Fit
from alcove.fit.shape import Shape
from alcove.fit.verdict import judge
from alcove.hardware.machine import Machine


def planner(shape: Shape, machine: Machine, insight: Insight = NOTHING_KNOWN) -> Planner:
    """Return a planner that prices by formula."""
    return Planner(shape, machine, Formula(shape, machine), insight.margins)


def estimate(
    shape: Shape, machine: Machine, wish: Wish, insight: Insight = NOTHING_KNOWN, key: FileKey = ""
) -> Fit:
    """Plan a model and forecast its speed, without a dry run."""
    return estimate_by(planner(shape, machine, insight), machine, wish, insight, key)


def estimate_by(
    planner: Planner, machine: Machine, wish: Wish, insight: Insight, key: FileKey = ""
) -> Fit:
    """Estimate with a planner that may have worked before."""
    shape = planner.shape
    return judge(
        planner,
        wish,
        lambda configuration: insight.forecast(shape, configuration, machine, key),
        shape.basis,
    )
