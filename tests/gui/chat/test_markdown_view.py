"""Markdown on the screen, and what it costs to show it while it grows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication, QTextTable
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from alcove.gui.chat.code_view import CodeView
from alcove.gui.chat.markdown_view import MarkdownView
from alcove.gui.chat.prose import ProseView
from alcove.gui.theme import LIGHT

DOCUMENT = """# Title

Some **bold** words and `code`.

- one
- two

```python
print("hello")
```

| a | b |
|---|--:|
| 1 | 2 |

> quoted

Done.
"""


@pytest.fixture
def view(qtbot: QtBot) -> MarkdownView:
    made = MarkdownView(LIGHT)
    qtbot.addWidget(made)
    made.resize(700, 600)
    return made


def shown(view: MarkdownView) -> list[str]:
    return [
        segment.code.text if isinstance(segment, CodeView) else segment.toPlainText()
        for segment in view.segments
    ]


def test_prose_and_code_take_turns(view: MarkdownView) -> None:
    view.show_text(DOCUMENT, complete=True)
    prose, code, rest = view.segments
    assert isinstance(prose, ProseView)
    assert prose.toPlainText() == "Title\nSome bold words and code.\none\ntwo"
    assert isinstance(code, CodeView)
    assert (code.code.text, code.code.language) == ('print("hello")', "python")
    assert isinstance(rest, ProseView)
    assert rest.toPlainText().split() == ["a", "b", "1", "2", "quoted", "Done."]
    tables = [f for f in rest.document().rootFrame().childFrames() if isinstance(f, QTextTable)]
    assert [(table.rows(), table.columns()) for table in tables] == [(2, 2)]


@pytest.mark.parametrize("step", [1, 3, 7, 50])
def test_streaming_ends_with_what_is_shown_at_once(view: MarkdownView, step: int) -> None:
    view.show_text(DOCUMENT, complete=True)
    at_once = shown(view)
    view.show_text("", complete=False)
    for end in range(0, len(DOCUMENT), step):
        view.show_text(DOCUMENT[:end], complete=False)
    view.show_text(DOCUMENT, complete=True)
    assert shown(view) == at_once


def test_an_update_renders_the_last_block_alone(view: MarkdownView, qtbot: QtBot) -> None:
    paragraphs = "A paragraph of some words.\n\n" * 300
    view.show_text(paragraphs, complete=False)
    qtbot.waitUntil(lambda: view.whole)
    before = view.rendered_blocks
    for end in range(1, 21):
        view.show_text(paragraphs + "last words here now"[:end], complete=False)
    assert view.rendered_blocks - before <= 2 * 20


def test_finished_code_is_not_touched_again(view: MarkdownView) -> None:
    view.show_text("```\na\n```\n\nand then\n", complete=False)
    code = view.segments[0]
    view.show_text("```\na\n```\n\nand then\n\nmuch more\n\n```\nb\n```\n", complete=True)
    assert view.segments[0] is code
    assert shown(view) == ["a", "and then\nmuch more", "b"]


def test_long_code_keeps_every_line_while_it_grows(view: MarkdownView, qtbot: QtBot) -> None:
    lines = [f"value_{number} = '''text {number}" for number in range(200)]
    for count in range(0, 201, 5):
        view.show_text("```python\n" + "\n".join(lines[:count]), complete=False)
    qtbot.waitUntil(lambda: view.whole)
    (code,) = view.segments
    assert isinstance(code, CodeView)
    assert code.shown == "\n".join(lines)
    view.show_text("```python\n" + "\n".join(lines) + "\n```\n", complete=True)
    qtbot.waitUntil(lambda: view.whole)
    assert code.shown == "\n".join(lines)


def test_html_is_plain_text_and_images_are_links(view: MarkdownView) -> None:
    view.show_text("<b>x</b> ![cat](https://example.com/c.png)", complete=True)
    (prose,) = view.segments
    assert isinstance(prose, ProseView)
    assert prose.toPlainText() == "<b>x</b> cat"
    assert "<img" not in prose.toHtml()
    assert 'href="https://example.com/c.png"' in prose.toHtml()


def test_links_are_told_and_not_followed(view: MarkdownView, qtbot: QtBot) -> None:
    view.show_text("[a](https://example.com/x)", complete=True)
    (prose,) = view.segments
    assert isinstance(prose, ProseView)
    with qtbot.waitSignal(view.link_activated) as caught:
        prose.anchorClicked.emit(QUrl("https://example.com/x"))
    assert caught.args == ["https://example.com/x"]
    assert prose.toPlainText() == "a"


def test_javascript_is_no_link(view: MarkdownView) -> None:
    view.show_text("[a](javascript:alert(1))", complete=True)
    (prose,) = view.segments
    assert isinstance(prose, ProseView)
    assert "href" not in prose.toHtml()


def test_code_is_copied_by_its_button(view: MarkdownView) -> None:
    view.show_text("```python\nprint(1)\n```\n", complete=True)
    (code,) = view.segments
    copy = code.findChild(QPushButton)
    assert isinstance(copy, QPushButton)
    copy.click()
    assert QGuiApplication.clipboard().text() == "print(1)"
    assert copy.text() == "Copied"


def test_code_in_a_list_is_copied_by_its_link(view: MarkdownView) -> None:
    view.show_text("1. do\n   ```sh\n   echo 'ü & %41'\n   ```\n", complete=True)
    (prose,) = view.segments
    assert isinstance(prose, ProseView)
    cursor = prose.document().find("Copy")
    prose.anchorClicked.emit(QUrl(cursor.charFormat().anchorHref()))
    assert QGuiApplication.clipboard().text() == "echo 'ü & %41'"


def test_another_text_replaces_the_first(view: MarkdownView) -> None:
    view.show_text("first\n\n```\na\n```\n", complete=True)
    view.show_text("second", complete=True)
    assert shown(view) == ["second"]


def colours(code: CodeView) -> list[tuple[str, str]]:
    """Return what is shown in which colour."""
    found: list[tuple[str, str]] = []
    block = code.text.document().begin()
    while block.isValid():
        for one in block.textFormats():
            piece = block.text()[one.start : one.start + one.length]
            found.append((piece, one.format.foreground().color().name()))
        block = block.next()
    return found


def test_long_code_is_coloured_right_in_the_end(view: MarkdownView, qtbot: QtBot) -> None:
    body = "\n".join(f"    value_{number} = {number}  # 🙂" for number in range(150))
    source = f'def f():\n    """A text\n{body}\n    """\n    return 1\n'
    text = f"```python\n{source}```\n"
    for end in range(0, len(text), 400):
        view.show_text(text[:end], complete=False)
        qtbot.waitUntil(lambda: view.whole)
    view.show_text(text, complete=True)
    (code,) = view.segments
    assert isinstance(code, CodeView)
    assert code.shown == source.removesuffix("\n")
    at_once = MarkdownView(LIGHT)
    qtbot.addWidget(at_once)
    at_once.show_text("```python\n" + source[:3500] + "\n```\n", complete=True)
    (first,) = at_once.segments
    assert isinstance(first, CodeView)
    few = len("".join(piece for piece, _colour in colours(first))) - 40

    def by_letter(of: CodeView) -> list[tuple[str, str]]:
        return [(letter, colour) for piece, colour in colours(of) for letter in piece]

    qtbot.waitUntil(lambda: by_letter(code)[:few] == by_letter(first)[:few])


def test_a_long_text_appears_in_slices(view: MarkdownView, qtbot: QtBot) -> None:
    text = "".join(f"Paragraph {number} of some words.\n\n" for number in range(600))
    view.show_text(text, complete=True)
    assert not view.whole
    qtbot.waitUntil(lambda: view.whole)
    (prose,) = view.segments
    assert isinstance(prose, ProseView)
    assert prose.toPlainText().splitlines()[-1] == "Paragraph 599 of some words."
    assert prose.toPlainText().count("Paragraph") == 600


def test_another_text_replaces_a_long_one_that_still_appears(
    view: MarkdownView, qtbot: QtBot
) -> None:
    view.show_text("Some words. " * 2000, complete=True)
    assert not view.whole
    view.show_text("Done.", complete=True)
    qtbot.waitUntil(lambda: view.whole)
    assert shown(view) == ["Done."]
