"""From bytes of tokens to text: however they are cut, and where stop strings end it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcove.engine.answer import Delta
from alcove.engine.formats import NOTHING, format_of, joined, unfinished
from alcove.engine.job import Job
from alcove.engine.text import TextStream
from alcove.llama.sampler import SamplerOptions

FORM = format_of("<think> </think>")


def run(pieces: list[bytes], stops: tuple[str, ...] = ()) -> Delta:
    stream = TextStream(Job((1,), SamplerOptions(), None, stops, FORM, NOTHING))
    whole = Delta()
    for piece in pieces:
        whole = joined(whole, stream.push(piece))
        if stream.stop:
            break
    return joined(whole, stream.finish())


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


cuts = st.lists(st.integers(min_value=0, max_value=200), max_size=20)


@given(st.text(max_size=80), cuts)
def test_text_is_the_same_however_it_is_cut(text: str, places: list[int]) -> None:
    assert run(split(text.encode(), places)) == run([text.encode()])


@given(st.text(max_size=30), st.text(max_size=30), cuts)
def test_nothing_of_a_stop_string_is_shown(before: str, after: str, places: list[int]) -> None:
    data = f"{before}\nUser:{after}".encode()
    assert "\nUser:" not in run(split(data, places), ("\nUser:", "###")).text
    assert run(split(data, places), ("\nUser:",)) == run([data], ("\nUser:",))


def test_the_stop_string_that_comes_first_counts() -> None:
    stream = TextStream(Job((1,), SamplerOptions(), None, ("late", "early"), FORM, NOTHING))
    assert stream.push(b"an early word, a late one") == Delta("an ")
    assert stream.stop == "early"


@given(cuts)
def test_reasoning_is_set_apart(places: list[int]) -> None:
    data = "<think>\nFirst, ½ and <b>.\n</think>\n\nThe answer is é.".encode()
    found = run(split(data, places))
    assert (found.text, found.reasoning) == ("The answer is é.", "First, ½ and <b>.\n")


def test_broken_utf8_becomes_a_replacement_character() -> None:
    assert run([b"a\xff", b"b\xe2\x82"]).text == "a\ufffdb\ufffd"


@pytest.mark.parametrize(
    ("text", "length"), [("abc</", 2), ("abc", 0), ("</think", 7), ("<</", 2), ("", 0)]
)
def test_unfinished(text: str, length: int) -> None:
    assert unfinished(text, ("</think>",)) == length
