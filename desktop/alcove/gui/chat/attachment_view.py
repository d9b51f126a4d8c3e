"""A file that went with a message: its name, and what is in it once that is asked for."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QTableWidget, QTableWidgetItem, QWidget

from alcove.chat.conversation import Attachment
from alcove.chat.tables import rows_of
from alcove.gui.chat.attachment_strip import ICONS
from alcove.gui.chat.elided_button import ElidedButton
from alcove.gui.chat.words import WordsView
from alcove.gui.icons import Icons
from alcove.gui.widgets.parts import column, label
from alcove.i18n import _

_WIDTH = 520
_MOST_ROWS = 200
_MOST_COLUMNS = 50
_SHOWN_ROWS = 8
_MOST_CHARACTERS = 2_000


class AttachmentView(QFrame):
    """A table is shown at once, other files when their name is pressed."""

    def __init__(self, attachment: Attachment, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("attachment")
        self._attachment = attachment
        self._content: QWidget | None = None
        self.name = ElidedButton(attachment.name, "quiet")
        self.name.setObjectName("fileName")
        self.name.setCheckable(True)
        self.name.setAccessibleDescription(_("Attached file; press to see what is in it"))
        icons.put(self.name, ICONS[attachment.kind], "muted", 16)
        self.name.toggled.connect(self._unfold)
        self._layout = column(self.name, spacing=4)
        self._layout.setContentsMargins(4, 2, 4, 4)
        self.setLayout(self._layout)
        self.name.setChecked(attachment.kind == "table")

    def fit_into(self, width: int) -> None:
        """Take the room that there is, up to what a table needs."""
        self.setFixedWidth(min(width, _WIDTH))
        if isinstance(self._content, WordsView):
            self._content.fit_into(self.width() - 16)

    def _unfold(self, wanted: bool) -> None:
        if self._content is None and wanted:
            table = self._attachment.kind == "table"
            self._content = self._table() if table else self._text()
            self._layout.addWidget(self._content)
            if table and self._left_out():
                self._layout.addWidget(label(self._left_out(), "caption"))
            self.fit_into(self.width())
        elif self._content is not None:
            self._content.setVisible(wanted)

    def _text(self) -> WordsView:
        made = WordsView(self._attachment.name)
        text = self._attachment.text
        more = " …" if len(text) > _MOST_CHARACTERS else ""
        made.show_words(text[:_MOST_CHARACTERS].rstrip() + more)
        return made

    def _table(self) -> QTableWidget:
        rows = rows_of(self._attachment.text, _MOST_ROWS + 1)
        head, body = rows[0][:_MOST_COLUMNS], rows[1:]
        made = QTableWidget(len(body), len(head))
        made.setObjectName("attached")
        made.setAccessibleName(self._attachment.name)
        made.setHorizontalHeaderLabels(list(head))
        made.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        made.setVerticalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        made.setHorizontalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        made.setTabKeyNavigation(False)
        made.horizontalHeader().setAccessibleName(
            _("Columns of {name}").format(name=made.accessibleName())
        )
        made.verticalHeader().hide()
        for number, row in enumerate(body):
            for place, field in enumerate(row[:_MOST_COLUMNS]):
                made.setItem(number, place, QTableWidgetItem(field))
        made.resizeColumnsToContents()
        line, bar = made.verticalHeader().defaultSectionSize(), 14
        shown = min(len(body), _SHOWN_ROWS)
        made.setFixedHeight(made.horizontalHeader().sizeHint().height() + shown * line + bar)
        return made

    def _left_out(self) -> str:
        lines = self._attachment.text.rstrip("\n").count("\n")
        if lines <= _MOST_ROWS:
            return ""
        return _("The first {shown} of {count} rows").format(shown=_MOST_ROWS, count=f"{lines:,}")
