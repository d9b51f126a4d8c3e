"""Requests as JSON: what is understood, and how what is wrong is named."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcove.engine.answer import ToolCall, Turn
from alcove.engine.protocol.chat import parse_chat_request
from alcove.engine.protocol.embeddings import parse_embeddings_request
from alcove.engine.protocol.errors import BadRequest
from alcove.engine.protocol.responses import parse_response_request
from alcove.engine.protocol.sampling import seeded
from alcove.engine.protocol.texts import parse_text_request
from alcove.engine.protocol.tokens import parse_detokenize_request, parse_tokenize_request
from alcove.engine.tools import Tool
from alcove.llama.sampler import RANDOM_SEED, SamplerOptions

HELLO = [{"role": "user", "content": "Hello"}]
WEATHER: dict[str, Any] = {
    "name": "weather",
    "description": "Tells the weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
TOOL = {"type": "function", "function": WEATHER}


def chat(**fields: object) -> Any:
    return parse_chat_request({"messages": HELLO, **fields})


def test_a_plain_chat() -> None:
    request = chat(temperature=0, stop="x", seed=-1)
    assert request.turns == (Turn("user", "Hello"),)
    assert request.options.sampling == SamplerOptions(temperature=0.0, seed=RANDOM_SEED)
    assert request.options.stops == ("x",)
    assert request.options.max_tokens is None
    assert request.options.cache_prompt
    assert request.template.generation_prompt


def test_every_sampling_field_arrives() -> None:
    given_fields = {
        "temperature": 0.5,
        "dynatemp_range": 0.1,
        "dynatemp_exponent": 1.5,
        "top_k": 7.0,
        "top_p": 0.5,
        "min_p": 0.01,
        "top_n_sigma": 2,
        "typical_p": 0.9,
        "xtc_probability": 0.5,
        "xtc_threshold": 0.2,
        "repeat_penalty": 1.1,
        "repeat_last_n": -1,
        "presence_penalty": -2,
        "frequency_penalty": 2,
        "dry_multiplier": 0.8,
        "dry_base": 2,
        "dry_allowed_length": 3,
        "dry_penalty_last_n": 128,
        "mirostat": 2,
        "mirostat_tau": 4,
        "mirostat_eta": 0.2,
        "seed": 42,
        "grammar": 'root ::= "yes" | "no"',
        "ignore_eos": True,
    }
    expected = SamplerOptions(
        **given_fields,  # type: ignore[arg-type]
        dry_sequence_breakers=("\n",),
        logit_bias=((5, -math.inf), (7, 1.5)),
    )
    biases = {"logit_bias": [[5, False], ["7", 1.5]], "dry_sequence_breakers": ["\n"]}
    assert chat(**given_fields, **biases).options.sampling == expected
    assert chat(logit_bias={"7": 1.5}).options.sampling.logit_bias == ((7, 1.5),)


@pytest.mark.parametrize(
    ("fields", "limit"),
    [
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 6, "max_tokens": 5}, 6),
        ({"n_predict": 7}, 7),
        ({"max_tokens": -1}, None),
        ({"max_tokens": None}, None),
    ],
)
def test_the_length_of_the_answer_has_three_names(
    fields: dict[str, Any], limit: int | None
) -> None:
    assert chat(**fields).options.max_tokens == limit


def test_a_conversation_with_tools() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": None, "reasoning_content": "Hm.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
    ]
    request = chat(messages=messages, tools=[TOOL], tool_choice="auto")
    assert request.turns == (
        Turn("system", "Be brief."),
        Turn("user", "ab"),
        Turn("assistant", "", "Hm.", (ToolCall("weather", "{}", "c1"),)),
        Turn("tool", "sunny", tool_call_id="c1", name="weather"),
    )
    assert request.toolbox.tools == (Tool(TOOL),)
    assert request.options.several_calls
    assert not request.toolbox.required


@pytest.mark.parametrize(
    ("choice", "required", "name"),
    [
        ("required", True, ""),
        ({"type": "function", "function": {"name": "weather"}}, True, "weather"),
        ("none", False, ""),
    ],
)
def test_the_choice_of_tools(choice: object, required: bool, name: str) -> None:
    toolbox = chat(tools=[TOOL], tool_choice=choice).toolbox
    assert (toolbox.required, toolbox.name) == (required, name)
    assert bool(toolbox.tools) == (choice != "none")


def test_how_the_template_is_rendered() -> None:
    request = chat(
        chat_template_kwargs={"style": "short"},
        reasoning_effort="none",
        documents=[{"text": "fact"}],
        continue_final_message=True,
    )
    assert request.template.variables == {"style": "short", "enable_thinking": False}
    assert request.template.documents == ({"text": "fact"},)
    assert request.template.continue_last
    assert not request.template.generation_prompt
    assert chat(reasoning_effort="low").template.variables == {"reasoning_effort": "low"}


@pytest.mark.parametrize(
    "form",
    [
        {"response_format": {"type": "json_object"}},
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {"const": 1}}}},
        {"response_format": {"type": "json_schema", "schema": {"const": 1}}},
        {"json_schema": {"const": 1}},
    ],
)
def test_the_form_of_the_answer_becomes_a_grammar(form: dict[str, Any]) -> None:
    assert "root ::=" in chat(**form).options.sampling.grammar


def test_several_answers_differ_in_their_seeds() -> None:
    options = SamplerOptions(seed=0xFFFFFFFE)
    assert [seeded(options, index).seed for index in range(3)] == [0xFFFFFFFE, 0, 1]
    assert seeded(SamplerOptions(), 1).seed == RANDOM_SEED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"messages": []}, "at least one message"),
        ({"messages": "Hello"}, "'messages' must be a list"),
        ({"messages": [{"role": "robot", "content": ""}]}, r"'messages\[0\].role'.*'robot'"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "reads text only"),
        ({"messages": [{"role": "user", "content": 1}]}, "'messages.*content' must be a text"),
        ({"messages": HELLO * 10_001}, "at most 10000"),
        ({"temperature": "hot"}, "'temperature' must be a number from 0 to 100"),
        ({"temperature": float("nan")}, "'temperature'"),
        ({"top_k": True}, "'top_k' must be a whole number from 0"),
        ({"top_k": 1.5}, "'top_k'"),
        ({"seed": 10**30}, "'seed'"),
        ({"max_tokens": 0}, "'max_tokens' must be at least 1"),
        ({"stop": [1]}, "'stop'"),
        ({"stream": "yes"}, "'stream' must be true or false"),
        ({"stream_options": {"include_usage": 1}}, "'stream_options.include_usage'"),
        ({"n": 0}, "'n' must be a whole number from 1 to 128"),
        ({"logit_bias": {"Paris": 1}}, "'logit_bias'"),
        ({"logit_bias": [[5, True]]}, "'logit_bias'"),
        ({"top_logprobs": 3}, "needs 'logprobs'"),
        ({"logprobs": True, "top_logprobs": 21}, "from 0 to 20"),
        ({"tools": [{}]}, r"'tools\[0\].name' must name a function"),
        ({"tools": [{"type": "web_search"}]}, "must be 'function'"),
        ({"tools": [TOOL], "tool_choice": "sometimes"}, "'tool_choice' must be"),
        ({"tool_choice": "required"}, "not in 'tools'"),
        (
            {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "x"}}},
            "not in 'tools'",
        ),
        ({"functions": [WEATHER]}, "send 'tools' instead"),
        ({"response_format": {"type": "xml"}}, "'response_format'"),
        ({"response_format": {"type": "json_object"}, "grammar": "x"}, "Only one of"),
        ({"json_schema": {"type": "number-ish"}}, "'json_schema' cannot be enforced"),
        ({"json_schema": {"type": "string", "maxLength": 10**9}}, "'maxLength'"),
        ({"grammar": "root ::= # a comment\r" + "(" * 5000}, "nested"),
        ({"grammar": 'root ::= <"> ' + "(" * 5000 + '<">'}, "nested"),
        ({"grammar": "root ::= [a]\n" * 2**14}, "larger than 128 KiB"),
        ({"continue_final_message": True, "add_generation_prompt": True}, "cannot both be true"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRequest, match=reason) as refused:
        chat(**change)
    assert refused.value.message.endswith(".")


def test_a_completion_of_texts_and_of_tokens() -> None:
    assert parse_text_request({"prompt": "Once"}).prompts == ("Once",)
    assert parse_text_request({"prompt": [1, 2]}).prompts == ((1, 2),)
    request = parse_text_request({"prompt": ["a", [3]], "logprobs": 2, "n": 2})
    assert request.prompts == ("a", (3,))
    assert request.options.logprobs == 2
    with pytest.raises(BadRequest, match="'echo'"):
        parse_text_request({"prompt": "a", "echo": True})
    with pytest.raises(BadRequest, match="from 1 to 64 texts"):
        parse_text_request({"prompt": ["a"] * 65, "n": 2})


def test_what_the_assistant_did_in_a_row_is_one_turn() -> None:
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
        {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "Ask."}]},
        {"role": "assistant", "content": [{"type": "output_text", "text": "One moment."}]},
        {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
        {"role": "assistant", "content": "It is sunny."},
        {"role": "user", "content": "Thanks."},
    ]
    request = parse_response_request(
        {"input": items, "instructions": "Be brief.", "tools": [{"type": "function", **WEATHER}]}
    )
    assert request.chat.turns == (
        Turn("system", "Be brief."),
        Turn("user", "Weather?"),
        Turn("assistant", "One moment.", "Ask.", (ToolCall("weather", "{}", "c1"),)),
        Turn("tool", "sunny", tool_call_id="c1", name="weather"),
        Turn("assistant", "It is sunny."),
        Turn("user", "Thanks."),
    )
    assert request.chat.toolbox.tools == (Tool(TOOL),)


def test_a_response_is_not_stored() -> None:
    request = parse_response_request({"input": "Hi", "max_output_tokens": 5, "n": 4})
    assert request.chat.turns == (Turn("user", "Hi"),)
    assert request.chat.options.max_tokens == 5
    assert request.chat.options.count == 1
    with pytest.raises(BadRequest, match="stores nothing"):
        parse_response_request({"input": "Hi", "previous_response_id": "resp_1"})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
NAMES = """messages temperature top_k stop stream seed n tools tool_choice min_p logit_bias grammar
json_schema response_format stream_options logprobs top_logprobs prompt input instructions include
dimensions encoding_format content tokens max_tokens documents chat_template_kwargs reasoning text
echo best_of parallel_tool_calls reasoning_effort dry_sequence_breakers"""
MEMBERS = """role content type text function name parameters arguments tool_calls id call_id output
summary schema json_schema format effort properties items enum anyOf pattern maxItems"""
KINDS = """user assistant tool message reasoning function_call function_call_output function
json_schema json_object object array string ^a{2}]$ none required"""
messages = st.recursive(
    st.sampled_from(KINDS.split()) | json_values,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(MEMBERS.split()), inner, max_size=4)
    ),
    max_leaves=8,
)
bodies = (
    st.dictionaries(st.sampled_from(NAMES.split()), messages | json_values, max_size=6)
    | json_values
)


@pytest.mark.parametrize(
    "parse",
    [
        parse_chat_request,
        parse_text_request,
        parse_response_request,
        parse_embeddings_request,
        parse_tokenize_request,
        parse_detokenize_request,
    ],
)
@given(body=bodies)
def test_any_json_is_understood_or_refused(parse: Callable[[object], object], body: object) -> None:
    if isinstance(body, dict):
        body = {"messages": HELLO, "input": "Hi", "prompt": "Hi", "content": "Hi", **body}
    with contextlib.suppress(BadRequest):
        parse(body)
