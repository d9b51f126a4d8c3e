"""The dialogs of the Chat page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from alcove.i18n import _

_KINDS = {"md": "Markdown", "json": "JSON"}


def ask_to_open(target: str, parent: QWidget) -> QMessageBox:
    """Show where a link leads, and open it in the browser only if the user wants to."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(_("Open link"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(_("The answer links to this address. Open it in your browser?"))
    box.setInformativeText(target)
    open_ = box.addButton(_("Open"), QMessageBox.ButtonRole.AcceptRole)
    copy = box.addButton(_("Copy address"), QMessageBox.ButtonRole.ActionRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(QMessageBox.StandardButton.Cancel)
    open_.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(target)))
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(target))
    box.open()
    return box


def ask_what_to_attach(attach: Callable[[list[Path]], None], parent: QWidget) -> QFileDialog:
    """Let the user choose files, and hand them to ``attach``."""
    dialog = QFileDialog(parent, _("Attach files"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(lambda chosen: attach([Path(one) for one in chosen]))
    dialog.open()
    return dialog


def ask_what_to_import(take: Callable[[list[Path]], None], parent: QWidget) -> QFileDialog:
    """Let the user choose files with conversations, and hand them to ``take``."""
    kinds = _("Exported chats") + " (*.json *.md)"
    dialog = QFileDialog(parent, _("Import chats"), "", kinds)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(lambda chosen: take([Path(one) for one in chosen]))
    dialog.open()
    return dialog


def ask_where_to_save(
    title: str, suffixes: Sequence[str], save: Callable[[Path], None], parent: QWidget
) -> QFileDialog:
    """Let the user choose a file with one of ``suffixes``, and hand it to ``save``."""
    name = "".join(c if c.isalnum() or c in " -_" else " " for c in title).strip() or "chat"
    filters = [f"{_KINDS[suffix]} (*.{suffix})" for suffix in suffixes]
    dialog = QFileDialog(parent, _("Export"), f"{name}.{suffixes[0]}", ";;".join(filters))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffixes[0])
    dialog.filterSelected.connect(
        lambda chosen: dialog.setDefaultSuffix(suffixes[filters.index(chosen)])
    )
    dialog.fileSelected.connect(lambda chosen: save(Path(chosen)))
    dialog.open()
    return dialog
