"""The forecast of speed, and the button that measures instead."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from alcove.fit.result import Fit
from alcove.gui.fit_words import later_pace, pace, prompt_pace
from alcove.gui.widgets.parts import button, column, label, row
from alcove.i18n import _


class SpeedView(QWidget):
    """Shows how fast a model runs. ``measure_asked`` and ``stop_asked`` are of its button."""

    measure_asked = Signal()
    stop_asked = Signal()

    def __init__(self, measurable: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._measurable = measurable
        self._measuring = False
        self._has_header = False
        self.figure = label(role="figure")
        self.more = label(role="muted", wrap=True)
        self.basis = label(role="caption", wrap=True)
        self.remark = label(role="caption", wrap=True)
        self.measure = button("", "quiet")
        self.measure.setToolTip(_("Run a few layers of this model here to see how fast it is"))
        self.measure.clicked.connect(self._clicked)
        head = row(label(_("Speed"), "section"), None, self.measure)
        parts = (self.figure, self.more, self.basis, self.remark)
        self.setLayout(column(head, *parts, spacing=2))
        self.say_progress(None)
        self.say_remark("")

    def show_fit(self, fit: Fit) -> None:
        """Show the forecast of a fit; a model that does not fit has none."""
        forecast = fit.forecast
        known = fit.fits and forecast.generation is not None
        self.figure.setText(pace(forecast) if known else "–")
        more = (later_pace(forecast, fit.context), prompt_pace(forecast)) if known else ()
        self.more.setText(" · ".join(filter(None, more)))
        self.more.setVisible(bool(self.more.text()))
        basis = forecast.basis[:1].upper() + forecast.basis[1:]
        self.basis.setText(basis if known else _("Not known yet") if fit.fits else "")
        self.basis.setVisible(bool(self.basis.text()))
        self._has_header = fit.basis != "catalog"
        self._show_button(fit.fits)

    def say_progress(self, fraction: float | None) -> None:
        """Show how much of a measurement is done; None while there is none."""
        self._measuring = fraction is not None
        if fraction is None:
            self.measure.setText(_("Measure"))
        else:
            self.say_remark("")
            self.measure.setText(
                _("Measuring {percent} % – stop").format(percent=int(fraction * 100))
            )
        self._show_button(True)

    def say_remark(self, sentence: str) -> None:
        """Say why nothing is measured; empty says nothing."""
        self.remark.setText(sentence)
        self.remark.setVisible(bool(sentence))

    def _show_button(self, fits: bool) -> None:
        possible = self._measurable and self._has_header and fits
        self.measure.setVisible(possible or self._measuring)

    def _clicked(self) -> None:
        (self.stop_asked if self._measuring else self.measure_asked).emit()
