"""What the reader makes of answers that are not as they should be, or that only look like calls."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcove.engine.answer import CallPiece, Delta
from alcove.engine.formats import (
    NOTHING,
    Opening,
    Reader,
    families,
    format_of,
    joined,
    message_families,
)
from alcove.engine.formats import token_families as token
from engine.formats.answers import PARIS, TOOLS, calls_of, read

_OBJECT = '{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}'
_CALL = f"<tool_call>\n{_OBJECT}\n</tool_call>"


@given(st.text(max_size=60))
def test_plain_text_stays_as_it_is(text: str) -> None:
    found = read(families.PLAIN, text)
    assert found.text + found.reasoning in (text, text.lstrip("\n"))


@pytest.mark.parametrize("text", ["<", "<thin", "<thinking>", "a <think>b</think>", "</think>"])
def test_what_is_no_reasoning_stays_text(text: str) -> None:
    assert read(families.PLAIN, text) == Delta(text)


def test_reasoning_may_hold_what_looks_like_calls() -> None:
    answer = f"<think>I could write {_CALL} or <think>.</think>No."
    assert read(families.HERMES, answer) == Delta("No.", f"I could write {_CALL} or <think>.")


def test_reasoning_that_never_ends_is_kept() -> None:
    assert read(families.PLAIN, "<think>and so on </th") == Delta("", "and so on </th")


def test_a_control_token_that_begins_a_call_ends_the_reasoning() -> None:
    answer = (
        "<think>I need it<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0"
        '<|tool_call_argument_begin|>{"city": "Paris", "days": 2}'
    )
    found = read(token.KIMI_K2, answer)
    assert found.reasoning == "I need it"
    assert calls_of(found) == [PARIS]


def test_arguments_are_given_as_they_come() -> None:
    reader = Reader(families.HERMES, tools=TOOLS, new_id=lambda: "x")
    assert reader.push('<tool_call>{"name": "get_weather", "arguments": {') == Delta()
    assert reader.push('"ci').calls == (CallPiece(0, "x", "get_weather", '{"ci'),)
    assert reader.push('ty": "Pa').calls == (CallPiece(0, arguments='ty": "Pa'),)
    assert reader.push('ris"}').calls == (CallPiece(0, arguments='ris"}'),)
    assert reader.push("}</tool_call>") == Delta()
    assert reader.finish() == Delta()


@pytest.mark.parametrize(
    ("written", "arguments"),
    [
        ('{"arguments": {"a": 1}, "name": "f"}', {"a": 1}),
        ('{"name": "f", "parameters": {"a": 1}, "why": [1, {"b": null}]}', {"a": 1}),
        ('{"name": "f", "arguments": "{\\"a\\": 1}"}', {"a": 1}),
        ('{"name": "f", "arguments": null}', {}),
        ('{"name": "f", "id": ' + "9" * 5000 + ', "arguments": {}}', {}),
        ('{"name": "f", "arguments": "{\\"a\\": \\"\\ud83d\\"}"}', {"a": "\ud83d"}),
        ('{"name": "f"}', {}),
        ('{"name": "f", "arguments": {"a": "x\ny"}}', {"a": "x\ny"}),
        (
            '{"name": "f", "arguments": {"a": "\\d+ \\u12 \\\\ \\" \\u00e9"}}',
            {"a": '\\d+ \\u12 \\ " é'},
        ),
        ('{"name": "f", "arguments": {"a": "</tool_call>"}}', {"a": "</tool_call>"}),
        ('{"name": "f", "arguments": {"a": 1}', {"a": 1}),
        ('{"name": "f", "arguments": {"a": 1}}}', {"a": 1}),
    ],
)
def test_what_models_write_differently_is_read(written: str, arguments: object) -> None:
    found = read(families.HERMES, f"<tool_call>\n{written}\n</tool_call>")
    assert calls_of(found) == [("f", arguments)]
    assert not found.text


@pytest.mark.parametrize(
    "written",
    [
        "",
        "{}",
        "[]",
        '{"name": 3, "arguments": {}}',
        '{"name": "\\ud83d", "arguments": {}}',
        '{"name": "f", "arguments": "\\"{"}',
        '{"name": "f", "arguments": [1]}',
        '{"name": "f", "arguments": "x"}',
        '{"name": "f", "arguments": {1: 2}}',
        '{"arguments": {}}',
        "<function=f>",
        " tag, as it is called",
    ],
)
def test_what_is_no_call_is_given_back(written: str) -> None:
    answer = f"The\n\n<tool_call>{written}</tool_call> and on."
    assert read(families.HERMES, answer) == Delta(answer)


def test_after_what_is_no_call_one_may_come() -> None:
    found = read(families.HERMES, f"<tool_call>no</tool_call>\n{_CALL}")
    assert (found.text, calls_of(found)) == ("<tool_call>no</tool_call>", [PARIS])


def test_what_spoils_a_call_late_is_added_to_its_arguments() -> None:
    answer = '<tool_call>{"name": "f", "arguments": {"a": 1, oops}}</tool_call>Sorry.'
    found = read(families.HERMES, answer)
    assert found.text == "Sorry."
    assert [piece.arguments for piece in found.calls] == ['{"a": 1, oops}}']


def test_a_spoiled_call_ends_at_a_control_token() -> None:
    answer = (
        '[TOOL_CALLS]f[ARGS]{"a": oops}[TOOL_CALLS]get_weather[ARGS]{"city": "Paris", "days": 2}'
    )
    found = read(token.MISTRAL, answer)
    assert found.calls[0].arguments == '{"a": oops}'
    assert found.calls[1].name == "get_weather"


def test_arguments_that_are_cut_short_stay_given() -> None:
    found = read(families.HERMES, '<tool_call>{"name": "f", "arguments": {"a": 12')
    assert found.calls == (CallPiece(0, "id0", "f", '{"a": 12'),)


def test_an_object_that_calls_nothing_is_an_answer() -> None:
    for answer in (
        '{"city": "Paris"}',
        '{"name": "Bob", "parameters": {}}',
        '{"name": "get_weather"}',
        '{"name": "get_weather", "more": 1, "parameters": {}}',
        "{% if x %}",
        "{",
    ):
        assert read(token.LLAMA_3, answer) == Delta(answer)
        assert read(token.LLAMA_3, [answer]) == Delta(answer)


def test_objects_without_marks_are_calls_of_known_functions() -> None:
    assert calls_of(read(families.HERMES, _OBJECT)) == [PARIS]
    assert read(families.HERMES, f"Look: {_OBJECT}").text == f"Look: {_OBJECT}"


@pytest.mark.parametrize(
    ("written", "call"),
    [
        ('{"name": "get_weather", "parameters": {"city": "Paris", "days": 2}}', PARIS),
        ('brave_search.call(query="Rome")', ("brave_search", {"query": "Rome"})),
        ("print(1)\nprint(2)", ("python", {"code": "print(1)\nprint(2)"})),
    ],
)
def test_what_follows_the_python_tag(written: str, call: object) -> None:
    found = read(token.LLAMA_3, f"<|python_tag|>{written}", tools={"python": {}})
    assert calls_of(found) == [call]


def test_code_without_a_tool_to_run_it_is_text() -> None:
    assert read(token.LLAMA_3, "<|python_tag|>print(1)") == Delta("print(1)")


def test_text_of_the_commentary_channel_is_a_preamble() -> None:
    answer = (
        "<|channel|>analysis<|message|>R<|end|><|start|>assistant<|channel|>commentary<|message|>"
        "I will look.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather "
        '<|constrain|>json<|message|>{"city": "Paris", "days": 2}<|call|>'
    )
    found = read(message_families.HARMONY, answer)
    assert (found.text, found.reasoning) == ("I will look.", "R")
    assert calls_of(found) == [PARIS]


@pytest.mark.parametrize(
    "header",
    [
        " to=functions.get_weather<|channel|>commentary json<|message|>",
        " to=functions.get_weather<|channel|>analysis <|constrain|>json<|message|>",
        "<|channel|>analysis to=functions.get_weather code<|message|>",
        "<|channel|>commentary to=get_weather<|message|>",
    ],
)
def test_the_recipient_may_stand_anywhere_in_a_header(header: str) -> None:
    found = read(message_families.HARMONY, header + '{"city": "Paris", "days": 2}')
    assert calls_of(found) == [PARIS]
    assert not found.text + found.reasoning


def test_messages_to_oneself_are_no_calls() -> None:
    answer = "<|channel|>commentary to=assistant<|channel|>analysis<|message|>R<|end|>"
    assert read(message_families.HARMONY, answer) == Delta("", "R")
    assert read(message_families.HARMONY, "No header at all.") == Delta("No header at all.")
    assert read(message_families.HARMONY, "<|channel|>fin") == Delta()


def test_tags_are_calls_only_in_a_message_to_the_function() -> None:
    tags = '<atem:function_calls>\n<atem:invoke name="f">\n</atem:invoke>\n</atem:function_calls>'
    assert read(message_families.MUSE, f" to=user<|message|>Write {tags}.").text == f"Write {tags}."
    assert calls_of(read(message_families.MUSE, f" to=f<|message|>{tags}")) == [("f", {})]


def test_ids_are_the_models_own_if_it_has_any() -> None:
    kimi = "<|tool_call_begin|>functions.f:3<|tool_call_argument_begin|>{}<|tool_call_end|>"
    assert read(token.KIMI_K2, kimi).calls[0] == CallPiece(0, "functions.f:3", "f", "{}")
    mistral = "[TOOL_CALLS]f[CALL_ID]abcdefghi[ARGS]{}"
    assert read(token.MISTRAL, mistral).calls[0].id == "abcdefghi"
    late = '[TOOL_CALLS][{"name": "f", "arguments": {}, "id": "abcdefghi"}]'
    assert read(token.MISTRAL_LIST, late).calls[0].id == "abcdefghi"


def test_other_ids_are_made_up() -> None:
    assert re.fullmatch(r"call_[0-9a-f]{24}", families.HERMES.new_id())
    assert re.fullmatch(r"[0-9A-Za-z]{9}", token.MISTRAL.new_id())
    reader = Reader(families.HERMES, tools=TOOLS)
    assert reader.push(_CALL).calls[0].id.startswith("call_")


def test_marks_that_look_like_text_are_text_outside_of_calls() -> None:
    assert read(token.MISTRAL, "usage: run [OPTIONS] [ARGS]").text == "usage: run [OPTIONS] [ARGS]"
    answer = "[TOOL_CALLS]get_weather[ARGS]{}"
    assert read(token.MISTRAL, answer, tools=None) == Delta("get_weather{}")


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("x</parameter> <b>\n</function>", "x</parameter> <b>\n</function>"),
        ("</tool_call>", "</tool_call>"),
        ("\n  indented\n", "\n  indented\n"),
        ("", ""),
        ("12", "12"),
    ],
)
def test_values_may_hold_tags(answer: str, value: str) -> None:
    written = (
        "<tool_call>\n<function=get_weather>\n<parameter=city>\n"
        f"{answer}\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>"
    )
    found = read(families.FUNCTION_TAGS, written)
    assert calls_of(found) == [("get_weather", {"city": value, "days": 3})]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("<function=f>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>\nDone.", "Done."),
        ("<tool_call>\n<function=f>\n<parameter=a>\n1\n</parameter>\n</tool_call>", ""),
        ('<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>', ""),
        ("<tool_call>\n<function=f>\n<parameter=a>\n1\n</parameter>\n</function>", ""),
    ],
)
def test_tags_that_are_missing_are_done_without(answer: str, text: str) -> None:
    found = read(families.FUNCTION_TAGS, answer)
    assert (calls_of(found), found.text) == ([("f", {"a": 1})], text)


def test_calls_of_one_block_come_one_by_one() -> None:
    reader = Reader(families.MINIMAX_M2, tools={}, new_id=lambda: "x")
    reader.push('<minimax:tool_call>\n<invoke name="f">\n</invo')
    assert reader.push("ke>\n").calls == (CallPiece(0, "x", "f", "{}"),)
    assert reader.push('<invoke name="g">\n</invoke>').calls == (CallPiece(1, "x", "g", "{}"),)
    assert reader.push("\n</minimax:tool_call>") == Delta()


@pytest.mark.parametrize(
    ("form", "prompt", "answer", "expected"),
    [
        (families.HERMES, "...<think>\n", "\nSo.</think>Yes.", Delta("Yes.", "So.")),
        (families.HERMES, "...<think>", "So.\n</think>\n\nYes.", Delta("Yes.", "So.\n")),
        (families.HERMES, "...<think>\n\n</think>\n\n", "\nYes.", Delta("Yes.")),
        (families.HERMES, "...</think>", "<think>So.</think>Yes.", Delta("Yes.", "So.")),
        (families.HERMES, "<think> ...assistant\n", "Yes.", Delta("Yes.")),
        (token.MISTRAL, "...[/INST][THINK]", "So.[/THINK]Yes.", Delta("Yes.", "So.")),
        (token.GEMMA_4, "...<|channel>thought\n", "So.<channel|>Yes.", Delta("Yes.", "So.")),
        (token.GEMMA_4, "...<|channel>thought\n<channel|>", "Yes.", Delta("Yes.")),
        (token.COHERE, "...<|START_THINKING|>", "So.<|START_TEXT|>Yes.", Delta("Yes.", "So.")),
        (
            message_families.HARMONY,
            "<|start|>assistant",
            "<|channel|>final<|message|>Yes.",
            Delta("Yes."),
        ),
        (
            message_families.HARMONY,
            "<|start|>assistant<|channel|>final<|message|>",
            "Yes.",
            Delta("Yes."),
        ),
        (
            message_families.HARMONY,
            "<|start|>assistant<|channel|>analysis<|message|>I'm",
            " so.<|end|><|start|>assistant<|channel|>final<|message|>Yes.",
            Delta("Yes.", " so."),
        ),
        (
            message_families.KIMI_K3,
            "...<|open|>think<|sep|>",
            "So.<|close|>think<|sep|>",
            Delta("", "So."),
        ),
        (message_families.KIMI_K3, "...<|open|>response<|sep|>", "Yes.", Delta("Yes.")),
        (families.FUNCTIONARY_3_2, "...>>>", "all\nYes.", Delta("Yes.")),
        (
            families.APRIEL,
            "...Here are my reasoning steps:\n",
            "So.\n[BEGIN FINAL RESPONSE]\nYes.\n[END FINAL RESPONSE]",
            Delta("Yes.", "So.\n"),
        ),
    ],
)
def test_an_answer_goes_on_from_what_the_prompt_left_open(
    form: object, prompt: str, answer: str, expected: Delta
) -> None:
    assert isinstance(form, type(families.PLAIN))
    opening = form.opened(prompt)
    assert read(form, answer, opening=opening) == expected
    assert read(form, [answer], opening=opening) == expected


def test_a_prompt_may_leave_nothing_open() -> None:
    for form in (families.PLAIN, families.HERMES, token.LLAMA_3, message_families.HARMONY):
        assert form.opened("<|im_start|>assistant\n") == NOTHING
    asked = "<|start|>assistant<|channel|>final<|message|>A<|end|><|start|>user<|message|>B<|end|>"
    assert message_families.HARMONY.opened(asked) == Opening()


def test_an_answer_in_a_fence_of_its_own() -> None:
    answer = "<think>R</think>\n<response>\nYes, </think> it is.</response>"
    assert read(token.GRANITE_3, answer) == Delta("Yes, </think> it is.", "R")
    assert read(token.GRANITE_3, "A <response>.") == Delta("A <response>.")


def test_pieces_are_joined() -> None:
    first = Delta("a", "r", 1, (CallPiece(0, "x", "f", "{"),))
    second = Delta("b", "s", 2, (CallPiece(0, arguments="}"), CallPiece(1, "y", "g", "{}")))
    calls = (CallPiece(0, "x", "f", "{}"), CallPiece(1, "y", "g", "{}"))
    assert joined(first, second) == Delta("ab", "rs", 3, calls)


def test_the_tokens_to_keep() -> None:
    assert {"<|channel|>", "<|message|>", "<|call|>"} <= set(message_families.HARMONY.preserved)
    assert {"[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "[THINK]"} <= set(token.MISTRAL.preserved)
    assert {"<think>", "</think>", "<tool_call>"} <= set(families.HERMES.preserved)
    assert "" not in families.HERMES.preserved
    assert families.HERMES.has_calls
    assert message_families.HARMONY.has_calls
    assert not families.PLAIN.has_calls
    assert json.dumps(format_of(None).preserved)


@pytest.mark.parametrize(
    ("answer", "text", "reasoning"),
    [
        ("<|channel|>final The whole answer", "The whole answer", ""),
        ("<|channel|>final 42", "42", ""),
        ("<|channel|>analysis Hm, well.", "", "Hm, well."),
        ("<|start|>assistant<|channel|>commentary Let me\nsee", "Let me\nsee", ""),
        ("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant Yes.", "Yes.", "Hm."),
        ("<|channel|>commentary to=functions.f <|constrain|>json", "", ""),
        ("<|channel|>commentary to=functions.f <|constr", "", ""),
        ("<|channel|>ana", "", ""),
        ("<|channel|>commentary t", "", ""),
    ],
)
def test_a_header_that_is_not_closed_hides_nothing(answer: str, text: str, reasoning: str) -> None:
    for size in (1, 7, len(answer)):
        found = read(
            message_families.HARMONY, [answer[at : at + size] for at in range(0, len(answer), size)]
        )
        assert (found.text, found.reasoning) == (text, reasoning)
