"""Blocks are cut where they never change again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcove.gui.chat.blocks import Block, GrowingText, parser, split

LINES = st.sampled_from(
    [
        "",
        "",
        "plain words",
        "# heading",
        "#",
        "===",
        "---",
        "***",
        "- item",
        "-",
        "  - nested",
        "    deep",
        "1. one",
        "2) two",
        "> quote",
        "```python",
        "```",
        "   ```",
        "~~~",
        "| a | b |",
        "|---|---|",
        "<div>",
        "[a]: /b",
        "**bold**",
        "\tTab",
        "*",
    ]
)
DOCUMENTS = st.lists(LINES, max_size=12).map("\n".join)
ANYTHING = st.text(alphabet=st.sampled_from("ab #-*>`|\n\r\t~=1.[]():\u2028\x0b"), max_size=60)


@given(st.one_of(DOCUMENTS, ANYTHING))
def test_sources_joined_are_the_text(text: str) -> None:
    assert "".join(block.source for block in split(text)) == text


@given(DOCUMENTS, st.lists(st.integers(1, 9), max_size=40))
def test_growing_text_ends_with_the_same_blocks_as_the_whole(text: str, steps: list[int]) -> None:
    growing, final, end = GrowingText(), list[Block](), 0
    for step in steps:
        end += step
        more, open_ = growing.update(text[:end], complete=False)
        final += more
        assert "".join(block.source for block in [*final, *open_]) == text[:end]
    final += growing.update(text, complete=True)[0]
    assert final == split(text)


@given(st.lists(LINES.filter(lambda line: line[:1] not in "-1 2*\t"), max_size=12).map("\n".join))
def test_blocks_rendered_alone_are_the_whole_rendered(text: str) -> None:
    apart = "".join(parser().render(block.source) for block in split(text))
    assert apart == parser().render(text)


def test_lists_are_cut_between_items() -> None:
    assert [block.source for block in split("- a\n  - b\n- c\n\n7. d\n8. e")] == [
        "- a\n  - b\n",
        "- c\n\n",
        "7. d\n",
        "8. e",
    ]


@pytest.mark.parametrize(
    ("source", "text", "language"),
    [
        ("```py\na\n\n```\n", "a\n", "py"),
        ("```\na", "a", ""),
        ("~~~ c++ linenums\na\n~~~", "a", "c++"),
        ("    a\n    b\n", "a\nb", ""),
    ],
)
def test_code_is_told_from_prose(source: str, text: str, language: str) -> None:
    (block,) = split(source)
    assert block.code is not None
    assert (block.code.text, block.code.language) == (text, language)


def test_text_that_is_replaced_does_not_extend() -> None:
    growing = GrowingText()
    growing.update("one two", complete=False)
    assert growing.extends("one two three")
    assert not growing.extends("one")
