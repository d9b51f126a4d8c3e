"""The small buttons under a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton, QWidget

from alcove.gui.icons import Icons
from alcove.gui.widgets.parts import icon_button, label, row
from alcove.i18n import _

_SIZE = 16


def small_button(icons: Icons, icon: str, name: str) -> QToolButton:
    """Make an icon button of the size that fits under a message."""
    made = icon_button(icons, icon, name)
    made.setProperty("small", True)
    icons.put(made, icon, size=_SIZE)
    return made


def copy_button(icons: Icons, name: str, text: Callable[[], str]) -> QToolButton:
    """Make a button that copies what ``text`` returns, and shows for a moment that it did."""
    made = small_button(icons, "copy", name)
    back = QTimer(made, singleShot=True, interval=1500)
    back.timeout.connect(lambda: icons.put(made, "copy", size=_SIZE))

    def copy() -> None:
        QGuiApplication.clipboard().setText(text())
        icons.put(made, "check", "good", _SIZE)
        back.start()

    made.clicked.connect(copy)
    return made


def order_focus(stops: Sequence[QWidget]) -> None:
    """Let the Tab key lead from each of ``stops`` to the next one."""
    for one, other in pairwise(stops):
        QWidget.setTabOrder(one, other)


class Branches(QWidget):
    """Leads from one branch to its siblings: arrows around "2 / 3"."""

    chosen = Signal(int)

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._siblings: Sequence[int] = ()
        self._place = 0
        self.previous = small_button(icons, "caret-left", _("Previous version"))
        self.next = small_button(icons, "caret-right", _("Next version"))
        self.previous.clicked.connect(lambda: self._step(-1))
        self.next.clicked.connect(lambda: self._step(1))
        self._count = label(role="caption")
        self.setLayout(row(self.previous, self._count, self.next, spacing=0))

    def show_siblings(self, message: int, siblings: Sequence[int]) -> None:
        """Show where ``message`` stands among its siblings; nothing if it is the only one."""
        self._siblings = siblings
        self._place = siblings.index(message)
        self._count.setText(f"{self._place + 1} / {len(siblings)}")
        self.previous.setEnabled(self._place > 0)
        self.next.setEnabled(self._place + 1 < len(siblings))
        self.setVisible(len(siblings) > 1)

    def _step(self, step: int) -> None:
        self.chosen.emit(self._siblings[self._place + step])
