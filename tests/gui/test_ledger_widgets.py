from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from alcove.fit.configuration import Configuration
from alcove.fit.records import Answer, DeviceBytes, Entry, Load
from alcove.fit.result import Range
from alcove.gui.models.forecasts import memory_plot, speed_plot
from alcove.gui.models.ledger import (
    MEMORY_FORECAST,
    MEMORY_MEASURED,
    MODEL,
    SPEED_FORECAST,
    SPEED_MEASURED,
    WHEN,
    Cell,
    CellRole,
    LedgerModel,
    LedgerRow,
    configuration_in_short,
    ledger_rows,
)
from alcove.gui.theme import Theme
from alcove.gui.widgets.forecast_plot import ForecastPanel
from alcove.gui.widgets.ledger_table import LedgerTable
from alcove.gui.widgets.log_scale import LogScale
from alcove.gui.widgets.parts import button, column
from fit.past import NOW, answer, conditions, load

GB = 1_000_000_000
SHOWN = Range(6.0, 8.0, 10.0)


def loaded(number: int, predicted: int = 4 * GB, measured: int = 4 * GB, name: str = "") -> Load:
    return replace(
        load(),
        id=number,
        name=name or f"Model {number}",
        when=NOW - timedelta(days=number),
        predicted_bytes=predicted - GB,
        process_bytes=GB,
        peak_bytes=measured - GB,
        devices=(DeviceBytes("CUDA0", GB, GB),),
    )


LOADS = tuple(loaded(number, (number + 1) * 2 * GB) for number in range(12))
ENTRIES = tuple(
    Entry(one, answer(generation=4.0 * 2**place, forecast=Range(3.0, 4.0 + place, 50.0)))
    for place, one in enumerate(LOADS[:4])
)


def row(one: Load, *answers: Answer) -> LedgerRow:
    return LedgerRow.of(one, answers, NOW)


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = LedgerModel()
    qtmodeltester.check(model)
    model.show_rows(ledger_rows(LOADS, ENTRIES, NOW))
    qtmodeltester.check(model)
    model.show_rows(())


@pytest.mark.parametrize(
    ("measured", "note", "tone"),
    [
        (4 * GB, "as forecast", "good"),
        (4.12 * GB, "+3 %", "good"),
        (5 * GB, "+25 %", "fair"),
        (3 * GB, "−25 %", "fair"),
    ],
)
def test_memory_stands_beside_its_forecast(measured: float, note: str, tone: str) -> None:
    shown = row(loaded(1, 4 * GB, int(measured)))
    assert shown.memory_forecast.text == "4.0 GB"
    assert (shown.memory_measured.note, shown.memory_measured.note_tone) == (note, tone)
    assert shown.memory_measured.compact == "forecast 4.0 GB"


def test_memory_is_not_judged_before_the_first_answer() -> None:
    shown = row(replace(loaded(1), peak_bytes=None))
    assert shown.memory_measured == Cell("2.0 GB", "no answer yet", "no answer yet", tone="muted")


def test_speed_is_judged_by_the_bounds_of_its_forecast() -> None:
    inside = row(loaded(1), answer(generation=6.0, forecast=SHOWN))
    beyond = row(loaded(1), answer(generation=12.0, forecast=SHOWN))
    assert inside.speed_forecast.text == "6.0-10"
    assert (inside.speed_measured.text, inside.speed_measured.note) == ("6.0", "−25 %")
    assert inside.speed_measured.note_tone == "good"
    assert (beyond.speed_measured.note, beyond.speed_measured.note_tone) == ("+50 %", "fair")


def test_of_many_answers_the_middle_one_is_shown_and_short_ones_do_not_count() -> None:
    answers = [answer(generation=speed) for speed in (7.0, 9.0, 11.0)]
    short = [answer(generation=50.0, completion_tokens=5)] * 9
    assert row(loaded(1), *answers, *short).speed_measured.text == "9.0"
    only_short = row(loaded(1), *short).speed_measured
    assert (only_short.text, only_short.note, only_short.tone) == ("50", "short answer", "muted")


def test_without_a_forecast_the_measurement_stands_alone() -> None:
    shown = row(loaded(1), answer(generation=31.4, forecast=None))
    assert shown.speed_forecast.text == "–"
    assert shown.speed_measured == Cell("31", "no forecast", "no forecast")
    assert row(loaded(1)).speed_measured.text == "–"


def test_today_has_a_time_and_other_days_a_date() -> None:
    local = NOW.astimezone()
    assert row(replace(loaded(0), when=NOW)).when.text == f"{local:%H:%M}"
    assert "2025" in row(replace(loaded(0), when=NOW - timedelta(days=200))).when.text
    assert "2026" not in row(replace(loaded(0), when=NOW - timedelta(days=20))).when.text


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        (Configuration(8192, gpu_layers=0), "8k context · in RAM"),
        (Configuration(8192), "8k context · all layers on the GPU"),
        (
            Configuration(32768, "q8_0", 24, 6),
            "32k context · KV q8_0 · 24 layers on the GPU · experts of 6 layers in RAM",
        ),
    ],
)
def test_a_configuration_in_short(configuration: Configuration, words: str) -> None:
    assert configuration_in_short(configuration) == words
    one = replace(loaded(1), conditions=conditions(configuration=configuration))
    assert row(one).model.note == words


