"""Files, folders and links that are dropped on the whole window or pasted into it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from alcove.gui.desktop import Desktop
from alcove.gui.dialogs.link import LinkDialog
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.session import SessionState
from alcove.paths import Paths
from local_hub import LocalHub

WAIT = 60_000
REPOSITORY = "org/Small-GGUF"
FILE = "small-Q4_1.gguf"


@pytest.fixture
def desktop(qtbot: QtBot, qapp: QApplication, alcove_home: Path) -> Iterator[Desktop]:
    made = Desktop(qapp, Paths(alcove_home, alcove_home / "cache", alcove_home / "logs"))
    qtbot.addWidget(made.window)
    with qtbot.waitSignals(
        [made.inventory.installed_changed, made.inventory.machine_changed], timeout=WAIT
    ):
        made.window.show()
    yield made
    made.window.close()
    qapp.setStyleSheet("")


def drop(desktop: Desktop, *urls: QUrl, text: str = "") -> None:
    """Drag over the window and let go, as the window system would say it."""
    content = QMimeData()
    if urls:
        content.setUrls(urls)
    if text:
        content.setText(text)
    copy, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    entered = QDragEnterEvent(QPoint(200, 200), copy, content, left, none)
    QApplication.sendEvent(desktop.window, entered)
    assert entered.isAccepted()
    dropped = QDropEvent(QPointF(200, 200), copy, content, left, none)
    QApplication.sendEvent(desktop.window, dropped)


def local(path: Path) -> QUrl:
    return QUrl.fromLocalFile(str(path))


def dialog_of(desktop: Desktop) -> LinkDialog:
    (dialog,) = desktop.window.findChildren(LinkDialog)
    return dialog


def test_a_file_is_opened_in_the_chat(qtbot: QtBot, desktop: Desktop, smollm2_path: Path) -> None:
    drop(desktop, local(smollm2_path))
    qtbot.waitUntil(lambda: desktop.chat is not None, timeout=WAIT)
    chat = desktop.chat
    assert chat is not None
    qtbot.waitUntil(lambda: chat.session.state is SessionState.READY, timeout=WAIT)
    assert chat.session.model is not None
    assert chat.session.model.path == smollm2_path


def test_a_folder_is_added_to_the_library(
    qtbot: QtBot, desktop: Desktop, smollm2_path: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "models" / "deep"
    folder.mkdir(parents=True)
    shutil.copy(smollm2_path, folder / "mine.gguf")
    with qtbot.waitSignal(desktop.inventory.installed_changed, timeout=WAIT):
        drop(desktop, local(folder.parent))
    assert desktop.preferences.settings.model_folders == (str(folder.parent),)
    assert folder / "mine.gguf" in [one.path for one in desktop.inventory.installed or ()]
    assert str(folder.parent) in desktop.window.banner.text
    assert desktop.window.page("library").isVisible()


@pytest.mark.parametrize("name", ["library", "settings"])
def test_a_folder_that_is_chosen_is_as_good_as_a_dropped_one(
    qtbot: QtBot, desktop: Desktop, smollm2_path: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "models").mkdir()
    shutil.copy(smollm2_path, tmp_path / "models" / "mine.gguf")
    desktop.window.open_page(name)
    page = desktop.window.page(name)
    (add,) = (one for one in page.findChildren(QPushButton) if one.text() == "Add folder…")
    qtbot.mouseClick(add, Qt.MouseButton.LeftButton)
    (dialog,) = page.findChildren(QFileDialog)
    with qtbot.waitSignal(desktop.messages.posted, timeout=WAIT):
        dialog.fileSelected.emit(str(tmp_path / "empty"))
    assert "holds no GGUF file" in desktop.window.banner.text
    assert desktop.preferences.settings.model_folders == ()
    with qtbot.waitSignal(desktop.inventory.installed_changed, timeout=WAIT):
        dialog.fileSelected.emit(str(tmp_path / "models"))
    assert desktop.preferences.settings.model_folders == (str(tmp_path / "models"),)
    dialog.reject()


def test_several_models_stand_for_their_folder(
    qtbot: QtBot, desktop: Desktop, smollm2_path: Path, tmp_path: Path
) -> None:
    files = [tmp_path / "a.gguf", tmp_path / "b.gguf"]
    for file in files:
        shutil.copy(smollm2_path, file)
    with qtbot.waitSignal(desktop.inventory.installed_changed, timeout=WAIT):
        drop(desktop, *map(local, files))
    assert desktop.preferences.settings.model_folders == (str(tmp_path),)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("notes.txt", "notes.txt"),
        ("mmproj-F16.gguf", "only accompanies a model"),
        ("gone.gguf", "gone.gguf"),
        ("empty", "holds no GGUF file"),
    ],
)
def test_what_is_no_model_is_met_with_a_sentence(
    qtbot: QtBot, desktop: Desktop, tmp_path: Path, name: str, says: str
) -> None:
    (tmp_path / "notes.txt").write_text("Buy milk.")
    (tmp_path / "mmproj-F16.gguf").write_bytes(b"GGUF")
    (tmp_path / "empty").mkdir()
    with qtbot.waitSignal(desktop.messages.posted, timeout=WAIT):
        drop(desktop, local(tmp_path / name))
    assert says in desktop.window.banner.text


@pytest.mark.parametrize("text", ["Buy milk.", "https://example.com/milk"])
def test_a_text_that_leads_nowhere_is_met_with_a_sentence(desktop: Desktop, text: str) -> None:
    drop(desktop, text=text)
    assert "a link to a model on Hugging Face" in desktop.window.banner.text


def test_a_link_is_offered_with_a_verdict_and_downloaded(
    qtbot: QtBot, local_hub: LocalHub, desktop: Desktop, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, FILE, smollm2_path)
    local_hub.add(REPOSITORY, "mmproj-F16.gguf", smollm2_path)
    drop(desktop, QUrl(f"{local_hub.endpoint}/{REPOSITORY}"))
    dialog = dialog_of(desktop)
    qtbot.waitUntil(dialog.verdict.isVisible, timeout=WAIT)
    assert [dialog.quantizations.itemText(n) for n in range(dialog.quantizations.count())] == [
        "Q4_1 · 98 MB"
    ]
    assert "dry run" in dialog.verdict.basis.text()
    assert not dialog.chat.isVisible()
    with qtbot.waitSignal(desktop.inventory.installed_changed, timeout=WAIT):
        qtbot.mouseClick(dialog.download, Qt.MouseButton.LeftButton)
    assert any(one.repository == REPOSITORY for one in desktop.inventory.installed or ())

    desktop.arrivals.drops.take_text(f"hf.co/{REPOSITORY}")
    again = next(one for one in desktop.window.findChildren(LinkDialog) if one is not dialog)
    qtbot.waitUntil(again.chat.isVisible, timeout=WAIT)
    assert not again.download.isVisible()
    qtbot.mouseClick(again.chat, Qt.MouseButton.LeftButton)
    assert desktop.chat is not None


def test_a_link_that_fails_says_why_and_can_be_tried_again(
    qtbot: QtBot, local_hub: LocalHub, desktop: Desktop, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, FILE, smollm2_path)
    local_hub.faults.status = 500
    desktop.arrivals.drops.take_text(f"{local_hub.endpoint}/{REPOSITORY}")
    dialog = dialog_of(desktop)
    qtbot.waitUntil(lambda: "status 500" in dialog.sentence.text(), timeout=WAIT)
    local_hub.faults.status = None
    dialog.look()
    qtbot.waitUntil(lambda: dialog.model is not None, timeout=WAIT)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_link_may_be_entered_where_one_searches(
    qtbot: QtBot, local_hub: LocalHub, desktop: Desktop, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, FILE, smollm2_path)
    desktop.window.open_page("discover")
    discover = desktop.window.page("discover")
    assert isinstance(discover, DiscoverPage)
    qtbot.waitUntil(discover.list.isVisible, timeout=WAIT)
    QTest.keyClicks(discover.bar.search, f"hf.co/{REPOSITORY}")
    assert discover.empty.heading == "This is a link"
    QTest.keyClick(discover.bar.search, Qt.Key.Key_Return)
    dialog = dialog_of(desktop)
    qtbot.waitUntil(lambda: dialog.model is not None, timeout=WAIT)
    assert discover.bar.search.text() == ""
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_pasted_link_is_as_good_as_a_dropped_one(qtbot: QtBot, desktop: Desktop) -> None:
    desktop.preferences.update(offline=True)
    desktop.window.open_page("library")
    desktop.window.page("library").setFocus()
    QGuiApplication.clipboard().setText("Buy milk.")
    QTest.keySequence(desktop.window, "Ctrl+V")
    assert desktop.window.banner.isHidden()
    QGuiApplication.clipboard().setText(f"https://huggingface.co/{REPOSITORY}/blob/main/{FILE}")
    QTest.keySequence(desktop.window, "Ctrl+V")
    dialog = dialog_of(desktop)
    qtbot.waitUntil(lambda: "offline" in dialog.sentence.text(), timeout=WAIT)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
