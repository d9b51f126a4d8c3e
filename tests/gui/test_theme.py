from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import alcove.gui
from alcove.gui.colours import DARK, LIGHT, Colours
from alcove.gui.icon_font import IconFont
from alcove.gui.icons import Icons
from alcove.gui.stylesheet import stylesheet
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import icon_button

PAIRS = (
    [
        (text, ground)
        for text in ("text", "muted", "accent", "good", "fair", "bad")
        for ground in ("window", "surface")
    ]
    + [
        ("on_accent", "accent"),
        ("on_accent", "accent_hover"),
        ("text", "accent_soft"),
        ("muted", "accent_soft"),
        ("accent", "accent_soft"),
        ("text", "raised"),
        ("muted", "raised"),
        ("good", "accent_soft"),
        ("bad", "bad_soft"),
        ("accent", "bad_soft"),
    ]
    + [(text, "code") for text in ("text", "muted", "weights", "context", "compute", "good", "bad")]
)


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(colours: Colours, text: str, ground: str) -> None:
    one, other = luminance(getattr(colours, text)), luminance(getattr(colours, ground))
    contrast = (max(one, other) + 0.05) / (min(one, other) + 0.05)
    assert contrast >= 4.5


def test_the_choice_changes_the_application(qapp: QApplication, theme: Theme, qtbot: QtBot) -> None:
    assert theme.colours is LIGHT
    with qtbot.waitSignal(theme.changed):
        theme.choose("dark")
    assert theme.dark
    assert qapp.styleSheet() == stylesheet(DARK)
    assert qapp.palette().window().color().name() == DARK.window


def test_icons_come_later_and_follow_the_colours(qtbot: QtBot, theme: Theme, icons: Icons) -> None:
    button = icon_button(icons, "trash", "Delete")
    qtbot.addWidget(button)
    blank = button.icon().pixmap(18).toImage()
    with qtbot.waitSignal(icons.changed):
        icons.load()
    light = button.icon().pixmap(18).toImage()
    theme.choose("dark")
    dark = button.icon().pixmap(18).toImage()
    assert blank != light != dark


def test_icons_are_drawn_at_every_size_and_for_every_state(icons: Icons) -> None:
    icons.load()
    icon = icons.icon("copy", "bad")
    small, large = (icon.pixmap(size).toImage() for size in (16, 64))
    for image in (small, large):
        ink = [
            (x, y)
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() > 128
        ]
        assert ink
        middle = sum(x for x, _y in ink) / len(ink), sum(y for _x, y in ink) / len(ink)
        assert middle == pytest.approx(
            (image.width() / 2, image.height() / 2), abs=1 + 0.05 * image.width()
        )
    disabled = icon.pixmap(QSize(64, 64), QIcon.Mode.Disabled).toImage()
    checked = icon.pixmap(QSize(64, 64), QIcon.Mode.Normal, QIcon.State.On).toImage()
    assert large != disabled != checked != large


def test_every_icon_that_the_window_names_is_in_the_font() -> None:
    named: set[str] = set()
    for path in Path(alcove.gui.__file__).parent.rglob("*.py"):
        text = path.read_text("utf-8")
        named |= set(re.findall(r"icon_button\(\w*\.?_?icons, \"([a-z-]+)\"", text))
        named |= set(re.findall(r"small_button\(icons, \"([a-z-]+)\"", text))
        named |= set(re.findall(r"icons\.put\([\w.]+, \"([a-z-]+)\"", text))
    assert len(named) > 10
    font = IconFont()
    assert [name for name in named if font.outline(name).isEmpty()] == []