@pytest.fixture
def table(qtbot: QtBot, theme: Theme) -> LedgerTable:
    made = LedgerTable(theme)
    qtbot.addWidget(made)
    return made


def test_an_empty_ledger_is_a_sentence(table: LedgerTable) -> None:
    table.show()
    assert table.empty.text() == "Nothing measured yet. Load a model and talk to it."
    assert table.empty.isVisible()
    assert not table.view.isVisible()
    table.show_ledger(LOADS, ENTRIES, NOW)
    assert table.view.isVisible()
    assert not table.empty.isVisible()


@pytest.mark.parametrize("width", [860, 560])
def test_a_narrow_table_keeps_names_and_measurements(table: LedgerTable, width: int) -> None:
    table.show_ledger(LOADS, ENTRIES, NOW)
    table.resize(width, 500)
    table.show()
    narrow = width < 600
    for left_out in (WHEN, MEMORY_FORECAST, SPEED_FORECAST):
        assert table.view.isColumnHidden(left_out) == narrow
    for kept in (MODEL, MEMORY_MEASURED, SPEED_MEASURED):
        assert not table.view.isColumnHidden(kept)
    assert table.view.columnWidth(MODEL) >= 180
    assert table.view.horizontalHeader().length() <= table.view.viewport().width()


def test_the_table_takes_the_height_of_its_rows_up_to_eight(table: LedgerTable) -> None:
    table.show()
    heights = []
    for count in (1, 2, 8, 12):
        table.show_ledger(LOADS[:count], (), NOW)
        heights.append(table.view.height())
        assert table.more.isVisible() == (count > 8)
    assert heights[0] < heights[1] < heights[2] == heights[3]


def test_older_loads_are_shown_on_request_without_a_scroll_bar(
    qtbot: QtBot, table: LedgerTable
) -> None:
    table.show_ledger(LOADS, ENTRIES, NOW)
    table.show()
    few = table.view.height()
    assert (table.view.model().rowCount(), table.more.text()) == (8, "Show all 12 loads")
    qtbot.mouseClick(table.more, Qt.MouseButton.LeftButton)
    assert (table.view.model().rowCount(), table.more.text()) == (12, "Show fewer")
    assert table.view.height() > few
    assert table.view.verticalScrollBar().maximum() == 0
    table.show_ledger(LOADS, ENTRIES, NOW)
    assert table.view.model().rowCount() == 12
    qtbot.mouseClick(table.more, Qt.MouseButton.LeftButton)
    assert table.view.height() == few


def test_the_table_is_walked_by_key_and_left_by_tab(qtbot: QtBot, theme: Theme) -> None:
    page, table = QWidget(), LedgerTable(theme)
    table.show_ledger(LOADS[:8], ENTRIES, NOW)
    after = button("After")
    page.setLayout(column(table, after))
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    table.view.setFocus()
    assert table.view.currentIndex().row() == 0
    QTest.keySequence(table.view, QKeySequence("Down"))
    assert table.view.currentIndex().row() == 1
    QTest.keySequence(table.view, QKeySequence("Tab"))
    assert after.hasFocus()


def test_cells_are_read_with_their_column(table: LedgerTable) -> None:
    table.show_ledger(LOADS, ENTRIES, NOW)
    model = table.view.model()

    def said(place: int, part: int) -> str:
        return str(model.index(place, part).data(Qt.ItemDataRole.AccessibleTextRole))

    assert said(1, SPEED_MEASURED) == "Tokens/s measured: 8.0, 60 % more than forecast"
    assert said(1, MODEL) == "Model: Model 1, 8k context · in RAM"
    assert isinstance(model.index(0, MODEL).data(CellRole), Cell)
    assert table.view.accessibleName()


@pytest.fixture
def panel(qtbot: QtBot, theme: Theme) -> ForecastPanel:
    made = ForecastPanel(theme)
    qtbot.addWidget(made)
    made.resize(700, 400)
    return made


def entries(*speeds: float) -> list[Entry]:
    return [
        Entry(loaded(place, name=f"at {speed:g}"), answer(generation=speed, forecast=SHOWN))
        for place, speed in enumerate(speeds)
    ]


def test_one_sentence_sums_the_speeds_up() -> None:
    sentence = speed_plot(entries(8.0, 8.8, 4.0)).sentence.replace("\u00a0", " ")
    assert sentence == "3 answers: the forecast is typically off by 10 %, at most by 50 %."
    one = speed_plot(entries(6.0)).sentence.replace("\u00a0", " ")
    assert one == "1 answer: the forecast was off by 25 %."
    assert speed_plot(()).sentence == "Nothing measured yet."


