"""The main window: the rail, the pages, the banner and the bar of transfers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QByteArray, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from alcove.errors import AlcoveError
from alcove.gui.icons import Icons
from alcove.gui.messages import Messages
from alcove.gui.preferences import Preferences
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.widgets.banner import Banner
from alcove.gui.widgets.drop_target import DropTarget
from alcove.gui.widgets.empty_state import EmptyState
from alcove.gui.widgets.parts import column, label, row
from alcove.gui.widgets.rail import Rail
from alcove.gui.widgets.transfer_bar import TransferBar
from alcove.i18n import _

PageFactory = Callable[[], QWidget]


@runtime_checkable
class TakesFocus(Protocol):
    """A page that chooses which of its parts has the focus when it is opened.

    A focus proxy would do that too, but Tab then passes over what stands before the proxy.
    """

    def take_focus(self) -> None:
        """Give the focus to the part that most users want first."""


class MainWindow(QMainWindow):
    """Holds the pages. A page is built when it is first opened."""

    first_frame = Signal()
    closing = Signal()
    given = Signal(object)
    """Something was dropped on the window; carries the QMimeData."""
    pasted = Signal(object)
    """Something was pasted where no text can be typed; carries the QMimeData."""
    page_changed = Signal(str)

    def __init__(
        self,
        preferences: Preferences,
        theme: Theme,
        icons: Icons,
        messages: Messages,
        transfers: Transfers,
    ) -> None:
        super().__init__()
        self._preferences = preferences
        self._theme = theme
        self._factories: dict[str, PageFactory] = {}
        self._pages: dict[str, QWidget] = {}
        self._painted = False
        self.rail = Rail(icons)
        self.banner = Banner(messages, icons)
        self.transfer_bar = TransferBar(transfers, theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(_opening())
        self._build()
        self.rail.chosen.connect(self.open_page)
        self.page_changed.connect(lambda key: self.transfer_bar.give_way(key == "downloads"))
        QShortcut(QKeySequence.StandardKey.Quit, self, self.close)
        QShortcut(QKeySequence.StandardKey.Paste, self, self._paste)
        self.setAcceptDrops(True)
        self.setWindowTitle("Alcove")
        self.setMinimumSize(760, 520)
        self._restore_geometry()

    def add_page(
        self, key: str, text: str, icon: str, factory: PageFactory, keys: str = ""
    ) -> None:
        """Add a page to the rail, which ``keys`` open; without, Ctrl and its number do.

        One with keys of its own stands at the foot.
        """
        foot = bool(keys)
        keys = keys or f"Ctrl+{len(self._factories) + 1}"
        self._factories[key] = factory
        self.rail.add(key, text, icon, keys, foot=foot)
        QShortcut(keys, self, lambda: self.open_page(key))

    def page(self, key: str) -> QWidget:
        """Return a page, built now if it was not yet."""
        if key not in self._pages:
            made = self._factories[key]()
            made.setObjectName("page")
            self._pages[key] = made
            self._stack.addWidget(made)
        return self._pages[key]

    def shows(self, key: str) -> bool:
        """Whether a page is in view."""
        return key in self._pages and self._stack.currentWidget() is self._pages[key]

    def open_page(self, key: str) -> None:
        """Show a page and give it the focus."""
        self.page_changed.emit(key)
        self.rail.show_choice(key)
        try:
            page = self.page(key)
        except AlcoveError as error:
            self._say_why_not(key, error)
        else:
            self._stack.setCurrentWidget(page)
            if isinstance(page, TakesFocus):
                page.take_focus()
            else:
                page.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self.first_frame.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        self.closing.emit()
        self._preferences.update(window=geometry)
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        content = event.mimeData()
        if event.source() is None and (content.hasUrls() or content.hasText()):
            event.acceptProposedAction()
            self.drop_target.cover()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        del event
        self.drop_target.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop_target.hide()
        event.acceptProposedAction()
        self.given.emit(event.mimeData())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.drop_target.isVisible():
            self.drop_target.cover()

    def _paste(self) -> None:
        self.pasted.emit(QGuiApplication.clipboard().mimeData())

    def _build(self) -> None:
        centre = QWidget()
        right = column(self.banner, self._stack, self.transfer_bar, spacing=0)
        right.setStretch(1, 1)
        layout = row(self.rail, spacing=0)
        layout.addLayout(right, 1)
        centre.setLayout(layout)
        self.setCentralWidget(centre)
        self.drop_target = DropTarget(self._theme, centre)

    def _say_why_not(self, key: str, error: AlcoveError) -> None:
        """Show, in place of a page that could not be built, what happened and a way to retry."""
        state = EmptyState()
        state.say(error.cause, error.advice, _("Try again"))
        state.button.clicked.connect(lambda: self.open_page(key))
        self.page_changed.connect(state.deleteLater)
        self._stack.addWidget(state)
        self._stack.setCurrentWidget(state)

    def _restore_geometry(self) -> None:
        saved = QByteArray.fromBase64(self._preferences.settings.window.encode("ascii", "ignore"))
        if saved.isEmpty() or not self.restoreGeometry(saved):
            self.resize(1280, 800)


def _opening() -> QWidget:
    """Make what the first frame shows before Discover is there, and where Discover shows it."""
    title = label(_("Discover"), "title")
    state = EmptyState()
    state.say_measuring()
    layout = column(title, state)
    layout.setContentsMargins(32, 24, 20, 0)
    layout.setStretch(1, 1)
    made = QWidget()
    made.setLayout(layout)
    return made
