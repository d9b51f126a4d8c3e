"""Forecasts against measurements as points of a plot, and how far they were off in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alcove.fit.records import LONG_ENOUGH, Accuracy, Entry, Load, accuracy
from alcove.gui.models.ledger import is_close, range_figure, speed_figure
from alcove.i18n import _, ngettext
from alcove.words import gigabytes


@dataclass(frozen=True)
class PlotPoint:
    """One forecast with its bounds, and what was measured, in the plot's unit.

    ``inside``: the forecast holds. ``words`` says the same for people.
    """

    name: str
    low: float
    forecast: float
    high: float
    measured: float
    inside: bool
    words: str


@dataclass(frozen=True)
class Plot:
    """What is plotted, newest first: values in ``unit``, and a sentence that sums them up.

    ``above`` and ``below`` name the two sides of the diagonal.
    """

    points: tuple[PlotPoint, ...]
    unit: str
    above: str
    below: str
    sentence: str


def speed_plot(entries: Iterable[Entry]) -> Plot:
    """Plot answers that are long enough and for which a speed was forecast."""
    listed = list(entries)
    long = [one for one in listed if one.answer.is_long_enough and one.answer.generation > 0]
    shown = [one for one in long if one.answer.forecast and one.answer.forecast.expected > 0]
    summary = accuracy(entry.answer.error for entry in shown)
    return Plot(
        points=tuple(map(_answered, shown)),
        unit=_("tokens/s"),
        above=_("faster than forecast"),
        below=_("slower than forecast"),
        sentence=_sentence(
            summary,
            (_("1 answer"), _("{count} answers")),
            (
                _too_short(len(listed) - len(long)),
                _without_forecast(len(long) - len(shown)),
            ),
        ),
    )


def memory_plot(loads: Iterable[Load]) -> Plot:
    """Plot the memory of loads that have answered, in GB."""
    listed = list(loads)
    shown = [
        load
        for load in listed
        if load.peak_bytes is not None and load.predicted_total > 0 and load.measured_total > 0
    ]
    summary = accuracy(abs(load.measured_total / load.predicted_total - 1) for load in shown)
    return Plot(
        points=tuple(map(_loaded, shown)),
        unit="GB",
        above=_("took more than forecast"),
        below=_("took less than forecast"),
        sentence=_sentence(
            summary,
            (_("1 load"), _("{count} loads")),
            (_unanswered(len(listed) - len(shown)),),
        ),
    )


def _answered(entry: Entry) -> PlotPoint:
    answer = entry.answer
    assert answer.forecast is not None
    expected, measured = answer.forecast.expected, answer.generation
    return PlotPoint(
        name=entry.load.name,
        low=min(max(answer.forecast.low, expected / 100), expected),
        forecast=expected,
        high=max(answer.forecast.high, expected),
        measured=measured,
        inside=answer.forecast.low <= measured <= answer.forecast.high,
        words=_("forecast {range}, measured {measured} tokens/s").format(
            range=range_figure(answer.forecast), measured=speed_figure(measured)
        ),
    )


def _loaded(load: Load) -> PlotPoint:
    forecast, measured = load.predicted_total, load.measured_total
    return PlotPoint(
        name=load.name,
        low=forecast / 1e9,
        forecast=forecast / 1e9,
        high=forecast / 1e9,
        measured=measured / 1e9,
        inside=is_close(forecast, measured),
        words=_("forecast {forecast}, measured {measured}").format(
            forecast=gigabytes(forecast), measured=gigabytes(measured)
        ),
    )


def _sentence(summary: Accuracy | None, counted: Sequence[str], left_out: Iterable[str]) -> str:
    """Say "12 answers: the forecast is typically off by 7 %, at most by 21 %.", and what is not in.

    ``left_out`` has a phrase for each kind of what cannot be compared; empty ones are none.
    """
    missing = ", ".join(filter(None, left_out))
    if not missing:
        return _summed_up(summary, counted)
    if summary is None:
        return _("Nothing to compare yet: {missing}.").format(missing=missing)
    not_counted = _("Not counted: {missing}.").format(missing=missing)
    return f"{_summed_up(summary, counted)}\n{not_counted}"


def _summed_up(summary: Accuracy | None, counted: Sequence[str]) -> str:
    if summary is None:
        return _("Nothing measured yet.")
    middle, worst = (f"{share * 100:.0f}\u00a0%" for share in (summary.middle, summary.worst))
    if summary.count == 1:
        return _("{one}: the forecast was off by {worst}.").format(one=counted[0], worst=worst)
    return _("{many}: the forecast is typically off by {middle}, at most by {worst}.").format(
        many=counted[1].format(count=summary.count), middle=middle, worst=worst
    )


def _too_short(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "{count} answer shorter than {least} tokens",
        "{count} answers shorter than {least} tokens",
        count,
    ).format(count=count, least=LONG_ENOUGH)


def _without_forecast(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "{count} answer without a forecast", "{count} answers without a forecast", count
    ).format(count=count)


def _unanswered(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "{count} load without an answer", "{count} loads without an answer", count
    ).format(count=count)
