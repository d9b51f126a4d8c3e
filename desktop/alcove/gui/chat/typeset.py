"""Markdown set as text in a QTextDocument: no HTML in between, nothing fetched."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from markdown_it.token import Token
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableFormat,
)

from alcove.gui.chat.blocks import language_of, parser
from alcove.gui.chat.formula import formula_of
from alcove.gui.chat.formula_object import REPLACEMENT, formula_format
from alcove.gui.chat.highlight import coloured, lexer
from alcove.gui.chat.mathematics import DISPLAYED, growing
from alcove.gui.theme import Colours, font, monospace
from alcove.i18n import _

QUOTE_DEPTH = int(QTextFormat.Property.UserProperty)
"""The block property that says how many quotations a block stands in."""
RULE = QUOTE_DEPTH + 1
"""The block property that makes an empty block a horizontal rule."""
MARKER = QUOTE_DEPTH + 2
"""The block property with the bullet or number that stands before a list item."""
COPY_SCHEME = "alcove-copy"
"""The scheme of a link that carries code to the clipboard."""
SIZE = 15
"""Height of the type of messages, in pixels."""

INDENT = 26
"""How far a list is indented, in pixels."""
_LINE_HEIGHT = 140.0
_HEADINGS = {"h1": 22, "h2": 19, "h3": 17}
_BULLETS = ("•", "◦", "▪")


@dataclass
class _List:
    ordered: bool
    number: int
    marker_due: bool = False


class Typesetter:
    """Writes blocks of Markdown at the end of a document."""

    def __init__(self, cursor: QTextCursor, colours: Colours) -> None:
        self._colours = colours
        self._cursor = cursor
        self._lists: list[_List] = []
        self._quotes = 0
        self._styles: list[QTextCharFormat] = []
        self._fresh = True

    def set(self, source: str, *, fresh: bool, grows: bool = False) -> bool:
        """Write ``source``; ``fresh`` says that the cursor's block is empty and to be used.

        ``grows``: more of it is to come. Returns whether the block that the cursor is in at the end
        is such a block.
        """
        self._fresh = fresh
        tokens = parser().parse(source, growing(source) if grows else {})
        place = 0
        while place < len(tokens):
            if tokens[place].type == "table_open":
                end = next(n for n in range(place, len(tokens)) if tokens[n].type == "table_close")
                self._table(tokens[place : end + 1])
                place = end
            else:
                self._token(tokens[place])
            place += 1
        return self._fresh

    def _token(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self._heading(token.tag)
            case "paragraph_open":
                self._begin(self._block_format(bottom=4 if token.hidden else 12), self._body())
            case "inline":
                self._inline(token)
            case "bullet_list_open" | "ordered_list_open":
                number = int(token.attrGet("start") or 1)
                self._lists.append(_List(token.type == "ordered_list_open", number))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                self._lists[-1].marker_due = True
            case "list_item_close":
                self._end_item()
            case "blockquote_open":
                self._quotes += 1
            case "blockquote_close":
                self._quotes -= 1
            case "fence" | "code_block":
                self._code(token)
            case "formula":
                self._displayed(token)
            case "hr":
                self._rule()

    def _body(self) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setFont(font(SIZE))
        made.setForeground(QColor(self._colours.muted if self._quotes else self._colours.text))
        return made

    def _block_format(self, *, top: int = 0, bottom: int = 12) -> QTextBlockFormat:
        made = QTextBlockFormat()
        made.setTopMargin(top)
        made.setBottomMargin(bottom)
        made.setLeftMargin(16 * self._quotes)
        made.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if self._quotes:
            made.setProperty(QUOTE_DEPTH, self._quotes)
        return made

    def _begin(self, block: QTextBlockFormat, style: QTextCharFormat) -> None:
        block.setIndent(len(self._lists))
        if self._lists and self._lists[-1].marker_due:
            block.setProperty(MARKER, self._marker())
        if self._fresh:
            self._cursor.setBlockFormat(block)
            self._cursor.setBlockCharFormat(style)
        else:
            self._cursor.insertBlock(block, style)
        self._fresh = False
        self._styles = [style]

    def _marker(self) -> str:
        owner = self._lists[-1]
        owner.marker_due = False
        bullet = _BULLETS[min(len(self._lists), len(_BULLETS)) - 1]
        return f"{owner.number}." if owner.ordered else bullet

    def _end_item(self) -> None:
        if self._lists[-1].marker_due:
            self._begin(self._block_format(bottom=4), self._body())
        self._lists[-1].number += 1

    def _heading(self, tag: str) -> None:
        size = _HEADINGS.get(tag, SIZE)
        style = self._body()
        style.setFont(font(size, "bold"))
        top = 0 if self._cursor.atStart() else 14
        block = self._block_format(top=top, bottom=8)
        block.setHeadingLevel(int(tag[1]))
        self._begin(block, style)

    def _rule(self) -> None:
        block = self._block_format(top=4, bottom=16)
        block.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        block.setProperty(RULE, 1)
        self._begin(block, self._body())

    def _inline(self, token: Token) -> None:
        for child in token.children or ():
            self._span(child)

    def _span(self, token: Token) -> None:
        if token.nesting < 0:
            self._styles.pop()
            return
        style = QTextCharFormat(self._styles[-1])
        match token.type:
            case "strong_open":
                style.setFontWeight(QFont.Weight.DemiBold)
            case "em_open":
                style.setFontItalic(True)
            case "s_open":
                style.setFontStrikeOut(True)
            case "link_open":
                self._link(style, str(token.attrGet("href") or ""))
            case "code_inline":
                style.setFont(monospace(SIZE - 2))
                style.setBackground(QColor(self._colours.raised))
            case "image":
                self._link(style, str(token.attrGet("src") or ""))
        if token.nesting > 0:
            self._styles.append(style)
        elif token.type == "formula":
            self._formula(token, style)
        else:
            self._cursor.insertText(_text(token), style)

    def _displayed(self, token: Token) -> None:
        """Set a formula on lines of its own; nothing while it is still written."""
        if not token.content:
            return
        block = self._block_format(top=4, bottom=16)
        if formula_of(token.content, displayed=True) is not None:
            block.setLineHeight(0, QTextBlockFormat.LineHeightTypes.SingleHeight.value)
            block.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._begin(block, self._body())
        self._formula(token, self._body())

    def _formula(self, token: Token, style: QTextCharFormat) -> None:
        """Set a formula where the cursor is; one that is not understood stays as it was written."""
        displayed = token.info == DISPLAYED
        if formula_of(token.content, displayed=displayed) is None:
            self._cursor.insertText(token.markup.replace("\n", "\u2028"), style)
            return
        made = formula_format(style, token.content, token.markup, displayed=displayed)
        self._cursor.insertText(REPLACEMENT, made)

    def _link(self, style: QTextCharFormat, target: str) -> None:
        style.setAnchor(True)
        style.setAnchorHref(target)
        style.setToolTip(target)
        style.setForeground(QColor(self._colours.accent))
        style.setFontUnderline(True)

    def _table(self, tokens: list[Token]) -> None:
        rows = _rows(tokens)
        self._before_frame()
        table = self._cursor.insertTable(len(rows), len(rows[0]), self._table_format())
        for number, cells in enumerate(rows):
            for place, (opening, content) in enumerate(cells):
                self._cell(table, number, place, opening, content)
        self._after_frame()

    def _table_format(self) -> QTextTableFormat:
        made = QTextTableFormat()
        made.setBorder(1)
        made.setBorderBrush(QBrush(QColor(self._colours.border)))
        made.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        made.setBorderCollapse(True)
        made.setCellPadding(7)
        made.setCellSpacing(0)
        made.setTopMargin(2)
        made.setBottomMargin(14)
        made.setLeftMargin(INDENT * len(self._lists) + 16 * self._quotes)
        made.setHeaderRowCount(1)
        return made

    def _cell(
        self, table: QTextTable, number: int, place: int, opening: Token, content: Token
    ) -> None:
        cell = table.cellAt(number, place)
        style, form = self._body(), cell.format()
        form.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        if opening.type == "th_open":
            style.setFontWeight(QFont.Weight.DemiBold)
            form.setBackground(QColor(self._colours.raised))
        cell.setFormat(form)
        self._cursor.setPosition(cell.firstPosition())
        block = QTextBlockFormat()
        block.setAlignment(_alignment(str(opening.attrGet("style") or "")))
        self._cursor.setBlockFormat(block)
        self._styles = [style]
        self._inline(content)

    def _code(self, token: Token) -> None:
        """Set code that stands inside a list or a quotation."""
        self._before_frame()
        self._cursor.insertFrame(self._code_format())
        code, language = token.content.removesuffix("\n"), language_of(token)
        head = QTextBlockFormat()
        head.setBottomMargin(6)
        self._cursor.setBlockFormat(head)
        label = self._body()
        label.setFont(font(12))
        label.setForeground(QColor(self._colours.muted))
        self._cursor.insertText(language + "   " if language else "", label)
        self._link(label, f"{COPY_SCHEME}:{quote(code)}")
        label.setToolTip(_("Copy this code"))
        self._cursor.insertText(_("Copy"), label)
        self._cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())
        insert_code(self._cursor, code, language, self._colours)
        self._after_frame()

    def _code_format(self) -> QTextFrameFormat:
        made = QTextFrameFormat()
        made.setBackground(QColor(self._colours.code))
        made.setBorder(1)
        made.setBorderBrush(QBrush(QColor(self._colours.border)))
        made.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        made.setPadding(10)
        made.setTopMargin(2)
        made.setBottomMargin(12)
        made.setLeftMargin(INDENT * len(self._lists) + 16 * self._quotes)
        made.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        return made

    def _before_frame(self) -> None:
        if self._lists and self._lists[-1].marker_due:
            self._begin(self._block_format(bottom=4), self._body())
        if self._fresh:
            self._flatten()

    def _after_frame(self) -> None:
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._flatten()
        self._fresh = True

    def _flatten(self) -> None:
        """Let an empty block that Qt wants beside a frame take no room."""
        flat = QTextBlockFormat()
        flat.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        self._cursor.setBlockFormat(flat)


def insert_code(cursor: QTextCursor, code: str, language: str, colours: Colours) -> None:
    """Insert ``code`` in its colours, in the platform's font for code."""
    for piece, colour in coloured(code, lexer(language), colours):
        cursor.insertText(piece, code_format(colour))


def code_format(colour: str) -> QTextCharFormat:
    """Return the format of code in a colour (#rrggbb)."""
    made = QTextCharFormat()
    made.setFont(monospace(SIZE - 2))
    made.setForeground(QColor(colour))
    return made


def units(text: str) -> int:
    """Return how many places ``text`` takes in a document: two for a letter beyond U+FFFF."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def _text(token: Token) -> str:
    match token.type:
        case "softbreak" | "hardbreak":
            return "\u2028"
        case "image":
            return token.content or str(token.attrGet("src") or "")
        case _:
            return token.content


def _rows(tokens: list[Token]) -> list[list[tuple[Token, Token]]]:
    rows: list[list[tuple[Token, Token]]] = []
    for place, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"}:
            rows[-1].append((token, tokens[place + 1]))
    return rows


def _alignment(style: str) -> Qt.AlignmentFlag:
    if style.endswith("right"):
        return Qt.AlignmentFlag.AlignRight
    if style.endswith("center"):
        return Qt.AlignmentFlag.AlignHCenter
    return Qt.AlignmentFlag.AlignLeft