def test_what_says_nothing_is_not_plotted() -> None:
    kept, short, unknown = entries(8.0, 9.0, 10.0)
    short = replace(short, answer=replace(short.answer, completion_tokens=31))
    unknown = replace(unknown, answer=replace(unknown.answer, forecast=None))
    assert [point.name for point in speed_plot([short, kept, unknown]).points] == ["at 8"]
    never = replace(loaded(1), peak_bytes=None)
    assert [point.name for point in memory_plot([never, loaded(2)]).points] == ["Model 2"]


def test_what_is_left_out_is_said() -> None:
    kept, short, unknown = entries(8.0, 9.0, 10.0)
    short = replace(short, answer=replace(short.answer, completion_tokens=31))
    unknown = replace(unknown, answer=replace(unknown.answer, forecast=None))
    assert speed_plot([kept, short, short, unknown]).sentence.replace("\u00a0", " ") == (
        "1 answer: the forecast was off by 0 %.\n"
        "Not counted: 2 answers shorter than 32 tokens, 1 answer without a forecast."
    )
    assert speed_plot([short]).sentence == (
        "Nothing to compare yet: 1 answer shorter than 32 tokens."
    )
    never = replace(loaded(1), peak_bytes=None)
    assert memory_plot([never]).sentence == "Nothing to compare yet: 1 load without an answer."


def test_memory_is_plotted_in_gigabytes() -> None:
    right, wrong = memory_plot([loaded(1, 4 * GB, 4 * GB), loaded(2, 4 * GB, 5 * GB)]).points
    assert (wrong.forecast, wrong.measured) == (4.0, 5.0)
    assert (right.inside, wrong.inside) == (True, False)
    assert wrong.words == "forecast 4.0 GB, measured 5.0 GB"


def test_the_panel_shows_speed_or_memory(panel: ForecastPanel) -> None:
    assert not panel.isVisibleTo(panel.parentWidget())
    panel.show_ledger(LOADS[:2], ENTRIES)
    panel.show()
    assert panel.sentence.text().startswith("4 answers")
    panel.choice.setCurrentIndex(panel.choice.findData("memory"))
    assert panel.sentence.text().startswith("2 loads")
    assert panel.plot.accessibleDescription() == panel.sentence.text()
    panel.show_ledger((), ())
    assert not panel.isVisible()


def test_keys_walk_the_points_from_slow_to_fast(panel: ForecastPanel) -> None:
    panel.show_ledger(LOADS, ENTRIES)
    panel.show()
    plot = panel.plot
    plot.setFocus()
    seen = []
    for key in ("Right", "Right", "Left", "End", "Right", "Home"):
        QTest.keySequence(plot, QKeySequence(key))
        seen.append(plot.chosen)
    assert seen == [0, 1, 0, 3, 3, 0]
    assert plot.accessibleDescription() == "Model 0: forecast 3.0-50, measured 4.0 tokens/s"
    QTest.keySequence(plot, QKeySequence("Esc"))
    assert plot.chosen is None
    assert plot.accessibleDescription() == panel.sentence.text()


def test_the_pointer_names_a_point(qtbot: QtBot, panel: ForecastPanel) -> None:
    panel.show_ledger(LOADS, ENTRIES)
    panel.show()
    for point in (1, 3):
        qtbot.mouseMove(panel.plot, panel.plot.place(point).toPoint() + QPoint(3, -3))
        assert panel.plot.chosen == point
    qtbot.mouseMove(panel.plot, QPoint(60, 40))
    assert panel.plot.chosen is None


def picture(widget: QWidget) -> QImage:
    return widget.grab().toImage()


@pytest.mark.parametrize("speeds", [(), (8.0,), (1e-4, 8.0), (8.0, 9e5)])
def test_any_points_can_be_painted(panel: ForecastPanel, speeds: Sequence[float]) -> None:
    panel.show_ledger((), entries(*speeds))
    panel.show()
    before = picture(panel.plot)
    for point in range(len(speeds)):
        assert panel.plot.rect().contains(panel.plot.place(point).toPoint())
        panel.plot.choose(point)
        assert picture(panel.plot) != before


def test_both_follow_the_colours(panel: ForecastPanel, table: LedgerTable, theme: Theme) -> None:
    panel.show_ledger(LOADS, ENTRIES)
    table.show_ledger(LOADS, ENTRIES, NOW)
    light = picture(panel), picture(table)
    theme.choose("dark")
    assert (picture(panel) != light[0], picture(table) != light[1]) == (True, True)


values = st.floats(1e-6, 1e9)


@settings(deadline=None)
@given(st.lists(values, min_size=1))
def test_every_value_has_room_on_the_axis(listed: list[float]) -> None:
    scale = LogScale.over(listed)
    assert all(0 < scale.share(value) < 1 for value in listed)
    assert scale.high / scale.low >= 3.99
    ticks = scale.ticks()
    assert list(ticks) == sorted(ticks)
    assert all(scale.low <= tick <= scale.high for tick in ticks)
    assert 1 <= len(ticks) <= max(7, log(scale.high / scale.low, 10) + 1)
