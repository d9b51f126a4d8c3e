"""Files go with a message: chosen, dropped or pasted, priced, shown, sent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QTableWidget, QToolButton

from alcove.chat.store import ConversationStore
from alcove.gui.chat import attaching
from alcove.gui.chat.user_view import UserView
from alcove.gui.chat.words import WordsView
from alcove.gui.widgets.elided_label import ElidedLabel
from gui.chat.conftest import Chat

MOVE = Qt.DropAction.CopyAction


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "prices.csv"
    path.write_text("fruit,price\napple,3\npear,4\n")
    return path


@pytest.fixture
def code(tmp_path: Path) -> Path:
    path = tmp_path / "main.py"
    path.write_text("print('hello there')\n")
    return path


def files_of(*paths: Path) -> QMimeData:
    made = QMimeData()
    made.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return made


def attach(chat: Chat, *paths: Path) -> None:
    chat.page.writing.attaching.add(list(paths))
    chat.qtbot.waitUntil(lambda: not chat.page.composer.strip.reading)


def names(chat: Chat) -> list[str]:
    """Return the files that the composer shows."""
    chat.qtbot.waitUntil(lambda: not chat.page.composer.strip.reading)
    return [one.name for one in chat.page.writing.attaching.attachments]


def costs(chat: Chat) -> list[str]:
    labels = chat.page.composer.strip.findChildren(object)
    return [
        one.text()
        for one in labels
        if hasattr(one, "text") and not isinstance(one, ElidedLabel | QToolButton)
        if "token" in one.text() and one.isVisible()
    ]


def drag(chat: Chat, content: QMimeData) -> bool:
    """Drag something onto the page; whether it can be let go."""
    event = QDragEnterEvent(
        chat.page.rect().center(),
        MOVE,
        content,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.setAccepted(False)
    QApplication.sendEvent(chat.page, event)
    return event.isAccepted()


def test_file_and_question_go_to_the_model(chat: Chat, table: Path, code: Path) -> None:
    chat.start()
    attach(chat, table, code)
    chat.qtbot.waitUntil(lambda: costs(chat) == ["6 tokens", "5 tokens"])
    chat.ask("What is this?", "A table.")
    (turn,) = chat.client.requests[-1].turns
    assert turn.content == (
        "prices.csv:\n\n```csv\nfruit,price\napple,3\npear,4\n```\n\n"
        "main.py:\n\n```py\nprint('hello there')\n```\n\nWhat is this?"
    )
    assert names(chat) == []
    assert not chat.page.composer.strip.isVisible()


def test_files_alone_can_be_sent(chat: Chat, code: Path) -> None:
    chat.start()
    assert not chat.page.composer.send.isEnabled()
    attach(chat, code)
    chat.client.answer("Python.")
    with chat.qtbot.waitSignal(chat.page.dialogue.settled):
        chat.page.composer.send.click()
    assert [one.title for one in chat.store.conversations()] == ["main.py"]
    assert chat.client.requests[-1].turns[0].content.startswith("main.py:")


def test_table_is_shown_as_a_table_and_other_files_on_demand(
    chat: Chat, table: Path, code: Path
) -> None:
    chat.start()
    attach(chat, table, code)
    chat.ask("Which is dearer?", "The pear.")
    view = chat.page.transcript.views[0]
    assert isinstance(view, UserView)
    (shown,) = view.findChildren(QTableWidget)
    assert shown.horizontalHeaderItem(1).text() == "price"
    assert shown.item(1, 0).text() == "pear"
    assert shown.isVisible()
    view.attachments[0].name.click()
    assert not shown.isVisible()
    view.attachments[1].name.click()
    (words,) = view.attachments[1].findChildren(WordsView)
    chat.qtbot.waitUntil(words.isVisible)
    assert words.toPlainText() == "print('hello there')"


def test_without_a_model_the_cost_is_an_estimate(chat: Chat, code: Path) -> None:
    attach(chat, code)
    chat.qtbot.waitUntil(lambda: costs(chat) == ["about 10 tokens"])
    chat.start()
    attach(chat, code)
    chat.qtbot.waitUntil(lambda: costs(chat) == ["5 tokens"])


def test_engine_that_does_not_count_leaves_the_estimate(chat: Chat, code: Path) -> None:
    chat.start()
    chat.client.counts = False
    attach(chat, code)
    chat.qtbot.waitUntil(lambda: costs(chat) == ["about 10 tokens"])


def test_more_than_the_context_holds_is_said_before_sending(chat: Chat, tmp_path: Path) -> None:
    chat.start()
    long = tmp_path / "long.txt"
    long.write_text("word " * 3000)
    attach(chat, long)
    sentence = chat.page.composer.strip.sentence
    chat.qtbot.waitUntil(lambda: "take 3,003 tokens, more than the 2,048" in sentence.text())
    buttons = chat.page.composer.strip.findChildren(QToolButton)
    next(one for one in buttons if one.accessibleName() == "Remove long.txt").click()
    assert not sentence.isVisible()
    assert names(chat) == []


def test_what_cannot_be_attached_is_said_and_the_rest_attached(
    chat: Chat, code: Path, tmp_path: Path
) -> None:
    binary = tmp_path / "program.bin"
    binary.write_bytes(b"\0\1\2")
    attach(chat, binary, code)
    assert names(chat) == ["main.py"]
    assert "program.bin is no text." in chat.page.composer.strip.sentence.text()


def test_too_many_files_are_refused(chat: Chat, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.txt" for number in range(11)]
    for path in paths:
        path.write_text("x")
    attach(chat, *paths)
    assert names(chat) == []
    assert chat.page.composer.strip.sentence.text() == "10 files can go with a message."
    attach(chat, *paths[:10])
    assert len(names(chat)) == 10


def test_files_are_dropped_on_the_page(chat: Chat, code: Path, tmp_path: Path) -> None:
    assert drag(chat, files_of(code))
    assert chat.page.composer.property("dropping") is True
    QApplication.sendEvent(chat.page, QDragLeaveEvent())
    assert chat.page.composer.property("dropping") is False
    content = files_of(code)  # which the event does not keep
    drag(chat, content)
    QApplication.sendEvent(
        chat.page,
        QDropEvent(
            QPointF(100, 100),
            MOVE,
            content,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        ),
    )
    assert names(chat) == ["main.py"]
    model = tmp_path / "model.gguf"
    model.touch()
    assert not drag(chat, files_of(model))
    assert not drag(chat, files_of(code, model))
    assert not drag(chat, files_of(tmp_path))


def test_files_are_pasted(chat: Chat, code: Path) -> None:
    QGuiApplication.clipboard().setMimeData(files_of(code))
    chat.page.composer.draft.paste()
    assert names(chat) == ["main.py"]
    assert chat.page.composer.text == ""
    QGuiApplication.clipboard().setText("plain")
    chat.page.composer.draft.paste()
    assert chat.page.composer.text == "plain"


def test_files_are_chosen_in_a_dialog(chat: Chat, code: Path) -> None:
    chat.page.composer.attach.click()
    dialog = chat.page.findChild(QFileDialog)
    assert dialog is not None
    dialog.filesSelected.emit([str(code)])
    dialog.close()
    assert names(chat) == ["main.py"]


def test_files_are_part_of_the_draft(
    chat: Chat, make_chat: Callable[[], Chat], code: Path, store: ConversationStore
) -> None:
    attach(chat, code)
    other = store.create("starter").id
    chat.page.show_conversation(other)
    assert names(chat) == []
    chat.page.show_conversation(None)
    assert names(chat) == ["main.py"]
    chat.page.stop()
    assert names(make_chat()) == ["main.py"]


def test_files_of_a_message_stay_with_it_when_it_is_edited(chat: Chat, code: Path) -> None:
    chat.start()
    attach(chat, code)
    chat.ask("What?", "Python.")
    view = chat.page.transcript.views[0]
    assert view.message is not None
    chat.page.transcript.edit_requested.emit(view.message)
    assert names(chat) == ["main.py"]
    chat.ask("Which language?", "Python.")
    branch = chat.store.branch(chat.store.conversations()[0].id)
    assert [one.name for one in branch[0].attachments] == ["main.py"]
    assert branch[0].text == "Which language?"
    assert names(chat) == []


def test_reading_can_be_stopped_and_nothing_is_sent_meanwhile(
    chat: Chat, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    real = attaching.read_attachment

    def slow(path: Path, report: Callable[[float], None]) -> object:
        assert go.wait(10)
        return real(path, report)

    monkeypatch.setattr(attaching, "read_attachment", slow)
    chat.start()
    chat.page.composer.set_text("What?")
    chat.page.writing.attaching.add([code])
    assert chat.page.composer.strip.reading
    assert not chat.page.composer.send.isEnabled()
    chat.page.writing.attaching.add([code])
    assert "Wait until" in chat.page.composer.strip.sentence.text()
    chat.page.composer.strip.stop.click()
    go.set()
    assert names(chat) == []
    assert chat.page.composer.send.isEnabled()
