"""LaTeX in answers: what is a formula, how it is set, and what stays text."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QTextCursor, QTextDocument
from pytestqt.qtbot import QtBot

from alcove.gui.chat.blocks import parser
from alcove.gui.chat.formula import formula_of
from alcove.gui.chat.formula_object import REPLACEMENT
from alcove.gui.chat.markdown_view import MarkdownView
from alcove.gui.chat.prose import ProseView
from alcove.gui.theme import LIGHT

PRICES = (
    "It costs $5 and $10 now.",
    "$5, or $10",
    "from $5 to US$ 7",
    "between $5-$10",
    "$100k and $200k",
    "set $HOME and $PATH",
    "a `$x$` b",
)


def formulas(text: str) -> list[str]:
    tokens = parser().parse(text)
    every = (one for token in tokens for one in [token, *(token.children or ())])
    return [one.content for one in every if one.type == "formula"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a $x^2$ b", ["x^2"]),
        (r"\(a\) and \[b\]", ["a", "b"]),
        ("$$\nx\n= y\n$$", ["x\n= y"]),
        ("text\n$$\na\n$$\nmore", ["a"]),
        ("- item $y$\n\n  $$\n  z\n  $$\n- next", ["y", "z"]),
        ("**$x$** and the $n$th", ["x", "n"]),
        (r"$\text{if so then} x$", [r"\text{if so then} x"]),
        ("| $a$ | b |\n|--|--|\n| 1 | 2 |", ["a"]),
        ("$x+y = 5$ costs $5", ["x+y = 5"]),
        (r"\begin{align}a&=b\end{align}", [r"\begin{align}a&=b\end{align}"]),
        ("$$\nnever closed\n\nmore", []),
        *((price, []) for price in PRICES),
    ],
)
def test_what_is_a_formula(text: str, expected: list[str]) -> None:
    assert formulas(text) == expected


@pytest.fixture
def view(qtbot: QtBot) -> MarkdownView:
    made = MarkdownView(LIGHT)
    qtbot.addWidget(made)
    made.resize(700, 600)
    return made


def shown(view: MarkdownView) -> str:
    return "\n".join(one.toPlainText() for one in view.segments if isinstance(one, ProseView))


@pytest.mark.parametrize("price", PRICES[:-1])
def test_prices_stay_prices(view: MarkdownView, price: str) -> None:
    view.show_text(price, complete=True)
    assert shown(view) == price


@pytest.mark.parametrize(
    "bad",
    [r"$\frac{1}{$", r"$\nosuchcommand{x}$", r"$\begin{nothing} x$", r"$\text{日本}$", r"$x^{2$"],
)
def test_bad_latex_stays_as_it_was_written(view: MarkdownView, bad: str) -> None:
    view.show_text(f"So {bad} it is.", complete=True)
    assert shown(view) == f"So {bad} it is."


TEXT = (
    "The roots are $x = \\frac{-b \\pm \\sqrt{b^2-4ac}}{2a}$ for \\(a \\ne 0\\), at $5 each.\n\n"
    "$$\n\\int_0^\\infty e^{-x^2} dx\n= \\frac{\\sqrt{\\pi}}{2}\n$$\n\nThat is \\[x\\].\n"
)


@pytest.mark.parametrize("step", [1, 3, 8])
def test_half_a_formula_is_never_shown(view: MarkdownView, step: int) -> None:
    before = ""
    for end in range(0, len(TEXT), step):
        view.show_text(TEXT[:end], complete=False)
        now = shown(view)
        assert "\\" not in now
        assert "frac" not in now
        assert now.rstrip().startswith(before.rstrip()), (before, now)
        before = now
    view.show_text(TEXT, complete=True)
    assert shown(view).count(REPLACEMENT) == 4
    assert "at $5 each." in shown(view)


def test_a_formula_that_never_ends_is_shown_in_the_end(view: MarkdownView) -> None:
    view.show_text("It is $\\alpha", complete=False)
    assert shown(view) == "It is "
    view.show_text("It is $\\alpha", complete=True)
    assert shown(view) == "It is $\\alpha"


def test_a_copied_formula_is_its_source(view: MarkdownView) -> None:
    view.show_text("Take $x^2$ and \\(y_1\\) now.\n\n$$\nz\n$$\n", complete=True)
    (prose,) = view.segments
    assert isinstance(prose, ProseView)
    prose.selectAll()
    copied = prose.createMimeDataFromSelection().text()
    assert copied.splitlines()[0] == "Take $x^2$ and \\(y_1\\) now."
    assert "".join(copied.split()).endswith("$$z$$")


def test_formulas_are_shapes_that_scale() -> None:
    half = formula_of(r"\frac{1}{2}", displayed=True)
    assert half is not None
    assert half.ascent > 10
    assert half.descent > 5
    bounds = [shape.path.boundingRect() for shape in half.shapes]
    assert len(bounds) == 3
    assert min(each.left() for each in bounds) >= half.left - 1
    assert max(each.right() for each in bounds) <= half.left + half.width + 1
    assert min(each.top() for each in bounds) >= -half.ascent - 1
    assert max(each.bottom() for each in bounds) <= half.descent + 1
    coloured = formula_of(r"\color{red} x", displayed=False)
    assert coloured is not None
    assert {shape.colour for shape in coloured.shapes} == {"red"}


def test_a_formula_wider_than_the_page_is_made_smaller(view: MarkdownView, qtbot: QtBot) -> None:
    view.show_text("$$" + " + ".join(f"x_{{{n}}}" for n in range(60)) + "$$", complete=True)
    with qtbot.waitExposed(view):
        view.show()
    (prose,) = view.segments
    assert isinstance(prose, ProseView)
    assert _ideal_width(prose.document()) <= prose.viewport().width() + 1


def _ideal_width(document: QTextDocument) -> float:
    block = QTextCursor(document).block()
    return block.layout().lineAt(0).naturalTextWidth()
