"""The Privacy page, with a real journal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.journal import JournalView
from alcove.gui.models.journal import HOST, PAGE, RESULT, JournalModel
from alcove.gui.pages.privacy import PrivacyPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.network.entry import Entry, Outcome
from alcove.network.journal import Journal

WAIT = 20_000


def entry(host: str = "huggingface.co", **changes: object) -> Entry:
    fields = {
        "when": datetime(2026, 11, 25, 12, 0, tzinfo=UTC),
        "method": "GET",
        "scheme": "https",
        "host": host,
        "port": 443,
        "path": "/api/models/org/repo",
        "why": "model details",
        "process": "alcove",
    }
    return Entry(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "alcove.db")


@pytest.fixture
def page(
    qtbot: QtBot, tasks: Tasks, journal: Journal, preferences: Preferences, theme: Theme
) -> Iterator[PrivacyPage]:
    made = PrivacyPage(JournalView(tasks, journal), preferences, theme, every_ms=20)
    qtbot.addWidget(made)
    made.resize(1100, 700)
    yield made
    made.hide()


def rows(page: PrivacyPage) -> int:
    return page.table.model().rowCount()


def said(page: PrivacyPage, row: int, column: int) -> str:
    model = page.table.model()
    return str(model.data(model.index(row, column), Qt.ItemDataRole.DisplayRole))


def test_without_requests_it_says_so(page: PrivacyPage) -> None:
    page.show()
    assert page.empty.isVisible()
    texts = " ".join(one.text() for one in page.findChildren(QLabel))
    assert "no telemetry" in texts
    assert "ss -tp on Linux" in texts


def test_requests_show_as_they_are_sent_and_answered(
    qtbot: QtBot, page: PrivacyPage, journal: Journal
) -> None:
    page.show()
    first = journal.record(entry(when=datetime.now(UTC)))
    qtbot.waitUntil(lambda: rows(page) == 1, timeout=WAIT)
    assert said(page, 0, RESULT) == "under way"
    journal.complete(first, Outcome(200, 321, 4_500_000, 0.5))
    qtbot.waitUntil(lambda: said(page, 0, RESULT) == "200", timeout=WAIT)
    journal.record(entry("cdn.example", failure="connection refused"))
    qtbot.waitUntil(lambda: rows(page) == 2, timeout=WAIT)
    assert (said(page, 0, HOST), said(page, 1, HOST)) == ("cdn.example", "huggingface.co")
    assert page.hosts.itemText(0) == "All hosts · 2 requests · 321 B sent · 4 MB received"
    page.hide()
    assert not page.watching


def test_one_host_can_be_looked_at(qtbot: QtBot, page: PrivacyPage, journal: Journal) -> None:
    for host in ("huggingface.co", "cdn.example", "huggingface.co"):
        journal.record(entry(host))
    page.show()
    qtbot.waitUntil(lambda: rows(page) == 3, timeout=WAIT)
    page.hosts.setCurrentIndex(page.hosts.findData("cdn.example"))
    page.hosts.activated.emit(page.hosts.currentIndex())
    qtbot.waitUntil(lambda: rows(page) == 1, timeout=WAIT)
    journal.record(entry("cdn.example"))
    qtbot.waitUntil(lambda: rows(page) == 2, timeout=WAIT)
    assert page.hosts.currentData() == "cdn.example"


def test_a_look_at_the_journal_keeps_the_host_that_was_just_chosen(
    qtbot: QtBot, tasks: Tasks, journal: Journal
) -> None:
    for host in ("huggingface.co", "huggingface.co", "cdn.example"):
        journal.record(entry(host))
    view = JournalView(tasks, journal)
    for host, ids in ((None, [3, 2, 1]), ("cdn.example", [3]), (None, [3, 2, 1])):
        with qtbot.waitSignal(view.changed, timeout=WAIT):
            view.filter(host)
            view.read()  # as the page does again and again
        assert [one.id for one in view.model.entries] == ids


def test_older_requests_are_asked_for_again_after_a_failure(
    qtbot: QtBot, tasks: Tasks, journal: Journal, tmp_path: Path
) -> None:
    for _number in range(PAGE + 1):
        journal.record(entry())
    view = JournalView(tasks, journal)
    with qtbot.waitSignal(view.changed, timeout=WAIT):
        view.filter(None)
    journal.path.rename(tmp_path / "aside.db")
    journal.path.mkdir()
    with qtbot.waitSignal(view.failed, timeout=WAIT):
        view.model.fetchMore(QModelIndex())
    journal.path.rmdir()
    (tmp_path / "aside.db").rename(journal.path)
    with qtbot.waitSignal(view.model.rowsInserted, timeout=WAIT):
        view.model.fetchMore(QModelIndex())
    assert len(view.model.entries) == PAGE + 1


def test_thousands_are_read_as_far_as_somebody_scrolls(
    qtbot: QtBot, page: PrivacyPage, journal: Journal
) -> None:
    count = 3 * PAGE + 7
    for _number in range(count):
        journal.record(entry())
    page.show()
    qtbot.waitUntil(lambda: rows(page) >= PAGE, timeout=WAIT)
    assert rows(page) < count
    while rows(page) < count:
        before = rows(page)
        page.table.scrollToBottom()
        qtbot.waitUntil(lambda before=before: rows(page) > before, timeout=WAIT)
    page.table.scrollToBottom()
    ids = [one.id for one in page.table.model().entries]  # type: ignore[attr-defined]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == count


def test_it_is_exported_and_cleared(
    qtbot: QtBot, page: PrivacyPage, journal: Journal, tmp_path: Path
) -> None:
    journal.record(entry())
    page.show()
    qtbot.waitUntil(lambda: rows(page) == 1, timeout=WAIT)
    page.export(tmp_path / "sent.json")
    qtbot.waitUntil(page.news.isVisible, timeout=WAIT)
    assert "1 request was written" in page.news.text()
    (written,) = json.loads((tmp_path / "sent.json").read_text())
    assert written["host"] == "huggingface.co"
    page.export(tmp_path / "nowhere" / "sent.csv")
    qtbot.waitUntil(lambda: "could not be written" in page.news.text(), timeout=WAIT)
    page.clear.click()
    (dialog,) = page.findChildren(ConfirmDialog)
    qtbot.mouseClick(dialog.agree, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.empty.isVisible, timeout=WAIT)
    assert journal.entries() == ()
    qtbot.waitUntil(lambda: "since the list was cleared on 2" in _said(page.empty), timeout=WAIT)


def _said(widget: QWidget) -> str:
    return " ".join(one.text() for one in widget.findChildren(QLabel))


def test_the_switch_shuts_the_door(page: PrivacyPage, preferences: Preferences) -> None:
    page.show()
    page.offline.click()
    assert preferences.network().offline
    page.offline.click()
    assert not preferences.network().offline


def test_the_model_keeps_the_rules_of_models(qtmodeltester: ModelTester) -> None:
    model = JournalModel()
    model.begin([entry(id=number) for number in range(PAGE, 0, -1)])
    qtmodeltester.check(model)
    model.append([entry(id=0)])
    model.refresh([entry(id=PAGE + 1), entry(id=PAGE, status=200)])
    assert model.rowCount() == PAGE + 2
    assert model.entries[1].status == 200
    model.refresh([entry(id=5 * PAGE)])
    assert model.rowCount() == 1
