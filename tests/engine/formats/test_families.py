"""Every family's answers: plain, with reasoning, with calls, broken and cut short."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcove.engine.answer import Delta
from alcove.engine.formats import Reader, joined
from engine.formats.answers import TOOLS, Sample, calls_of, read
from engine.formats.writer import Writer
from engine.formats.writers import SAMPLES, WRITERS

each_sample = pytest.mark.parametrize(
    "sample", SAMPLES, ids=[f"{one.form.name}-{index}" for index, one in enumerate(SAMPLES)]
)
each_family = pytest.mark.parametrize("writer", WRITERS, ids=[one.form.name for one in WRITERS])
places = st.lists(st.integers(min_value=0, max_value=500), max_size=12)


def cut(text: str, at: list[int]) -> list[str]:
    """Cut ``text`` into pieces."""
    ends = sorted({place % (len(text) + 1) for place in at} | {0, len(text)})
    return [text[a:b] for a, b in itertools.pairwise(ends)]


@each_sample
def test_an_answer_is_read(sample: Sample) -> None:
    found = read(sample.form, [sample.answer])
    assert (found.text, found.reasoning) == (sample.text, sample.reasoning)
    assert calls_of(found) == list(sample.calls)


@each_sample
def test_an_answer_is_the_same_character_by_character(sample: Sample) -> None:
    assert read(sample.form, sample.answer) == read(sample.form, [sample.answer])


@settings(max_examples=400)
@given(st.sampled_from(SAMPLES), places)
def test_an_answer_is_the_same_however_it_is_cut(sample: Sample, at: list[int]) -> None:
    whole = read(sample.form, [sample.answer])
    assert read(sample.form, cut(sample.answer, at)) == whole


@each_sample
def test_nothing_is_given_that_is_taken_back(sample: Sample) -> None:
    """At every moment, what was given is how the whole answer begins: no half mark among it."""
    whole = read(sample.form, [sample.answer])
    reader = Reader(sample.form, sample.opening, TOOLS, lambda: "id")
    given = Delta()
    for character in sample.answer:
        given = joined(given, reader.push(character))
        assert whole.text.startswith(given.text)
        assert whole.reasoning.startswith(given.reasoning)
        for piece, complete in zip(given.calls, whole.calls, strict=False):
            assert piece.name == complete.name
            assert complete.arguments.startswith(piece.arguments)


@each_sample
def test_no_control_token_is_shown(sample: Sample) -> None:
    for tools in (TOOLS, None):
        found = read(sample.form, sample.answer, tools=tools)
        for mark in sample.form.hidden:
            assert mark not in found.text + found.reasoning


@each_sample
def test_without_tools_there_are_no_calls_and_all_is_text(sample: Sample) -> None:
    found = read(sample.form, [sample.answer], tools=None)
    assert not found.calls
    assert found.reasoning == sample.reasoning
    assert all(city in found.text for city in ("Paris", "Rome") if city in sample.answer)


@each_family
@settings(max_examples=40)
@given(data=st.data())
def test_scraps_of_marks_are_read_alike_and_lose_nothing(
    writer: Writer, data: st.DataObject
) -> None:
    """Marks, parts of marks and pieces of calls in any order, with payload (digits) between."""
    scraps = sorted(_scraps(writer))
    drawn = data.draw(st.lists(st.sampled_from(scraps), max_size=12))
    answer = "".join(f"{scrap}{'①②③④⑤⑥⑦⑧⑨⑩⑪⑫'[index]}" for index, scrap in enumerate(drawn))
    for tools in (TOOLS, None):
        whole = read(writer.form, [answer], tools=tools)
        assert read(writer.form, answer, tools=tools) == whole
        if not writer.form.header.turn:  # the headers of messages are not shown
            shown = whole.text + whole.reasoning
            shown += "".join(piece.name + piece.arguments for piece in whole.calls)
            assert _payload(answer) <= _payload(shown)


def _scraps(writer: Writer) -> set[str]:
    marks = {*writer.form.preserved, *writer.around, *writer.reasoning.split("%")}
    whole = {writer.paris, writer.rome, *marks}
    parts = {part for text in whole for part in re.findall(r"\w+|\s|[^\w\s]", text)}
    return {*whole, *(mark[: len(mark) // 2] for mark in marks), *parts} - {""}


def _payload(text: str) -> set[str]:
    return {character for character in text if "①" <= character <= "⑫"}
