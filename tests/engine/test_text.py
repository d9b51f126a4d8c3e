from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcove.engine.answer import Delta
from alcove.engine.reasoning import THINK, ReasoningFormat, format_of, joined, unfinished
from alcove.engine.text import TextStream


def run(
    pieces: list[bytes],
    stops: tuple[str, ...] = (),
    form: ReasoningFormat = THINK,
    *,
    reasoning: bool = False,
) -> Delta:
    stream = TextStream(stops, form, reasoning=reasoning)
    whole = Delta()
    for piece in pieces:
        whole = joined(whole, stream.push(piece))
        if stream.stopped:
            break
    return joined(whole, stream.finish())


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


cuts = st.lists(st.integers(min_value=0, max_value=200), max_size=20)


@given(st.text(max_size=80), cuts)
def test_text_is_the_same_however_it_is_cut(text: str, places: list[int]) -> None:
    whole = run([text.encode()])
    assert run(split(text.encode(), places)) == whole
    assert whole.text + whole.reasoning in (text, text.lstrip("\n"))


@given(st.text(max_size=30), st.text(max_size=30), cuts)
def test_nothing_of_a_stop_string_is_shown(before: str, after: str, places: list[int]) -> None:
    data = f"{before}\nUser:{after}".encode()
    assert "\nUser:" not in run(split(data, places), ("\nUser:", "###")).text
    assert run(split(data, places), ("\nUser:",)) == run([data], ("\nUser:",))


@given(cuts)
def test_reasoning_is_set_apart(places: list[int]) -> None:
    data = "<think>\nFirst, ½ and <b>.\n</think>\n\nThe answer is é.".encode()
    assert run(split(data, places)) == Delta("The answer is é.", "First, ½ and <b>.\n")


@given(cuts)
def test_reasoning_that_the_prompt_opened(places: list[int]) -> None:
    data = b"So.</think>Yes."
    assert run(split(data, places), reasoning=True) == Delta("Yes.", "So.")


def test_reasoning_that_never_ends_is_kept() -> None:
    assert run([b"<think>and so on </th"]) == Delta("", "and so on </th")


@pytest.mark.parametrize("text", ["<", "<thin", "<thinking>", "a <think>b</think>", "</think>"])
def test_what_is_no_reasoning_stays_text(text: str) -> None:
    assert run([text.encode()]) == Delta(text)


def test_broken_utf8_becomes_a_replacement_character() -> None:
    assert run([b"a\xff", b"b\xe2\x82"]).text == "a\ufffdb\ufffd"


@pytest.mark.parametrize(
    ("text", "length"), [("abc</", 2), ("abc", 0), ("</think", 7), ("<</", 2), ("", 0)]
)
def test_unfinished(text: str, length: int) -> None:
    assert unfinished(text, ("</think>",)) == length


@pytest.mark.parametrize(
    ("template", "answer"),
    [
        (
            "{{ '<|channel|>' }}",
            "<|channel|>analysis<|message|>R<|end|><|start|>assistant<|channel|>final<|message|>T",
        ),
        ("'[THINK]'", "[THINK]R[/THINK]T"),
        ("'<|channel>thought'", "<|channel>thought\nR<channel|>T"),
        ("<|im_start|>", "<think>\nR</think>\n\nT"),
        (None, "<think>R</think>T"),
    ],
)
@given(places=cuts)
def test_every_format_is_split(template: str | None, answer: str, places: list[int]) -> None:
    form = format_of(template)
    assert run(split(answer.encode(), places), form=form) == Delta("T", "R")


@given(places=cuts)
def test_an_answer_of_gpt_oss_without_reasoning(places: list[int]) -> None:
    form = format_of("<|channel|>")
    data = b"<|channel|>final<|message|>Paris."
    assert run(split(data, places), form=form) == Delta("Paris.")
