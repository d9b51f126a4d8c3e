"""The style sheet of the Chat page, on top of the one of the window."""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from alcove.gui.theme import Colours

_SHEET = Template(
    """
QFrame#sidebar { background: $surface; border: none; border-right: 1px solid $border; }
QListView#conversations { background: transparent; border: none; padding: 0; }
QListView#conversations QLineEdit { min-height: 26px; padding: 0 6px; border-radius: 6px; }
QFrame#drawer { background: $surface; border: none; border-left: 1px solid $border; }
QPlainTextEdit#systemPrompt { background: $window; border: 1px solid $border; }
QPlainTextEdit#systemPrompt:focus { border: 1px solid $accent; }
QFrame#findBar { background: $surface; border: none; border-bottom: 1px solid $border; }
QFrame#undo { background: $raised; border: none; border-radius: 10px; }
QPushButton#newChat { text-align: left; padding: 0 12px; }

QFrame#chatHeader { background: transparent; border: none; border-bottom: 1px solid $border; }
QToolButton#modelPicker {
    font-size: 14px; font-weight: 600; padding: 6px 6px 6px 10px; border-radius: 8px;
}
QToolButton#modelPicker:hover { background: $raised; }
QToolButton#modelPicker:focus { border: 1px solid $accent; }
QFrame#chatHeader QToolButton::menu-indicator { image: none; }

QWidget#transcript { background: transparent; }
QFrame#userBubble { background: $accent_soft; border: none; border-radius: 14px; }
QTextEdit#words { background: transparent; border: none; padding: 0; border-radius: 0; }
QTextBrowser#prose { background: transparent; border: none; padding: 0; border-radius: 0; }
QFrame#code {
    background: $code; border: 1px solid $border; border-radius: 10px; margin-bottom: 10px;
}
QLabel#codeLanguage { color: $muted; font-size: 12px; }
QPushButton#codeCopy {
    background: transparent; border: 1px solid transparent; color: $muted; font-size: 12px;
    min-height: 24px; padding: 0 8px; border-radius: 6px; font-weight: 500;
}
QPushButton#codeCopy:hover { background: $raised; color: $text; }
QPushButton#codeCopy:focus { border: 1px solid $accent; }
QTextEdit#codeText {
    background: transparent; border: none; border-radius: 0; padding: 0;
}
QPushButton#disclosure {
    background: transparent; border: 1px solid transparent; color: $muted; font-weight: 500;
    min-height: 26px; padding: 0 6px 0 0; text-align: left; border-radius: 6px;
}
QPushButton#disclosure:hover { color: $text; }
QPushButton#disclosure:focus { border: 1px solid $accent; }
QLabel#reasoning {
    color: $muted; border: none; border-left: 3px solid $border; padding: 2px 0 2px 13px;
    font-size: 13px;
}

QFrame#composer { background: $surface; border: 1px solid $border; border-radius: 16px; }
QFrame#composer[active="true"] { border: 1px solid $accent; }
QPlainTextEdit#draft {
    background: transparent; border: none; padding: 0; font-size: 15px; border-radius: 0;
}
QFrame#composer[dropping="true"] { background: $accent_soft; border: 1px dashed $accent; }
QFrame#attachment { background: $raised; border: none; border-radius: 8px; }
QFrame#userBubble QFrame#attachment { background: $surface; }
QPushButton#fileName { text-align: left; color: $text; }
QTableWidget#attached { background: transparent; border: none; gridline-color: $border; }
QToolButton#send { background: $accent; border: 2px solid $accent; border-radius: 17px; }
QToolButton#send:hover { background: $accent_hover; border-color: $accent_hover; }
QToolButton#send:focus { border-color: $text; }
QToolButton#send:disabled { background: $raised; border-color: $raised; }
QFrame#sessionBar { background: $surface; border: 1px solid $border; border-radius: 12px; }
QFrame#sessionBar[tone="bad"] { border: 1px solid $bad; }
QPushButton#example {
    text-align: left; padding: 10px 14px; border-radius: 12px; font-weight: 400;
    min-height: 20px;
}
QToolButton[small="true"] { padding: 4px; border-radius: 6px; }
QToolButton#toBottom {
    background: $surface; border: 1px solid $border; border-radius: 17px;
}
QToolButton#toBottom:hover { background: $raised; }
"""
)


def chat_stylesheet(colours: Colours) -> str:
    """Return the style sheet of the Chat page in ``colours``."""
    return _SHEET.substitute(asdict(colours))
