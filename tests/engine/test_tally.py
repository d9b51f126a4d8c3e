"""Reasoning is counted in tokens, exactly, however the answer is cut into tokens and pieces."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcove.engine.answer import Delta
from alcove.engine.formats import Format, families, joined, message_families
from alcove.engine.job import Job
from alcove.engine.text import TextStream
from alcove.llama.sampler import SamplerOptions


def counted(
    form: Format, tokens: list[str | bytes], prompt: str = "", pieces: int = 1, stop: str = ""
) -> Delta:
    """Read an answer of these tokens, so many of them at a time."""
    job = Job((1,), SamplerOptions(), None, (stop,) if stop else (), form, form.opened(prompt), {})
    stream = TextStream(job)
    data = [token.encode() if isinstance(token, str) else token for token in tokens]
    whole = Delta()
    for at in range(0, len(data), pieces):
        if not stream.stop:
            whole = joined(whole, stream.push(*data[at : at + pieces]))
    return joined(whole, stream.finish())


@pytest.mark.parametrize("pieces", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("form", "prompt", "tokens", "count"),
    [
        (families.HERMES, "", ["<think>", "\n", "I", " see", ".", "\n", "</think>", "Yes"], 4),
        (families.HERMES, "...<think>", ["I", " see", ".</", "think", ">Yes"], 3),
        (families.HERMES, "...<think>", ["I", "</", "no", "</", "think", ">"], 3),
        (families.HERMES, "...<think>\n\n</think>", ["I", " see"], 0),
        (families.HERMES, "...<think>", [b"\xf0\x9f", b"\xa6\x99", "</think>", "a"], 2),
        (families.HERMES, "...<think>", ["I", " see", "</thi"], 3),
        (families.HERMES, "...<think>", ["I", "", "</think>", "", "a"], 1),
        (families.HERMES, "", ["<think>", "a", "</think>", "<tool_call>", '{"name": "f"}'], 1),
        (families.PLAIN, "", ["<", "thin", "king", ">"], 0),
        (
            message_families.HARMONY,
            "<|start|>assistant",
            [
                *("<|channel|>", "analysis", "<|message|>", "One", " two", "<|end|>", "<|start|>"),
                *("assistant", "<|channel|>", "analysis", "<|message|>", "three", "<|end|>"),
                *("<|start|>", "assistant", "<|channel|>", "final", "<|message|>", "Yes"),
            ],
            3,
        ),
    ],
)
def test_tokens_of_reasoning_are_counted(
    form: Format, prompt: str, tokens: list[str | bytes], count: int, pieces: int
) -> None:
    assert counted(form, tokens, prompt, pieces).reasoning_tokens == count


def test_what_a_stop_string_cuts_off_is_not_counted() -> None:
    tokens: list[str | bytes] = ["I", " see", " the", " end", " of"]
    found = counted(families.HERMES, tokens, "...<think>", stop=" the end")
    assert (found.reasoning, found.reasoning_tokens) == ("I see", 2)


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "a", "b c", "\n", "<", "</th", "ink>", "é"])),
    st.integers(1, 5),
)
def test_the_pieces_do_not_matter(tokens: list[str | bytes], pieces: int) -> None:
    whole = counted(families.HERMES, tokens, pieces=1000)
    assert counted(families.HERMES, tokens, pieces=pieces) == whole
    assert bool(whole.reasoning) == bool(whole.reasoning_tokens)


@given(st.text(min_size=1), st.lists(st.integers(0, 100)))
def test_each_token_with_a_character_of_reasoning_counts(text: str, cuts: list[int]) -> None:
    places = sorted({cut % (len(text) + 1) for cut in cuts} | {0, len(text)})
    tokens: list[str | bytes] = [text[a:b] for a, b in itertools.pairwise(places)]
    found = counted(families.HERMES, [*tokens, "</think>", "Yes"], "...<think>")
    if found.text == "Yes":  # the text holds no mark itself
        lost = len(text) - len(text.lstrip("\n"))
        expected = sum(
            begin + len(token) > lost for begin, token in zip(places, tokens, strict=False)
        )
        assert found.reasoning_tokens == expected
