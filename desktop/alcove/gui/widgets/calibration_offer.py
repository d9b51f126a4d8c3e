"""The strip on Discover that offers to measure this computer, until the user said yes or no."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from alcove.gui.inventory import Inventory
from alcove.gui.learning import Learning, LearningState
from alcove.gui.preferences import Preferences
from alcove.gui.widgets.calibration_card import expected_seconds
from alcove.gui.widgets.calibration_progress import CalibrationProgress
from alcove.gui.widgets.parts import button, column, label, row, set_role
from alcove.i18n import _


class CalibrationOffer(QFrame):
    """Shown while nothing was measured and the user did not decline; never forces anything."""

    def __init__(
        self,
        learning: Learning,
        inventory: Inventory,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._learning = learning
        self._inventory = inventory
        self._preferences = preferences
        self.setProperty("role", "card")
        self.sentence = label(wrap=True)
        self.measure = button(_("Measure now"))
        self.measure.clicked.connect(learning.calibrate)
        self.decline = button(_("Not now"), "quiet")
        self.decline.clicked.connect(lambda: preferences.update(calibration_declined=True))
        self.progress = CalibrationProgress(learning)
        self._question = QWidget()
        question = row(self.sentence, self.measure, self.decline, spacing=12)
        question.setStretch(0, 1)
        self._question.setLayout(question)
        layout = column(self._question, self.progress, spacing=0)
        layout.setContentsMargins(20, 10, 16, 10)
        self.setLayout(layout)
        self.hide()
        learning.changed.connect(self.update_state)
        preferences.changed.connect(self.update_state)

    def update_state(self) -> None:
        """Show or hide the strip; call once it has a place in the page."""
        learning, state = self._learning, self._learning.state
        running = state is LearningState.RUNNING
        self.progress.take_turns(running, self._question, self.measure)
        set_role(self.sentence, "bad" if state is LearningState.FAILED else "body")
        self.sentence.setText(self._sentence())
        self.measure.setText(_("Try again") if state is LearningState.FAILED else _("Measure now"))
        self.setVisible(
            state is not LearningState.UNKNOWN
            and learning.speeds is None
            and not self._preferences.settings.calibration_declined
        )

    def _sentence(self) -> str:
        learning = self._learning
        if learning.state is LearningState.FAILED:
            return str(learning.failure)
        if learning.remark:
            return learning.remark
        time = expected_seconds(self._inventory.machine)
        if learning.state is LearningState.STALE:
            return _(
                "The hardware or llama.cpp changed. Measure this computer again for about {time}, "
                "so that speeds are forecast rather than guessed."
            ).format(time=time)
        return _(
            "Measure this computer for about {time}, so that speeds are forecast rather than "
            "guessed."
        ).format(time=time)
