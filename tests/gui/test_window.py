from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from alcove.errors import AlcoveError, Remedy, StorageError
from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.dialogs.failure import FailureDialog
from alcove.gui.icons import Icons
from alcove.gui.messages import Action, Messages
from alcove.gui.preferences import Preferences
from alcove.gui.remedies import actions_for, label_of
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.widgets.empty_state import EmptyState
from alcove.gui.window import MainWindow


@pytest.fixture
def unseen(
    qtbot: QtBot,
    preferences: Preferences,
    theme: Theme,
    icons: Icons,
    messages: Messages,
    transfers: Transfers,
) -> MainWindow:
    made = MainWindow(preferences, theme, icons, messages, transfers)
    qtbot.addWidget(made)
    made.add_page("first", "First", "compass", lambda: QLineEdit("first"))
    made.add_page("second", "Second", "books", lambda: QLineEdit("second"))
    return made


@pytest.fixture
def window(unseen: MainWindow) -> Iterator[MainWindow]:
    unseen.show()
    yield unseen
    unseen.hide()


def test_the_first_frame_is_announced_once(qtbot: QtBot, unseen: MainWindow) -> None:
    frames: list[None] = []
    unseen.first_frame.connect(lambda: frames.append(None))
    with qtbot.waitSignal(unseen.first_frame, timeout=5_000):
        unseen.show()
    unseen.repaint()
    assert len(frames) == 1


def test_pages_are_built_when_opened_and_kept(window: MainWindow) -> None:
    opened: list[str] = []
    window.page_changed.connect(opened.append)
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    second = window.page("second")
    assert second.isVisible()
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert window.page("first").isVisible()
    assert not second.isVisible()
    assert window.page("second") is second
    assert opened == ["second", "first"]


def test_a_page_that_cannot_be_built_says_why_and_is_tried_again(
    qtbot: QtBot, window: MainWindow
) -> None:
    broken = [StorageError("The disk is full.", "Free some of it.")]

    def build() -> QWidget:
        if broken:
            raise broken.pop()
        return QLineEdit("there it is")

    window.add_page("third", "Third", "chat", build)
    window.open_page("third")
    (state,) = [one for one in window.findChildren(EmptyState) if one.isVisible()]
    assert state.heading == "The disk is full."
    qtbot.mouseClick(state.button, Qt.MouseButton.LeftButton)
    assert window.page("third").isVisible()


def test_the_banner_offers_remedies(qtbot: QtBot, window: MainWindow, messages: Messages) -> None:
    done: list[str] = []
    messages.post("The disk is full.", "error", Action("Try again", lambda: done.append("again")))
    assert window.banner.isVisible()
    assert window.banner.text == "The disk is full."
    (remedy,) = window.banner.remedies()
    assert remedy.isVisible()
    qtbot.mouseClick(remedy, Qt.MouseButton.LeftButton)
    assert done == ["again"]
    assert not window.banner.isVisible()


def test_the_geometry_is_remembered(
    qtbot: QtBot,
    window: MainWindow,
    preferences: Preferences,
    theme: Theme,
    icons: Icons,
    messages: Messages,
    transfers: Transfers,
) -> None:
    window.resize(780, 540)
    window.close()
    assert preferences.settings.window
    again = MainWindow(preferences, theme, icons, messages, transfers)
    qtbot.addWidget(again)
    assert (again.width(), again.height()) == (780, 540)


def labels(dialog: FailureDialog) -> list[str]:
    return [label.text() for label in dialog.findChildren(QLabel)]


def test_the_failure_dialog_offers_what_can_be_done(qtbot: QtBot, window: MainWindow) -> None:
    done: list[str] = []
    error = AlcoveError("It broke.", "Mend it.", Remedy.RETRY, Remedy.SIGN_IN)
    actions = actions_for(error, {Remedy.RETRY: lambda: done.append("again")})
    dialog = FailureDialog.show_error(error, actions, window)
    assert dialog.isVisible()
    assert labels(dialog)[:2] == ["It broke.", "Mend it."]
    buttons = {one.text(): one for one in dialog.findChildren(QPushButton)}
    assert set(buttons) == {"Try again", "Close"}
    with qtbot.waitSignal(dialog.finished):
        qtbot.mouseClick(buttons["Try again"], Qt.MouseButton.LeftButton)
    assert done == ["again"]


def test_a_surprise_shows_its_traceback_to_copy(qtbot: QtBot, window: MainWindow) -> None:
    try:
        raise ZeroDivisionError("nobody expected this")
    except ZeroDivisionError as error:
        dialog = FailureDialog.show_exception(type(error), error, error.__traceback__, window)
    (view,) = dialog.findChildren(QPlainTextEdit)
    assert "test_a_surprise_shows_its_traceback" in view.toPlainText()
    copy = next(one for one in dialog.findChildren(QPushButton) if one.text() == "Copy details")
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == view.toPlainText()
    dialog.reject()


def test_escape_agrees_to_nothing(qtbot: QtBot, window: MainWindow) -> None:
    agreed: list[None] = []
    dialog = ConfirmDialog.ask(
        "Delete?", "It is gone.", "Delete", lambda: agreed.append(None), window
    )
    with qtbot.waitSignal(dialog.finished):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert agreed == []
    dialog = ConfirmDialog.ask(
        "Delete?", "It is gone.", "Delete", lambda: agreed.append(None), window
    )
    with qtbot.waitSignal(dialog.finished):
        qtbot.mouseClick(dialog.agree, Qt.MouseButton.LeftButton)
    assert agreed == [None]


@pytest.mark.parametrize("remedy", list(Remedy))
def test_every_remedy_has_words(remedy: Remedy) -> None:
    assert label_of(remedy)


def test_every_remedy_with_a_handler_has_a_button() -> None:
    done: list[Remedy] = []
    error = AlcoveError("It broke.", "Mend it.", *Remedy)
    actions = actions_for(error, {one: lambda one=one: done.append(one) for one in Remedy})
    assert len({action.label for action in actions}) == len(Remedy)
    for action in actions:
        action.run()
    assert done == list(Remedy)


def test_an_unread_error_stays_until_it_is_closed(window: MainWindow, messages: Messages) -> None:
    messages.post("The disk is full.", "error")
    messages.post("It is there.", "good")
    assert window.banner.text == "The disk is full."
    messages.clear()
    messages.post("It is there.", "good")
    assert window.banner.text == "It is there."
    messages.post("The disk is full again.", "error")
    assert window.banner.text == "The disk is full again."


def test_good_news_leaves_by_itself_and_an_error_does_not(qtbot: QtBot) -> None:
    messages = Messages(good_ms=10)
    with qtbot.waitSignal(messages.cleared, timeout=5_000):
        messages.post("It is there.", "good")
    messages.post("It is there.", "good")
    with qtbot.assertNotEmitted(messages.cleared, wait=50):
        messages.post("The disk is full.", "error")
