"""What a model may write that is made to call, or to answer in a given form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from alcove.engine.formats import (
    NOTHING,
    Demand,
    Format,
    Function,
    Opening,
    answer_grammar,
    families,
    message_families,
    token_families,
)
from alcove.llama.grammar import GrammarError, schema_grammar
from alcove.llama.model import Model
from engine.formats.answers import PARIS, ROME, TOOLS, calls_of, read
from engine.formats.written import written
from engine.grammar_check import allows, drawn

token = token_families
FORMATS = [
    form
    for rows in (families, token_families, message_families)
    for form in vars(rows).values()
    if isinstance(form, Format) and form.has_calls
]
each_format = pytest.mark.parametrize("form", FORMATS, ids=[form.name for form in FORMATS])
WEATHER = Function("get_weather", TOOLS["get_weather"])

TEXT = {"type": "string"}
TREE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": TEXT,
        "count": {"type": "integer"},
        "ratio": {"type": "number"},
        "on": {"type": "boolean"},
        "maybe": {"type": ["string", "null"]},
        "words": {"type": "array", "items": TEXT},
        "choice": {"enum": ["a", 'b "c" <d>', "é😀"]},
        "inner": {
            "type": "object",
            "properties": {"x": TEXT, "ys": {"type": "array", "items": {"type": "integer"}}},
            "required": ["x"],
        },
        "tree": {"$ref": "#/$defs/tree"},
    },
    "required": ["text"],
    "$defs": {
        "tree": {
            "type": "object",
            "properties": {
                "leaf": TEXT,
                "trees": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
            },
            "required": ["leaf"],
        }
    },
}

texts = st.text("ab1 \n\"'<>{}[]()\\/:,=|é½中😀", max_size=12)
trees: st.SearchStrategy[Any] = st.deferred(
    lambda: st.fixed_dictionaries(
        {"leaf": texts}, optional={"trees": st.lists(trees, min_size=1, max_size=2)}
    )
)
arguments = st.fixed_dictionaries(
    {"text": texts},
    optional={
        "count": st.integers(-(10**9), 10**9),
        "ratio": st.floats(-1e6, 1e6).map(lambda number: round(number, 3)),
        "on": st.booleans(),
        "maybe": st.none() | texts.filter(lambda text: text not in ("null", "None")),
        "words": st.lists(texts, min_size=1, max_size=3),
        "choice": st.sampled_from(["a", 'b "c" <d>', "é😀"]),
        "inner": st.fixed_dictionaries(
            {"x": texts}, optional={"ys": st.lists(st.integers(0, 99), min_size=1)}
        ),
        "tree": trees,
    },
)
_ORDER = (*TREE["properties"], "x", "ys", "leaf", "trees")


def ordered(value: Any) -> Any:
    """Return a value with its members in the order of the schema, as grammars want them."""
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in _ORDER if key in value}
    return [ordered(item) for item in value] if isinstance(value, list) else value


calls = st.lists(st.tuples(st.just("f"), arguments.map(ordered)), min_size=1, max_size=3)


@each_format
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_calls_may_be_written_and_are_read(form: Format, model: Model, data: st.DataObject) -> None:
    """Whatever the arguments are, the grammar lets the calls pass and the reader reads them."""
    assert form.writing
    made = data.draw(calls)[: 1 if form.writing.single else 3]
    try:
        answer = written(form, made)
    except GrammarError:  # a text happens to hold a mark of the family, which it cannot write
        reject()
    grammar = answer_grammar(form, Demand([Function("f", TREE), WEATHER]))
    assert allows(model, grammar, answer)
    found = read(form, [answer], tools={"f": TREE})
    assert (calls_of(found), found.text) == (made, "")


BOUNDED = Function(
    "f",
    {
        "type": "object",
        "properties": {
            "text": {"type": "string", "maxLength": 12},
            "date": {"type": "string", "format": "date"},
            "code": {"type": "string", "pattern": "^[a-c]{2}.?$"},
            "kind": {"enum": ["a<b", 7, None]},
            "list": {"type": "array", "items": {"type": "boolean"}, "maxItems": 2},
            "inner": {"type": "object", "properties": {"n": {"type": "integer"}}},
            "both": {"anyOf": [{"type": "boolean"}, {"type": "string", "maxLength": 3}]},
        },
        "required": ["text", "date", "code", "kind", "list", "inner", "both"],
    },
)


@each_format
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_the_grammar_lets_pass_is_read(form: Format, model: Model, seed: int) -> None:
    """Tokens drawn blindly among those that are allowed are calls that fit their schema."""
    grammar = answer_grammar(form, Demand([BOUNDED], several=False))
    answer = drawn(model, grammar, seed)
    assume("\ufffd" not in answer)  # llama.cpp lets bytes pass that are no text
    found = read(form, [answer], tools={"f": BOUNDED.parameters})
    ((name, made),) = calls_of(found)
    assert (name, found.text) == ("f", "")
    assert made.keys() == BOUNDED.parameters["properties"].keys()
    assert len(made["text"]) <= 12
    assert made["kind"] in ("a<b", 7, None)
    assert made["code"][:2].strip("abc") == ""
    assert isinstance(made["inner"].get("n", 0), int)
    assert all(isinstance(each, bool) for each in made["list"])
    assert len(made["list"]) <= 2
    assert isinstance(made["both"], bool | str)


@each_format
def test_what_is_demanded_is_enforced(form: Format, model: Model) -> None:
    one = answer_grammar(form, Demand([WEATHER], several=False))
    assert allows(model, one, written(form, [ROME]))
    assert not allows(model, one, written(form, [PARIS, ROME]))
    assert not allows(model, one, written(form, [("get_weather", {"days": 2})]))
    assert not allows(model, one, written(form, [("get_weather", {"city": "x", "days": "many"})]))
    assert not allows(model, one, written(form, [("get_time", {"city": "x"})]))
    assert not allows(model, one, "Hello.")
    with pytest.raises(GrammarError, match="cannot be written"):
        answer_grammar(form, Demand([Function("a b", {})]))


@each_format
def test_either_a_call_or_a_form(form: Format, model: Model) -> None:
    inner = schema_grammar({"const": "yes"})
    grammar = answer_grammar(form, Demand([WEATHER], inner))
    assert allows(model, grammar, written(form, [PARIS]))
    said = form.header.said + '"yes"'
    assert allows(model, grammar, said)
    assert not allows(model, grammar, '"no"')
    assert (read(form, [said]).text, read(form, [said]).calls) == ('"yes"', ())
    assert not allows(model, answer_grammar(form, Demand([WEATHER])), said)


@each_format
def test_reasoning_comes_first(form: Format, model: Model) -> None:
    header = form.header
    if header.turn:
        think = header.thought.open + "R" + header.thought.close + header.turn
    elif form.reasoning:
        think = form.reasoning[0].open + "R" + form.reasoning[0].close + form.turn
    else:
        return
    reasons = answer_grammar(form, Demand([WEATHER], reasons=True))
    answer = think + written(form, [PARIS])
    assert allows(model, reasons, answer)
    assert allows(model, reasons, written(form, [PARIS]))
    assert not allows(model, answer_grammar(form, Demand([WEATHER])), answer)
    found = read(form, [answer])
    assert (found.reasoning, found.text, calls_of(found)) == ("R", "", [PARIS])


@pytest.mark.parametrize(
    ("form", "prompt", "answer"),
    [
        (families.HERMES, "...<think>\n", 'Hm.</think>\n"yes"'),
        (families.HERMES, "...<think>\n\n</think>\n\n", '"yes"'),
        (message_families.HARMONY, "<|start|>assistant<|channel|>final<|message|>", '"yes"'),
        (
            message_families.HARMONY,
            "<|start|>assistant<|channel|>analysis<|message|>I",
            ' think.<|end|><|start|>assistant<|channel|>final<|message|>"yes"',
        ),
        (message_families.KIMI_K3, "...<|open|>response<|sep|>", '"yes"<|close|>response<|sep|>'),
        (token.COHERE, "...", '<|START_RESPONSE|>"yes"<|END_RESPONSE|>'),
        (families.FUNCTIONARY_3_2, "...>>>", 'all\n"yes"'),
        (families.FUNCTIONARY_3_2, "...", '>>>all\n"yes"'),
    ],
)
def test_the_form_is_for_what_follows_the_prompt(
    form: Format, prompt: str, answer: str, model: Model
) -> None:
    opening = form.opened(prompt)
    grammar = answer_grammar(form, Demand(form=schema_grammar({"const": "yes"})), opening)
    assert allows(model, grammar, answer)
    assert read(form, [answer], opening=opening).text == '"yes"'


def test_a_call_goes_on_from_the_prompt(model: Model) -> None:
    form = families.FUNCTIONARY_3_2
    grammar = answer_grammar(form, Demand([WEATHER]), form.opened("...>>>"))
    answer = written(form, [PARIS, ROME]).removeprefix(">>>")
    assert allows(model, grammar, answer)
    assert calls_of(read(form, [answer], opening=Opening(">>>"))) == [PARIS, ROME]


def doubled(levels: int) -> dict[str, Any]:
    """A schema in which each level refers to the next one twice."""
    twice = {
        f"d{level}": {"anyOf": [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(levels)
    }
    return {"properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": {**twice, f"d{levels}": TEXT}}


def test_schemas_that_many_refer_to_are_enforced(model: Model) -> None:
    grammar = answer_grammar(families.GLM, Demand([Function("f", doubled(4))]))
    assert allows(model, grammar, written(families.GLM, [("f", {"a": "x"})]))


def test_schemas_that_lead_nowhere_are_refused() -> None:
    for schema in (
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
        {"properties": {"a": {"$ref": "#/none"}}},
        {"properties": {"a": {"type": "text"}}},
        {"properties": {"a": {"maxLength": -1, "type": "string"}}},
        {"properties": {"a": 3}},
        {"properties": {"a": {"type": "string", "minLength": 3, "maxLength": 2}}},
        {"properties": {"a b": {"type": "string"}}},
        {"properties": {"a": {"enum": ["</arg_value>"]}}},
        {"properties": {"a": {"anyOf": [{"$ref": "#/properties/a"}]}}},
        {"anyOf": [{"properties": 5}], "properties": {}},
        {"allOf": [{"required": "a"}], "required": ["a"]},
        {"allOf": [{"$ref": "#"}]},
        doubled(18),
    ):
        with pytest.raises(GrammarError):
            answer_grammar(families.GLM, Demand([Function("f", schema)]))


def test_nothing_is_open_by_default() -> None:
    assert answer_grammar(token.LLAMA_3, Demand([WEATHER])) == answer_grammar(
        token.LLAMA_3, Demand([WEATHER]), NOTHING
    )
    assert json.loads(written(token.LLAMA_3, [PARIS]))["parameters"] == PARIS[1]
