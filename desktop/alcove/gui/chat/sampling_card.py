"""How answers are sampled: the advice for the model, and what the user decided instead."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QDoubleValidator, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

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
        self.fields = {value.field: AdvisedField(value) for value in _values()}
        self.reset = button(_("As advised"), "link")
        self.reset.clicked.connect(self._reset)
        layout = column(row(label(_("Sampling"), "section"), None, self.reset), spacing=8)
        layout.addWidget(self.basis)
        for box in self.fields.values():
            caption = label(box.spec.name)
            caption.setBuddy(box)
            line = row(caption, None, box)
            layout.addLayout(line)
            box.changed.connect(self._changed)
        self.setLayout(layout)

    def show_setup(self, setup: Setup, advised: Sampling) -> None:
        """Show what was decided, and what is advised where nothing was."""
        for field, box in self.fields.items():
            source = setup if field in {"max_tokens", "seed"} else setup.sampling
            box.show_number(getattr(source, field), getattr(advised, field, None))
        self.basis.setText(
            _("Advice from: {basis}").format(basis=advised.basis)
            if advised.basis
            else _("Nothing is advised for this model; llama.cpp's defaults hold.")
        )
        self._refresh()

    def decided(self, setup: Setup) -> Setup:
        """Return ``setup`` with the numbers that are shown."""
        return replace(
            setup,
            sampling=Sampling(
                self.fields["temperature"].number,
                self.fields["top_k"].whole,
                self.fields["top_p"].number,
                self.fields["min_p"].number,
                self.fields["repeat_penalty"].number,
            ),
            max_tokens=self.fields["max_tokens"].whole,
            seed=self.fields["seed"].whole,
        )

    def _changed(self) -> None:
        self._refresh()
        self.changed.emit()

    def _reset(self) -> None:
        for box in self.fields.values():
            box.forget()
        self._changed()

    def _refresh(self) -> None:
        decided = any(box.number is not None for box in self.fields.values())
        self.reset.setVisible(decided)


class AdvisedField(QLineEdit):
    """A number; while it is empty, the advice holds and shows. The arrow keys step."""

    changed = Signal()

    def __init__(self, spec: _Value, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self._start = spec.usual
        self._kept = ""
        validator = QDoubleValidator(spec.least, spec.most, spec.decimals, self)
        validator.setLocale(QLocale.c())
        validator.setNotation(QDoubleValidator.Notation.StandardNotation)
        self.setValidator(validator)
        self.setAccessibleName(spec.name)
        self.setAccessibleDescription(spec.help)
        self.setToolTip(spec.help)
        self.setFixedWidth(128)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.textEdited.connect(self._typed)

    @property
    def number(self) -> float | None:
        """What the user decided; None: as advised."""
        return float(self._kept) if self._kept else None

    @property
    def whole(self) -> int | None:
        """The same without a fraction."""
        return None if self.number is None else round(self.number)

    def show_number(self, number: float | None, advised: float | None) -> None:
        """Show what was decided, or what is advised; None: nothing is."""
        self._start = self.spec.usual if advised is None else advised
        said = _("default") if advised is None else self._said(advised)
        self.setPlaceholderText(said if advised is None else _("{n} (advised)").format(n=said))
        if number != self.number:
            self._keep("" if number is None else self._said(number))

    def forget(self) -> None:
        """Go back to the advice."""
        self._keep("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        if not steps:
            super().keyPressEvent(event)
            return
        number = (self._start if self.number is None else self.number) + steps * self.spec.step
        self._keep(self._said(min(max(number, self.spec.least), self.spec.most)))
        self.changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.setText(self._kept)  # in place of what is no number in its bounds

    def _typed(self, text: str) -> None:
        if not text or self.hasAcceptableInput():
            self._kept = text
            self.changed.emit()

    def _keep(self, text: str) -> None:
        self._kept = text
        self.setText(text)

    def _said(self, number: float) -> str:
        return f"{number:.{self.spec.decimals}f}"


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
