"""What an answer is forced to be: llama.cpp reads the grammars, and lets the right texts pass."""

from __future__ import annotations

import contextlib
import ctypes
from typing import Any

import llama_cpp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcove.engine.endpoints.start import start_of
from alcove.engine.formats import NOTHING, Format, format_of
from alcove.engine.protocol.chat import parse_chat_request
from alcove.engine.protocol.errors import NotSupported
from alcove.library.starter import find_starter
from alcove.llama.grammar import GrammarError, after, compile_grammar, schema_grammar
from alcove.llama.model import Model
from alcove.llama.parameters import ModelOptions

OBJECT = {"type": "object"}


@pytest.fixture(scope="module")
def model() -> Model:
    path = find_starter()
    assert path is not None
    return Model(path, ModelOptions(gpu_layers=0))


def allows(model: Model, grammar: str, text: str) -> bool:
    """Whether an answer that follows the grammar may be ``text`` and end there."""
    compile_grammar(grammar, model)
    sampler = llama_cpp.llama_sampler_init_grammar(model.vocabulary, grammar.encode(), b"root")
    try:
        for token in model.tokenize(text, special=True, begin=False):
            if not _allows_next(sampler, token):
                return False
            llama_cpp.llama_sampler_accept(sampler, token)
        return _allows_next(sampler, llama_cpp.llama_vocab_eos(model.vocabulary))
    finally:
        llama_cpp.llama_sampler_free(sampler)


def _allows_next(sampler: Any, token: int) -> bool:
    data = (llama_cpp.llama_token_data * 1)(llama_cpp.llama_token_data(token, 1.0, 0.0))
    candidates = llama_cpp.llama_token_data_array(data, 1, -1, False)
    llama_cpp.llama_sampler_apply(sampler, ctypes.byref(candidates))
    return bool(data[0].logit > 0)


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


@pytest.mark.parametrize("mark", ["</think>", "[/THINK]", "<|channel|>final<|message|>", "aab"])
def test_reasoning_may_come_before(model: Model, mark: str) -> None:
    grammar = after(mark, '# root (\nroot ::= yes # root\nyes ::= "yes" | "root" "("\n')
    assert allows(model, grammar, f"Well{mark[:-1]}, {mark[:2]}{mark}\n\nyes")
    assert not allows(model, grammar, f"Well{mark} no")
    assert not allows(model, grammar, "yes")


def start(template: str, prompt: str, **fields: Any) -> Any:
    body = {"messages": [{"role": "user", "content": "Hi"}], **fields}
    return start_of(parse_chat_request(body), format_of(template), prompt)


def tool(name: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


def test_the_form_is_enforced_behind_the_reasoning(model: Model) -> None:
    thinking = start("<think>", "...<think>\n", json_schema={"const": "yes"})
    assert allows(model, thinking.grammar, 'Hm.</think>\n"yes"')
    silent = start("<think>", "...", json_schema={"const": "yes"})
    assert allows(model, silent.grammar, '"yes"')
    harmony = start("<|channel|>", "<|start|>assistant", json_schema={"const": "yes"})
    final = '<|start|>assistant<|channel|>final<|message|>"yes"'
    assert allows(model, harmony.grammar, f"<|channel|>analysis<|message|>Hm<|end|>{final}")
    begun = "<|start|>assistant<|channel|>final<|message|>"
    assert allows(model, start("<|channel|>", begun, grammar="root ::= [a]").grammar, "a")


def test_a_call_that_is_demanded_is_begun(model: Model) -> None:
    tools = [tool("weather"), tool("time")]
    any_of = start("<tool_call>", "...<think>", tools=tools, tool_choice="required")
    assert any_of.prompt.endswith("</think>\n\n<tool_call>\n")
    assert allows(model, any_of.grammar, '{"name": "time", "arguments": {"city": "Rome"}}')
    assert not allows(model, any_of.grammar, '{"name": "date", "arguments": {"city": "Rome"}}')
    named = {"type": "function", "function": {"name": "time"}}
    one = start("[TOOL_CALLS] [ARGS]", "...", tools=tools, tool_choice=named)
    assert one.prompt.endswith("[TOOL_CALLS]time[ARGS]")
    assert allows(model, one.grammar, '{"city": "Rome"}')
    with pytest.raises(NotSupported, match="'auto'"):
        start("<arg_key>", "...", tools=tools, tool_choice="required")


def test_without_a_form_nothing_is_changed() -> None:
    free = start("<tool_call>", "...", tools=[tool("weather")])
    assert (free.prompt, free.opening, free.grammar) == ("...", NOTHING, "")
    assert isinstance(format_of("<tool_call>"), Format)


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
