"""What the user may decide about how a model is loaded; folded until asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from alcove.fit.configuration import KV_BYTES_PER_ELEMENT
from alcove.fit.plan import Wish
from alcove.gui.icons import Icons
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import button, column, label, row
from alcove.gui.widgets.select import Select
from alcove.i18n import _

_ALL = "all"


class Advanced(QWidget):
    """KV cache type, layers on the GPU, experts in RAM; each Automatic unless chosen."""

    changed = Signal()

    def __init__(self, theme: Theme, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self.fold = button(_("Advanced"), "link")
        self.fold.setCheckable(True)
        self.fold.toggled.connect(self._unfold)
        self.kv_type = _Choice(
            _("KV cache"),
            _(
                "How the conversation is kept in memory. q8_0 halves it at hardly any loss; q4_0 "
                "quarters it and can make answers worse."
            ),
            theme,
        )
        self.gpu_layers = _Choice(
            _("Layers on the GPU"),
            _("Layers on the GPU run fast; those left in RAM slow each token down."),
            theme,
        )
        self.experts = _Choice(
            _("Experts in RAM"),
            _(
                "Keeps the experts of so many layers in RAM. It costs less speed than moving whole "
                "layers there."
            ),
            theme,
        )
        self._choices = (self.kv_type, self.gpu_layers, self.experts)
        self._content = QWidget()
        self._content.setLayout(column(*self._choices, spacing=14))
        self.setLayout(column(row(self.fold, None), self._content, spacing=8))
        self.kv_type.offer((name, name) for name in KV_BYTES_PER_ELEMENT)
        for choice in self._choices:
            choice.select.currentIndexChanged.connect(self._changed)
        self._unfold(False)

    def offer(self, layers: int, moe_layers: int, *, gpu: bool) -> None:
        """Offer what makes sense for a model on this computer; what was chosen stays if it does.

        ``layers`` counts the output layer, ``moe_layers`` those with experts. ``changed`` follows
        where a choice could not stay, or comes to another number.
        """
        before = self.wish(0)
        self.gpu_layers.setVisible(gpu)
        self.gpu_layers.offer_counts(layers if gpu else 0)
        self.experts.setVisible(gpu and moe_layers > 0)
        self.experts.offer_counts(moe_layers if gpu else 0)
        self._title()
        if self.wish(0) != before:
            self.changed.emit()

    def reset(self) -> None:
        """Leave everything to the plan again."""
        for choice in self._choices:
            choice.reset()
        self._title()

    def wish(self, context: int) -> Wish:
        """Return what was chosen, with a context in tokens."""
        return Wish(
            context,
            kv_type=self.kv_type.value,
            gpu_layers=self.gpu_layers.value,
            cpu_moe_layers=self.experts.value,
        )

    def _changed(self) -> None:
        self._title()
        self.changed.emit()

    def _title(self) -> None:
        """Say what was chosen even while it is folded away."""
        chosen = [one.said for one in self._choices if one.value is not None]
        self.fold.setText(": ".join(filter(None, (_("Advanced"), ", ".join(chosen)))))

    def _unfold(self, wanted: bool) -> None:
        self._content.setVisible(wanted)
        self._icons.put(self.fold, "caret-down" if wanted else "caret-right", "accent", 14)


class _Choice(QWidget):
    """One thing to decide, with a caption that explains it."""

    def __init__(self, name: str, caption: str, theme: Theme) -> None:
        super().__init__()
        self._name = name
        self._most = 0
        """What all of them are, where numbers are offered."""
        self.select = Select(name, theme)
        self.select.setAccessibleDescription(caption)
        self.select.addItem(_("Automatic"), None)
        head = row(label(name), None, self.select)
        self.setLayout(column(head, label(caption, "caption", wrap=True), spacing=4))

    @property
    def value(self) -> Any:  # noqa: ANN401 - as it was offered
        """What was chosen; None is Automatic."""
        chosen = self.select.currentData()
        return self._most if chosen == _ALL else chosen

    @property
    def said(self) -> str:
        """What was chosen, in words."""
        return f"{self._name} {self.select.currentText()}"

    def offer(self, entries: Iterable[tuple[str, str | int]]) -> None:
        """Offer these besides Automatic; what is chosen stays if it is among them."""
        entries = list(entries)
        select = self.select
        if [(select.itemText(n), select.itemData(n)) for n in range(1, select.count())] == entries:
            return
        chosen = select.currentData()
        with QSignalBlocker(select):
            while select.count() > 1:
                select.removeItem(1)
            for text, value in entries:
                select.addItem(text, value)
            select.setCurrentIndex(max(select.findData(chosen), 0) if chosen is not None else 0)

    def offer_counts(self, most: int) -> None:
        """Offer numbers up to ``most``, all of them first, which stay all if there are more."""
        self._most = most
        named: dict[int, tuple[str, str | int]] = {
            0: (_("none"), 0),
            most: (_("all {count}").format(count=most), _ALL),
        }
        numbers = range(most, -1, -1) if most else ()
        self.offer(named.get(number, (str(number), number)) for number in numbers)

    def reset(self) -> None:
        """Choose Automatic."""
        with QSignalBlocker(self.select):
            self.select.setCurrentIndex(0)
