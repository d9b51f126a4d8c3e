"""One installed model in the library."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from alcove.fit.result import Fit
from alcove.gui.fit_words import ROLES, both_paces
from alcove.gui.icons import Icons
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import (
    button,
    column,
    icon_button,
    label,
    row,
    set_role,
)
from alcove.i18n import _, ngettext
from alcove.library.installed import InstalledModel, Place
from alcove.library.owners.names import owner_name
from alcove.words import gigabytes


class InstalledCard(QFrame):
    """Name, file and verdict of a model, and what can be done with it."""

    chat_requested = Signal(object)
    delete_requested = Signal(object)

    def __init__(self, model: InstalledModel, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self.setProperty("role", "card")
        self.setAccessibleName(model.name)
        self._verdict = label(wrap=True)
        self._verdict.hide()
        self.chat = button(_("Chat"), "primary")
        self.chat.setAccessibleName(_("Chat with {name}").format(name=model.name))
        self.chat.setEnabled(model.damage is None)
        self.chat.clicked.connect(lambda: self.chat_requested.emit(model))
        folder = icon_button(icons, "folder-open", _("Show in folder"))
        folder.setToolTip(_("Show in folder: {path}").format(path=model.path))
        folder.clicked.connect(self._show_folder)
        self.delete = icon_button(icons, "trash", _("Delete"))
        self.delete.setVisible(model.source not in ("starter", "folder"))
        self.delete.clicked.connect(lambda: self.delete_requested.emit(model))
        layout = row(spacing=8)
        layout.setContentsMargins(20, 16, 16, 16)
        layout.addLayout(self._facts(), 1)
        for made in (folder, self.delete, self.chat):
            layout.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(layout)
        if model.damage is not None:
            self._say(model.damage, "bad")

    @property
    def verdict(self) -> str:
        """What the card says of how the model runs, or of its damage."""
        return self._verdict.text()

    def show_fit(self, fit: Fit) -> None:
        """Show how the model runs on this computer."""
        pace = both_paces(fit.forecast, fit.context) if fit.fits else ""
        self._say(" · ".join(filter(None, (fit.sentence, pace))), ROLES[fit.verdict])

    def _facts(self) -> QVBoxLayout:
        model = self.model
        tags = [label(tag, "tag") for tag in _tags(model)]
        name = row(ElidedLabel(model.name, "lead"), *tags, None)
        parts = [gigabytes(model.size_bytes), _owners(model), _file_name(model)]
        if (more := len(model.files) - 1) > 0:
            parts.append(
                ngettext("and {count} more part", "and {count} more parts", more).format(count=more)
            )
        file = ElidedLabel(" · ".join(filter(None, parts)), "caption")
        file.setToolTip("\n".join(f"{_owner(place)}: {place.path}" for place in model.places))
        made = column(spacing=4)
        made.addLayout(name)
        made.addWidget(file)
        made.addWidget(self._verdict)
        return made

    def _say(self, text: str, role: str) -> None:
        self._verdict.setText(text)
        set_role(self._verdict, role)
        self._verdict.show()

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.model.path.parent)))


def _tags(model: InstalledModel) -> list[str]:
    tags = [model.quantization]
    if model.projector:
        tags.append("mmproj")
    if model.adapters:
        tags.append("LoRA")
    return [tag for tag in tags if tag]


def _owners(model: InstalledModel) -> str:
    """Return whose a model is, and in what other places the same lies."""
    first, *others = (_owner(place) for place in model.places)
    also = [owner for owner in dict.fromkeys(others) if owner != first]
    if not also:
        return first
    return _("{owner}, also: {others}").format(owner=first, others=", ".join(also))


def _owner(place: Place) -> str:
    owner = owner_name(place.source)
    return f"{owner} ({place.name})" if place.name else owner


def _file_name(model: InstalledModel) -> str:
    """Return the file's name, unless it is but a number of Ollama's."""
    return "" if model.source == "ollama" else model.path.name
