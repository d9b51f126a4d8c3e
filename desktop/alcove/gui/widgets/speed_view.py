"""The forecast of speed, and the button that measures instead."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from alcove.fit.result import Fit
from alcove.gui.fit_words import later_pace, pace, prompt_pace
from alcove.gui.widgets.calibration_button import CalibrationButton
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
        self._fit: Fit | None = None
        self._calibration: CalibrationButton | None = None
        self.figure = label(role="figure")
        self.more = label(role="muted", wrap=True)
        self.basis = label(role="caption", wrap=True)
        self.remark = label(role="caption", wrap=True)
        self.measure = button("", "quiet")
        self.measure.setToolTip(_("Run a few layers of this model here to see how fast it is"))
        self.measure.clicked.connect(self._clicked)
        head = row(label(_("Speed"), "section"), None, self.measure)
        self._layout = column(head, self.figure, self.more, self.basis, self.remark, spacing=2)
        self.setLayout(self._layout)
        self.say_progress(None)
        self.say_remark("")

    def offer_calibration(self, calibration: CalibrationButton) -> None:
        """Show a way to measure this computer where nothing can be forecast before."""
        self._calibration = calibration
        self._layout.addWidget(calibration)
        calibration.changed.connect(self._show)
        self._show()

    def show_fit(self, fit: Fit) -> None:
        """Show the forecast of a fit; a model that does not fit has none."""
        self._fit = fit
        self._show()

    def _show(self) -> None:
        if (fit := self._fit) is None:
            return
        forecast = fit.forecast
        known = fit.fits and forecast.generation is not None
        self._say(self.figure, pace(forecast) if known else "")
        more = (later_pace(forecast, fit.context), prompt_pace(forecast)) if known else ()
        self._say(self.more, " · ".join(filter(None, more)) if known else self._reason(fit))
        self._say(self.basis, forecast.basis[:1].upper() + forecast.basis[1:] if known else "")
        if self._calibration is not None:
            self._calibration.setVisible(fit.fits and not known and self._calibration.helps)
        self._has_header = fit.basis == "dry-run"
        self._show_button(fit.fits)

    def _reason(self, fit: Fit) -> str:
        """Say why nothing is forecast."""
        if not fit.fits:
            return _("None, as the model does not fit.")
        if self._calibration is not None and self._calibration.helps:
            return _("Not known before this computer is measured.")
        return _("Not known yet.")

    @staticmethod
    def _say(where: QLabel, sentence: str) -> None:
        where.setText(sentence)
        where.setVisible(bool(sentence))

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
