from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from alcove.gui.theme import Theme
from alcove.gui.widgets.elided_label import ElidedLabel

LONG = "NVIDIA RTX 6000 Ada Generation Laptop GPU with a long name"


@pytest.fixture
def name(qtbot: QtBot, theme: Theme) -> ElidedLabel:
    del theme
    made = ElidedLabel(LONG, "strong")
    qtbot.addWidget(made)
    return made


def test_it_asks_for_room_but_does_not_insist(name: ElidedLabel) -> None:
    assert name.sizeHint().width() > 200
    assert name.minimumSizeHint().width() <= 40


def test_what_is_cut_off_is_in_the_tooltip(name: ElidedLabel) -> None:
    name.resize(120, 20)
    name.show()
    assert name.shown.endswith("…")
    assert name.toolTip() == LONG == name.text()
    name.resize(name.sizeHint())
    assert name.shown == LONG
    assert name.toolTip() == ""


def test_it_draws_what_it_shows(name: ElidedLabel) -> None:
    name.resize(120, 20)
    drawn = name.grab().toImage()
    name.setText("")
    assert drawn != name.grab().toImage()
