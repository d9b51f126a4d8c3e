"""What an answer is forced to be: llama.cpp reads the grammars, and lets the right texts pass."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcove.engine.endpoints.start import Start, start_of
from alcove.engine.formats import NOTHING, Format, format_of
from alcove.engine.protocol.chat import parse_chat_request
from alcove.engine.protocol.errors import BadRequest
from alcove.llama.grammar import GrammarError, checked, compile_grammar, schema_grammar
from alcove.llama.model import Model
from alcove.llama.parameters import ModelOptions
from engine.grammar_check import allows

OBJECT = {"type": "object"}


@pytest.fixture(scope="module")
def model(smollm2_path: Path) -> Iterator[Model]:
    model = Model(smollm2_path, ModelOptions(gpu_layers=0, vocabulary_only=True))
    yield model
    model.close()


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        (OBJECT, '{"a": [1, -2.5e3, "x\\n", null]}', '{"a": "x\ny"}'),
        ({}, "[]", "no"),
        ({"type": ["string", "null"], "enum": ["a", None]}, "null", '"b"'),
        ({"properties": {"a": {"title": "any"}}, "required": ["a"]}, '{"a": [1]}', "{}"),
        ({"type": "object", "additionalProperties": True}, '{"a": [true]}', "[true]"),
        ({"allOf": [{"$ref": "#/$defs/n"}], "$defs": {"n": {"type": "integer"}}}, "7", '"7"'),
        ({"type": "array", "items": {"type": "boolean"}, "maxItems": 2}, "[true]", "[1]"),
        ({"type": "string", "maxLength": 1000}, f'"{"a" * 1000}"', f'"{"a" * 1001}"'),
        ({"type": "string", "pattern": r"^\d{4}-[\w.\-]+\.$"}, '"2024-a_b."', '"24-a."'),
        ({"type": "string", "pattern": "^a]}$"}, '"a]}"', '"a"'),
        ({"prefixItems": [{"const": 1}, True], "items": False}, '[1,"x"]', "[2,1]"),
    ],
)
def test_a_schema_is_enforced(model: Model, schema: Any, right: str, wrong: str) -> None:
    grammar = schema_grammar(schema)
    assert allows(model, grammar, right)
    assert not allows(model, grammar, wrong)


def test_a_grammar_that_llama_cpp_refuses_is_refused(model: Model) -> None:
    for grammar in ("no", "rot ::= [a]", "root ::= missing", 'root ::= root "a"', "root ::= ("):
        with pytest.raises(GrammarError, match="not valid GBNF"):
            compile_grammar(grammar, model)


def start(template: str, prompt: str, *, reasons: bool = False, **fields: Any) -> Start:
    body = {"messages": [{"role": "user", "content": "Hi"}], **fields}
    return start_of(parse_chat_request(body), format_of(template), prompt, reasons=reasons)


def tool(name: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


def test_the_form_is_enforced_behind_the_reasoning(model: Model) -> None:
    thinking = start("<think>", "...<think>\n", json_schema={"const": "yes"})
    assert allows(model, thinking.grammar, 'Hm.</think>\n"yes"')
    silent = start("<think>", "...", json_schema={"const": "yes"})
    assert allows(model, silent.grammar, '"yes"')
    harmony = start("<|channel|>", "<|start|>assistant", reasons=True, json_schema={"const": "yes"})
    final = '<|start|>assistant<|channel|>final<|message|>"yes"'
    assert allows(model, harmony.grammar, f"<|channel|>analysis<|message|>Hm<|end|>{final}")
    begun = "<|start|>assistant<|channel|>final<|message|>"
    assert allows(model, start("<|channel|>", begun, grammar="root ::= [a]").grammar, "a")


def test_a_call_that_is_demanded_follows_its_schema(model: Model) -> None:
    tools = [tool("weather"), tool("time")]
    any_of = start("<tool_call>", "...<think>", tools=tools, tool_choice="required").grammar
    begun = 'It rains.</think>\n\n<tool_call>\n{"name": "'
    assert allows(model, any_of, f'{begun}time", "arguments": {{"city": "Rome"}}}}\n</tool_call>')
    assert not allows(
        model, any_of, f'{begun}date", "arguments": {{"city": "Rome"}}}}\n</tool_call>'
    )
    named = {"type": "function", "function": {"name": "time"}}
    one = start("[TOOL_CALLS] [ARGS]", "...", tools=tools, tool_choice=named).grammar
    assert allows(model, one, '[TOOL_CALLS]time[ARGS]{"city": "Rome"}')
    assert not allows(model, one, '[TOOL_CALLS]weather[ARGS]{"city": "Rome"}')
    with pytest.raises(BadRequest, match="'a b' cannot be written"):
        start("<arg_key>", "...", tools=[tool("a b")], tool_choice="required")


def test_a_call_or_a_form(model: Model) -> None:
    form = {"type": "json_schema", "json_schema": {"schema": {"const": "yes"}}}
    either = start("<tool_call>", "...", tools=[tool("weather")], response_format=form).grammar
    call = '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>'
    assert allows(model, either, '"yes"')
    assert allows(model, either, call)
    assert allows(model, either, f"{call}\n{call}")
    assert not allows(model, either, "Yes.")
    for choice in ("none", "required"):
        asked: Any = {"tools": [tool("weather")], "tool_choice": choice, "response_format": form}
        grammar = start("<tool_call>", "...", **asked).grammar
        assert allows(model, grammar, call) == (choice == "required")
        assert allows(model, grammar, '"yes"') == (choice == "none")
    single = start(
        "<tool_call>",
        "...",
        tools=[tool("weather")],
        response_format=form,
        parallel_tool_calls=False,
    )
    assert not allows(model, single.grammar, f"{call}\n{call}")


def test_a_model_reasons_first_unless_it_is_told_not_to(model: Model) -> None:
    answer = '<think>Hm.</think>\n\n"yes"'
    asked: Any = {"json_schema": {"const": "yes"}}
    assert allows(model, start("<think>", "...", reasons=True, **asked).grammar, answer)
    assert not allows(model, start("<think>", "...", **asked).grammar, answer)
    asked["reasoning_effort"] = "none"
    assert not allows(model, start("<think>", "...", reasons=True, **asked).grammar, answer)


def test_without_a_form_nothing_is_changed() -> None:
    free = start("<tool_call>", "...", tools=[tool("weather")])
    assert (free.opening, free.grammar) == (NOTHING, "")
    assert isinstance(format_of("<tool_call>"), Format)


def test_counts_that_no_number_fits_are_refused() -> None:
    for counts in ("{5,3}", "{ 1 , 0 }"):
        with pytest.raises(GrammarError, match="repeats something"):
            checked(f'root ::= "a"{counts}')
    assert checked('root ::= "{5,3}" [{5,3}] "a"{3,5}')


def test_a_schema_that_grows_without_bounds_is_refused() -> None:
    nested: Any = {"type": "string"}
    for _level in range(3):
        nested = {"type": ["array", "string", "null"], "anyOf": [nested]}
    assert schema_grammar(nested)
    for _level in range(12):
        nested = {"type": ["array", "string", "null"], "anyOf": [nested]}
    with pytest.raises(GrammarError, match="more than 10000 schemas"):
        schema_grammar(nested)


KEYWORDS = "type properties anyOf allOf items required additionalProperties minItems $defs"
patterns = st.text('ab()[]{}|*+?\\.d12,^$"-', max_size=8).map(lambda text: f"^{text}$")
leaves = st.sampled_from([True, False, {}, 3, None, {"$ref": "#/$defs/a"}, {"enum": ["a", None]}])
schemas = st.recursive(
    leaves | patterns.map(lambda pattern: {"type": "string", "pattern": pattern}),
    lambda inner: st.dictionaries(
        st.sampled_from(KEYWORDS.split()),
        st.lists(inner | st.sampled_from(["a", "object", "null"]), max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
        | st.sampled_from(["object", "array", "string", 2, -1])
        | inner,
        max_size=4,
    ),
    max_leaves=8,
)


@settings(deadline=1000)
@given(schemas)
def test_any_schema_becomes_a_grammar_or_is_refused(schema: Any) -> None:
    with contextlib.suppress(GrammarError):
        assert "root ::=" in schema_grammar(schema)
