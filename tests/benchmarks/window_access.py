"""Figures of who does without a screen or without a mouse: names of controls, ways of the Tab key.

Of every page, in a window with a chat, every control that is visible must have an accessible name,
and every one that a mouse can use must be reached by the Tab key, which must not be caught.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)

from alcove.chat.conversation import Attachment
from alcove.chat.setup import Setup
from alcove.gui.desktop import Desktop
from alcove.gui.session import SessionState
from benchmarks.token_server import SAMPLE
from benchmarks.window_figure import Figure, desktop, rest, until

PAGES = ("discover", "library", "chat", "system", "downloads", "privacy", "settings")
_CONTROLS = (
    *(QAbstractButton, QAbstractSlider, QAbstractItemView),
    *(QComboBox, QLineEdit, QPlainTextEdit, QTextEdit),
)
_MOST_STOPS = 300


def figures() -> Iterator[Figure]:
    """Count what has no name and what no key reaches, and say on standard error what that is."""
    with desktop() as opened:
        until(lambda: opened.inventory.starter is not None)
        _begin_chat(opened)
        nameless: list[str] = []
        deaf: list[str] = []
        for page in PAGES:
            opened.window.open_page(page)
            rest(1)
            nameless += [f"{page}: {told(one)}" for one in controls(opened.window) if not name(one)]
            missed = unreached(opened.window)
            deaf += [page] if missed else []
            for one in missed:
                print(f"{page}: Tab does not reach {told(one)}", file=sys.stderr)
    for one in nameless:
        print(f"without a name: {one}", file=sys.stderr)
    yield Figure(f"controls without accessible name, of {len(PAGES)} pages", len(nameless), 0)
    yield Figure("pages that cannot be worked by keyboard alone", len(deaf), 0)


def controls(window: QWidget) -> list[QWidget]:
    """Return what a user can work in ``window`` now."""
    return [
        one
        for one in window.findChildren(QWidget)
        if isinstance(one, _CONTROLS)
        and one.isVisible()
        and not isinstance(one, QScrollBar)
        and not isinstance(one.parentWidget(), QComboBox)
    ]


def name(widget: QWidget) -> str:
    """Return what a screen reader calls a widget."""
    seen = QAccessible.queryAccessibleInterface(widget)
    return seen.text(QAccessible.Text.Name) if seen else ""


def unreached(window: QWidget) -> list[QWidget]:
    """Walk by Tab until the walk begins anew; return the controls that it did not come to."""
    missed = [
        one
        for one in controls(window)
        if one.isEnabled()
        and not one.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        and (one.focusPolicy() is not Qt.FocusPolicy.NoFocus or isinstance(one, QAbstractButton))
    ]
    seen: list[QWidget] = []
    while len(seen) < _MOST_STOPS:
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        if focused is None or focused in seen:
            break
        seen.append(focused)
    return [one for one in missed if one not in seen and one.focusProxy() not in seen]


def told(widget: QWidget) -> str:
    parent = widget.parentWidget()
    return f"{type(widget).__name__} {widget.objectName()} {name(widget)!r} in {parent}"


def _begin_chat(opened: Desktop) -> None:
    """Have a conversation whose answer has all that answers have."""
    assert opened.inventory.starter is not None
    opened.open_chat(opened.inventory.starter, None)
    chat = opened.chat
    assert chat is not None
    until(lambda: chat.session.state is SessionState.READY)
    table = Attachment("prices.csv", "table", "fruit,price\napple,3\n")
    chat.page.dialogue.set_up(Setup(max_tokens=30))
    chat.page.dialogue.send("Say one word.\n" + SAMPLE, (table,))
    until(lambda: chat.page.dialogue.answering is None)
    chat.page.writing.attaching.show((table,))
    chat.page.header.drawer.click()
    until(lambda: bool(chat.page.memory.cost.text()))
    chat.page.finding.begin("nowhere")
