"""Where the user writes: grows with the text, sends by Enter, stops by Escape."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QToolButton, QWidget

from alcove.gui.chat.attaching import attachable
from alcove.gui.chat.attachment_strip import AttachmentStrip
from alcove.gui.icons import Icons
from alcove.gui.widgets.parts import button, column, icon_button, label, row
from alcove.i18n import _

_MOST_LINES = 9


class Composer(QFrame):
    """The draft and the button that sends it or stops the answer.

    ``files_given`` carries the paths of files to attach.
    """

    submitted = Signal(str)
    attach_requested = Signal()
    files_given = Signal(object)
    stopped = Signal()
    edit_cancelled = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._icons = icons
        self._running = False
        self._ready = False
        self._attached = False
        self.draft = _Draft()
        self.draft.files_given.connect(self.files_given)
        self.draft.submitted.connect(self.submit)
        self.draft.focused.connect(self._mark)
        self.draft.textChanged.connect(self._refresh)
        self.send = QToolButton()
        self.send.setObjectName("send")
        self.send.setFixedSize(34, 34)
        self.send.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.send.setCursor(Qt.CursorShape.PointingHandCursor)
        self.send.clicked.connect(self._press)
        self._editing = self._make_editing_row()
        self.strip = AttachmentStrip(icons)
        self.attach = icon_button(icons, "paperclip", _("Attach files"))
        self.attach.clicked.connect(self.attach_requested)
        line = row(spacing=6)
        line.addWidget(self.attach, 0, Qt.AlignmentFlag.AlignBottom)
        line.addWidget(self.draft, 1, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.send, 0, Qt.AlignmentFlag.AlignBottom)
        layout = column(self._editing, self.strip, spacing=4)
        layout.setContentsMargins(10, 8, 8, 8)
        layout.addLayout(line)
        self.setLayout(layout)
        self._refresh()

    @property
    def text(self) -> str:
        """The draft."""
        return self.draft.toPlainText()

    def take_focus(self) -> None:
        """Let the user type."""
        self.draft.setFocus()

    def set_text(self, text: str) -> None:
        """Replace the draft, with the cursor at its end."""
        self.draft.setPlainText(text)
        cursor = self.draft.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.draft.setTextCursor(cursor)

    def set_model(self, name: str | None) -> None:
        """Say whom the message goes to; None: nobody is there to answer."""
        self._ready = name is not None
        self.draft.set_hint(
            _("Message {name}").format(name=name) if name else _("Start a model to send a message")
        )
        self._refresh()

    def set_running(self, running: bool) -> None:
        """Turn Send into Stop while an answer is written, and back."""
        self._running = running
        self._refresh()

    def set_attached(self, attached: bool) -> None:
        """Say whether files go with the message, which needs no words then."""
        self._attached = attached
        self._refresh()

    def set_dropping(self, dropping: bool) -> None:
        """Show that files can be let go, and become attached."""
        self._set_property("dropping", dropping)

    def set_editing(self, editing: bool) -> None:
        """Say that the draft replaces a message that was sent."""
        self._editing.setVisible(editing)

    def submit(self) -> None:
        """Send the draft, if there is something to send and somebody to answer."""
        if self._can_send():
            self.submitted.emit(self.text.strip())

    def _can_send(self) -> bool:
        something = bool(self.text.strip()) or self._attached
        return self._ready and not self._running and not self.strip.reading and something

    def _press(self) -> None:
        if self._running:
            self.stopped.emit()
        else:
            self.submit()

    def _refresh(self) -> None:
        name = _("Stop (Esc)") if self._running else _("Send (Enter)")
        self.send.setToolTip(name)
        self.send.setAccessibleName(name)
        enabled = self._running or self._can_send()
        self.send.setEnabled(enabled)
        colour = "on_accent" if enabled else "muted"
        self._icons.put(self.send, "stop-fill" if self._running else "arrow-up", colour, 16)

    def _mark(self, active: bool) -> None:
        self._set_property("active", active)

    def _set_property(self, name: str, value: bool) -> None:
        self.setProperty(name, value)
        self.style().unpolish(self)
        self.style().polish(self)

    def _make_editing_row(self) -> QWidget:
        made = QWidget()
        cancel = button(_("Cancel"), "quiet")
        cancel.clicked.connect(self.edit_cancelled)
        note = label(_("You edit an earlier message. Sending it starts another branch."), "caption")
        made.setLayout(row(note, None, cancel))
        made.hide()
        return made


class _Draft(QPlainTextEdit):
    submitted = Signal()
    focused = Signal(bool)
    files_given = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("draft")
        self.setAccessibleName(_("Your message"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._hint = ""
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self._grow()

    def set_hint(self, hint: str) -> None:
        """Say in one line, shortened if need be, what to write here."""
        self._hint = hint
        room = self.viewport().width() - 2 * round(self.document().documentMargin())
        self.setPlaceholderText(
            self.fontMetrics().elidedText(hint, Qt.TextElideMode.ElideMiddle, room)
        )
        self.viewport().update()  # Qt repaints no more of the old words than the cursor's place

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.set_hint(self._hint)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.ignore()  # files and links are the window's
        else:
            super().dragEnterEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802 - a Qt override
        return bool(attachable(source)) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802 - a Qt override
        if paths := attachable(source):
            self.files_given.emit(paths)
        else:
            super().insertFromMimeData(source)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.submitted.emit()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._grow()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().lineSpacing())

    def _grow(self) -> None:
        """Be as high as the text, which the document of this widget counts in lines."""
        lines = min(max(int(self.document().size().height()), 1), _MOST_LINES)
        margins = self.contentsMargins()
        height = lines * self.fontMetrics().lineSpacing() + margins.top() + margins.bottom()
        self.setFixedHeight(height + 4)
