"""What a page shows when it has nothing to show: a sentence and a way on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from alcove.errors import AlcoveError
from alcove.gui.widgets.parts import button, column, label, row
from alcove.i18n import _


class EmptyState(QWidget):
    """A heading, a sentence and at most one button, in the middle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = label(role="heading")
        self._text = label(role="muted", wrap=True)
        self.button = button("", "primary")
        for text in (self._heading, self._text):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = column(None, self._heading, self._text, spacing=10, margins=32)
        layout.addSpacing(6)
        layout.addLayout(row(None, self.button, None))
        layout.addStretch(2)
        self.setLayout(layout)

    @property
    def heading(self) -> str:
        """The heading that is shown."""
        return self._heading.text()

    def say(self, heading: str, text: str, action: str = "") -> None:
        """Show a heading, a sentence, and a button where ``action`` names one."""
        self._heading.setText(heading)
        self._text.setText(text)
        self.button.setText(action)
        self.button.setVisible(bool(action))

    def say_measuring(self) -> None:
        """Say what Discover waits for at the start."""
        self.say(
            _("Measuring this computer"),
            _("Alcove looks at the memory and the processors to see what runs here."),
        )

    def say_no_match(self) -> None:
        """Say that Discover's filters leave nothing."""
        self.say(
            _("No model matches"),
            _("Nothing that fits this computer matches the search and the filters."),
            _("Clear search and filters"),
        )

    def say_no_catalog(self, fault: AlcoveError) -> None:
        """Say why Discover has no models to show."""
        self.say(_("The list of models cannot be read"), str(fault))

    def say_link(self) -> None:
        """Say that Discover's search holds a link."""
        self.say(
            _("This is a link"),
            _("Alcove asks the hub what it leads to, and says whether it fits this computer."),
            _("Open link"),
        )

    def say_nothing_fits(self) -> None:
        """Say that memory is what leaves nothing in Discover."""
        self.say(
            _("Nothing fits right now"),
            _(
                "Every model needs more memory than is free. Close other programs, or look at what "
                "each would need."
            ),
            _("Show models that don't fit"),
        )
