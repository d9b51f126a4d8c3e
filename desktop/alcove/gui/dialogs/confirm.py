"""A question before something that cannot be undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from alcove.gui.widgets.parts import button, column, label, row
from alcove.i18n import _


class ConfirmDialog(QDialog):
    """Asks once; Escape and Cancel leave everything as it is."""

    @classmethod
    def ask(
        cls,
        question: str,
        consequence: str,
        verb: str,
        agreed: Callable[[], None],
        parent: QWidget,
        refusal: str = "",
    ) -> Self:
        """Open the dialog; ``agreed`` is called if the user chooses ``verb``.

        ``refusal`` is what the other button says if not Cancel.
        """
        dialog = cls(question, consequence, verb, refusal or _("Cancel"), parent)
        dialog.accepted.connect(agreed)
        dialog.open()
        return dialog

    def __init__(
        self, question: str, consequence: str, verb: str, refusal: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Alcove"))
        self.setMinimumWidth(440)
        self.agree = button(verb, "danger")
        self.agree.clicked.connect(self.accept)
        cancel = button(refusal, "primary")
        cancel.setDefault(True)
        cancel.clicked.connect(self.reject)
        layout = column(
            label(question, "lead", wrap=True),
            label(consequence, "muted", wrap=True),
            spacing=12,
            margins=24,
        )
        layout.addSpacing(8)
        layout.addLayout(row(None, self.agree, cancel))
        self.setLayout(layout)
