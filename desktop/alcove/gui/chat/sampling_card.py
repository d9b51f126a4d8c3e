"""How answers are sampled: the advice for the model, and what the user decided instead."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

from alcove.catalog.model import Sampling
from alcove.chat.setup import Setup
from alcove.gui.widgets.parts import button, column, label, row
from alcove.i18n import _


@dataclass(frozen=True)
class _Value:
    """A field of Sampling or Setup; ``usual`` is where a change begins if nothing is advised."""

    field: str
    name: str
    help: str
    least: float
    most: float
    step: float
    usual: float

    @property
    def decimals(self) -> int:
        """How many digits stand behind the point."""
        return 0 if self.step >= 1 else 2


class SamplingCard(QWidget):
    """A number for each; ``changed`` follows every change."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.basis = label(role="caption", wrap=True)
        self.boxes = {value.field: AdvisedBox(value) for value in _values()}
        self.reset = button(_("As advised"), "link")
        self.reset.clicked.connect(self._reset)
        layout = column(row(label(_("Sampling"), "section"), None, self.reset), spacing=8)
        layout.addWidget(self.basis)
        for box in self.boxes.values():
            caption = label(box.spec.name)
            caption.setBuddy(box)
            line = row(caption, None, box)
            layout.addLayout(line)
            box.valueChanged.connect(lambda _value: self._changed())
        self.setLayout(layout)

    def show_setup(self, setup: Setup, advised: Sampling) -> None:
        """Show what was decided, and what is advised where nothing was."""
        for field, box in self.boxes.items():
            source = setup if field in {"max_tokens", "seed"} else setup.sampling
            box.show_number(getattr(source, field), getattr(advised, field, None))
        self.basis.setText(
            _("Advised: {basis}").format(basis=advised.basis)
            if advised.basis
            else _("Nothing is advised for this model; llama.cpp's defaults hold.")
        )
        self._refresh()

    def decided(self, setup: Setup) -> Setup:
        """Return ``setup`` with the numbers that are shown."""
        return replace(
            setup,
            sampling=Sampling(
                self.boxes["temperature"].number,
                self.boxes["top_k"].whole,
                self.boxes["top_p"].number,
                self.boxes["min_p"].number,
                self.boxes["repeat_penalty"].number,
            ),
            max_tokens=self.boxes["max_tokens"].whole,
            seed=self.boxes["seed"].whole,
        )

    def _changed(self) -> None:
        self._refresh()
        self.changed.emit()

    def _reset(self) -> None:
        for box in self.boxes.values():
            box.forget()
        self._changed()

    def _refresh(self) -> None:
        decided = any(box.number is not None for box in self.boxes.values())
        self.reset.setVisible(decided)


class AdvisedBox(QDoubleSpinBox):
    """A number; its least value stands for the advised one, until the user changes it."""

    def __init__(self, value: _Value, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = value
        self._start = value.usual
        self.setDecimals(value.decimals)
        self.setRange(value.least - value.step, value.most)
        self.setSingleStep(value.step)
        self.setAccessibleName(value.name)
        self.setAccessibleDescription(value.help)
        self.setToolTip(value.help)
        self.setFixedWidth(132)
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)

    @property
    def number(self) -> float | None:
        """What the user decided; None: as advised."""
        return None if self.value() == self.minimum() else self.value()

    @property
    def whole(self) -> int | None:
        """The same without a fraction."""
        return None if self.number is None else round(self.number)

    def show_number(self, number: float | None, advised: float | None) -> None:
        """Show what was decided, or what is advised; None: nothing is."""
        self._start = self.spec.usual if advised is None else advised
        said = _("default") if advised is None else f"{advised:.{self.spec.decimals}f}"
        self.setSpecialValueText(said if advised is None else _("{n} (advised)").format(n=said))
        with QSignalBlocker(self):
            self.setValue(self.minimum() if number is None else number)

    def forget(self) -> None:
        """Go back to the advice."""
        with QSignalBlocker(self):
            self.setValue(self.minimum())

    def stepBy(self, steps: int) -> None:  # noqa: N802 - a Qt override
        """Begin at what is advised."""
        if self.number is None:
            self.setValue(max(self.spec.least, self._start + steps * self.singleStep()))
        elif self.value() + steps * self.singleStep() >= self.spec.least:
            super().stepBy(steps)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()  # whoever scrolls past it changes nothing


def _values() -> tuple[_Value, ...]:
    return (
        _Value(
            "temperature",
            _("Temperature"),
            _("How freely words are chosen; 0 takes the likeliest each time."),
            *(0.0, 5.0, 0.05, 0.8),
        ),
        _Value(
            "top_k",
            _("Top-k"),
            _("Chooses among so many of the likeliest tokens; 0: among all."),
            *(0, 1000, 1, 40),
        ),
        _Value(
            "top_p",
            _("Top-p"),
            _("Chooses among the likeliest tokens that together have this probability."),
            *(0.0, 1.0, 0.05, 0.95),
        ),
        _Value(
            "min_p",
            _("Min-p"),
            _("Leaves out tokens less likely than this share of the likeliest."),
            *(0.0, 1.0, 0.01, 0.05),
        ),
        _Value(
            "repeat_penalty",
            _("Repeat penalty"),
            _("Above 1, what was said lately is said less again."),
            *(0.0, 3.0, 0.05, 1.0),
        ),
        _Value(
            "max_tokens",
            _("Longest answer"),
            _("Ends an answer after so many tokens."),
            *(1, 1_000_000, 1, 1024),
        ),
        _Value(
            "seed",
            _("Seed"),
            _("The same seed gives the same answer to the same question."),
            *(0, 2_147_483_647, 1, 0),
        ),
    )
