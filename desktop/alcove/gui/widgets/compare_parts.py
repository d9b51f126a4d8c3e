"""How models get into the comparison, and the line below Discover's list that leads to it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from alcove.gui.comparison import MOST, Comparison
from alcove.gui.verdicts import Subject
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import button, column, frame, row
from alcove.i18n import _


class CompareToggle(QWidget):
    """Puts the model in view into the comparison, or takes it out."""

    def __init__(self, comparison: Comparison, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison = comparison
        self._subject: Subject | None = None
        self.button = button("", "link")
        self.button.clicked.connect(self._toggle)
        self.setLayout(row(self.button, None))
        comparison.changed.connect(self._update)
        self._update()

    def follow(self, subject: Subject | None) -> None:
        """Offer the model in view."""
        self._subject = subject
        self._update()

    def _update(self) -> None:
        subject, comparison = self._subject, self._comparison
        inside = subject is not None and comparison.holds(subject)
        full = comparison.is_full and not inside
        self.button.setText(_("Take out of the comparison") if inside else _("Compare"))
        self.button.setEnabled(subject is not None and not full)
        full_hint = _("{count} models are compared already.").format(count=MOST)
        self.button.setToolTip(full_hint if full else _("Put this model beside others, in columns"))

    def _toggle(self) -> None:
        if self._subject is not None:
            self._comparison.toggle(self._subject)


class CompareBar(QWidget):
    """Names the models that are compared; hidden while there are none."""

    asked = Signal()

    def __init__(self, comparison: Comparison, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison = comparison
        self.names = ElidedLabel("", "body")
        self.compare = button(_("Compare"), "primary")
        self.compare.clicked.connect(self.asked)
        self.clear = button(_("Clear"), "quiet")
        self.clear.setAccessibleName(_("Take all models out of the comparison"))
        self.clear.clicked.connect(comparison.clear)
        inner = row(spacing=8)
        inner.setContentsMargins(16, 8, 10, 8)
        inner.addWidget(self.names, 1)
        inner.addWidget(self.clear)
        inner.addWidget(self.compare)
        layout = column(frame("strip", inner))
        layout.setContentsMargins(0, 0, 0, 12)
        self.setLayout(layout)
        comparison.changed.connect(self._update)
        self._update()

    def _update(self) -> None:
        names = ", ".join(one.model.name for one in self._comparison.subjects)
        enough = self._comparison.is_enough
        text = names if enough else _("{name}: choose another model to compare").format(name=names)
        self.names.setText(text)
        self.compare.setEnabled(enough)
        self.setVisible(bool(names))
