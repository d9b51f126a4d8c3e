"""Choosing a folder with models for the library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from alcove.i18n import _


def choose_folder(chosen: Callable[[list[Path]], None], parent: QWidget) -> None:
    """Let the user choose a folder; ``chosen`` gets a list with it alone, if there is one."""
    dialog = QFileDialog(parent, _("Add a folder with GGUF files"))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.fileSelected.connect(lambda folder: chosen([Path(folder)]))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
