"""The one dialog for failures: cause, advice, remedies, and the traceback of a surprise."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QWidget

from alcove.errors import AlcoveError
from alcove.gui.messages import Action
from alcove.gui.theme import CAPTION, monospace
from alcove.gui.widgets.parts import button, column, label, row, selectable
from alcove.i18n import _


class FailureDialog(QDialog):
    """Shows one failure. It opens over the window and blocks no event loop."""

    @classmethod
    def show_error(
        cls, error: AlcoveError, actions: Sequence[Action], parent: QWidget | None
    ) -> Self:
        """Open the dialog for an expected failure with its remedies as buttons."""
        dialog = cls(error.cause, error.advice, actions, "", parent)
        dialog.open()
        return dialog

    @classmethod
    def show_exception(
        cls,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
        parent: QWidget | None,
    ) -> Self:
        """Open the dialog for a failure that nobody expected, with its traceback."""
        details = "".join(traceback.format_exception(kind, error, trace))
        dialog = cls(
            _("Something went wrong in Alcove."),
            _("Your chats and models are untouched. You can copy the details for a report."),
            (),
            details,
            parent,
        )
        dialog.open()
        return dialog

    def __init__(
        self,
        cause: str,
        advice: str,
        actions: Sequence[Action],
        details: str,
        parent: QWidget | None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Alcove"))
        self.setMinimumWidth(520)
        self.cause, self.advice, self.details = cause, advice, details
        layout = column(
            selectable(label(cause, "lead", wrap=True)),
            selectable(label(advice, "muted", wrap=True)),
            spacing=12,
            margins=24,
        )
        if details:
            layout.addWidget(_traceback_view(details))
        layout.addSpacing(8)
        layout.addLayout(self._button_row(actions))
        self.setLayout(layout)

    def _button_row(self, actions: Sequence[Action]) -> QHBoxLayout:
        buttons = row(None)
        if self.details:
            copy = button(_("Copy details"))
            copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.details))
            buttons.addWidget(copy)
        for action in actions:
            made = button(action.label)
            made.clicked.connect(self.accept)
            made.clicked.connect(action.run)
            buttons.addWidget(made)
        close = button(_("Close"), "primary")
        close.setDefault(True)
        close.setFocus()
        close.clicked.connect(self.reject)
        buttons.addWidget(close)
        return buttons


def _traceback_view(details: str) -> QPlainTextEdit:
    view = QPlainTextEdit(details)
    view.setReadOnly(True)
    view.setFont(monospace(CAPTION))
    view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    view.setMinimumHeight(220)
    view.setAccessibleName(_("Details"))
    return view
