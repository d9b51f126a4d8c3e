"""The one style sheet of the window.

Widgets say what they are by the dynamic property ``role``; ``widgets/parts.py`` sets it.
"""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from alcove.gui.colours import Colours

_SHEET = Template(
    """
* { outline: none; }
QWidget { color: $text; }
QMainWindow, QDialog, QWidget#page { background: $window; }
QToolTip {
    background: $raised; color: $text; border: 1px solid $border; padding: 4px 6px;
}

QLabel { background: transparent; }
QLabel[role="title"] { font-size: 24px; font-weight: 600; }
QLabel[role="heading"] { font-size: 18px; font-weight: 600; }
QLabel[role="section"] { font-size: 13px; font-weight: 600; }
QLabel[role="lead"] { font-size: 15px; }
QLabel[role="figure"] { font-size: 20px; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="caption"] { color: $muted; font-size: 12px; }
QLabel[role="good"] { color: $good; }
QLabel[role="fair"] { color: $fair; }
QLabel[role="bad"] { color: $bad; }
QLabel[role="tag"] {
    background: $raised; color: $muted; border-radius: 6px; padding: 2px 8px; font-size: 12px;
}
QLabel[role="code"], QTextEdit[role="code"] {
    background: $code; border: 1px solid $border; border-radius: 8px; padding: 7px 10px;
}

QFrame[role="card"] { background: $surface; border: 1px solid $border; border-radius: 12px; }
QFrame[role="card"]:focus { border: 1px solid $accent; }
QFrame#insertion { background: $accent; border: none; border-radius: 1px; }
QFrame[role="pane"] { background: $surface; border: none; border-left: 1px solid $border; }
QFrame[role="rail"] { background: $surface; border: none; border-right: 1px solid $border; }
QFrame[role="bar"] { background: $surface; border: none; border-top: 1px solid $border; }
QFrame[role="strip"] { background: $accent_soft; border: none; border-radius: 12px; }
QFrame[role="rule"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
QFrame#banner { background: $accent_soft; border: none; border-bottom: 1px solid $border; }
QFrame#banner[role="error"] { background: $bad_soft; border-bottom: 1px solid $bad; }

QPushButton {
    background: $surface; color: $text; border: 1px solid $border; border-radius: 8px;
    padding: 0 14px; min-height: 32px; font-weight: 500;
}
QPushButton:hover { background: $raised; }
QPushButton:pressed { background: $border; }
QPushButton:focus { border: 1px solid $accent; }
QPushButton:disabled { color: $muted; background: transparent; }
QPushButton[role="primary"] {
    background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600;
}
QPushButton[role="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[role="primary"]:focus { border: 2px solid $text; }
QPushButton[role="primary"]:disabled {
    background: $raised; color: $muted; border: 1px solid $raised;
}
QPushButton[role="danger"] { color: $bad; }
QPushButton[role="danger"]:focus { border: 1px solid $bad; }
QPushButton[role="quiet"] {
    background: transparent; border: 1px solid transparent; color: $accent; padding: 0 8px;
}
QPushButton[role="link"] {
    background: transparent; border: 1px solid transparent; color: $accent;
    padding: 0 2px 0 0; min-height: 24px; text-align: left;
}
QPushButton[role="link"]:hover { color: $accent_hover; }
QPushButton[role="link"]:focus { border: 1px solid $accent; }
QPushButton[role="quiet"]:hover { background: $raised; }
QPushButton[role="quiet"]:focus { border: 1px solid $accent; }
QPushButton[role="chip"] { border-radius: 14px; padding: 0 12px; min-height: 26px; }
QPushButton[role="chip"]:checked {
    background: $accent_soft; border: 1px solid $accent; color: $accent;
}
QPushButton:checked, QPushButton[role="quiet"]:checked { background: $accent_soft; color: $accent; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: 8px; }
QToolButton::menu-indicator { image: none; }
QToolButton[role="icon"] { padding: 7px; }
QToolButton[role="icon"]:hover { background: $raised; }
QToolButton[role="icon"]:focus { border: 1px solid $accent; }
QToolButton[role="rail"] { color: $muted; font-size: 12px; font-weight: 500; padding: 8px 0 6px 0; }
QToolButton[role="rail"]:hover { background: $raised; color: $text; }
QToolButton[role="rail"]:checked { background: $accent_soft; color: $accent; }
QToolButton[role="rail"]:focus { border: 1px solid $accent; }

QLineEdit, QPlainTextEdit, QTextEdit {
    background: $surface; color: $text; border: 1px solid $border; border-radius: 8px;
    padding: 0 10px; selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit { min-height: 32px; }
QPlainTextEdit, QTextEdit { padding: 8px 10px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { border: 1px solid $accent; }

QComboBox {
    background: $surface; border: 1px solid $border; border-radius: 8px;
    padding: 0 30px 0 12px; min-height: 32px;
}
QComboBox { combobox-popup: 0; }
QComboBox:hover { background: $raised; }
QComboBox:focus, QComboBox:on { border: 1px solid $accent; }
QComboBox::drop-down { border: none; width: 28px; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView {
    background: $surface; border: 1px solid $border; padding: 4px; color: $text;
    selection-background-color: $accent_soft; selection-color: $text;
}
QComboBox QAbstractItemView::item { min-height: 30px; padding: 0 8px; border-radius: 6px; }

QMenu { background: $surface; border: 1px solid $border; border-radius: 8px; padding: 4px; }
QMenu::item { padding: 7px 24px 7px 12px; border-radius: 6px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }

QAbstractScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget#content { background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 36px; }
QScrollBar::handle:horizontal { min-width: 36px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QListWidget::item { min-height: 30px; padding: 0 8px; border-radius: 6px; }
QListWidget::item:hover { background: $raised; }
QListWidget::item:selected { background: $accent_soft; color: $text; }

QTableView { background: transparent; border: none; }
QTableView::item { padding: 0 8px; border: none; }
QTableView::item:selected { background: $accent_soft; color: $text; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section {
    background: transparent; color: $muted; font-size: 12px; font-weight: 500;
    border: none; border-bottom: 1px solid $border; padding: 4px 10px 6px 10px;
}

QTableCornerButton::section { background: transparent; border: none; }

QSlider { min-height: 24px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $border; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; }
QSlider::handle:horizontal {
    width: 16px; height: 16px; margin: -6px 0; border-radius: 8px; background: $accent;
}
QSlider::handle:horizontal:hover { background: $accent_hover; }
QSlider::handle:horizontal:focus { border: 2px solid $text; width: 12px; height: 12px; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled { background: $muted; }

QProgressBar {
    background: $border; border: none; border-radius: 3px; min-height: 6px; max-height: 6px;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }
"""
)


def stylesheet(colours: Colours) -> str:
    """Return the style sheet of the application in ``colours``."""
    return _SHEET.substitute(asdict(colours))
