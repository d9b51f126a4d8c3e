"""Grammars that are put together from others, as llama.cpp reads them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcove.llama.grammar import schema_grammar
from alcove.llama.model import Model
from alcove.llama.rules import Rules, in_order, literal, repeated
from engine.grammar_check import allows

_FOREIGN = """# root ( {
root ::= yes{2,3} # yes
yes ::= "yes" | [root] "r" | "g0-root"
"""


def test_foreign_grammars_keep_their_names_apart(model: Model) -> None:
    rules = Rules()
    first = rules.include(_FOREIGN)
    second = rules.include('root ::= "no"\nyes ::= "never"')
    assert rules.include(_FOREIGN) == first
    grammar = rules.text(f"{first} {second}")
    assert allows(model, grammar, "yesyesno")
    assert allows(model, grammar, "yesorg0-rootno")
    assert not allows(model, grammar, "yesno")
    assert not allows(model, grammar, "neverneverno")


def test_schemas_share_what_they_have_in_common(model: Model) -> None:
    rules = Rules()
    kinds = ({"type": "object"}, {"type": "array"}, {"type": "string"}, {"type": "object"})
    roots = [rules.include(schema_grammar(kind), "json") for kind in kinds]
    grammar = rules.text(" ".join(roots))
    assert roots[0] == roots[3]
    assert grammar.count("json-string ::=") == 1
    assert allows(model, grammar, '{"a": [1]}[null]"x"{}')


@pytest.mark.parametrize("mark", ["</think>", "aab", "]]>", "<|end|>", "ａ｜"])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_text_without_a_mark(mark: str, data: st.DataObject, model: Model) -> None:
    rules = Rules()
    grammar = rules.text(rules.without(mark))
    text = data.draw(st.text(f"{mark}x\n", max_size=12))
    assert allows(model, grammar, text) == (mark not in text)
    assert not allows(model, grammar, f"{text}{mark}")


@pytest.mark.parametrize("between", ["", ","])
@settings(max_examples=40, deadline=None)
@given(needed=st.lists(st.booleans(), max_size=4), data=st.data())
def test_items_in_their_order(
    between: str, needed: list[bool], data: st.DataObject, model: Model
) -> None:
    letters = "abcd"[: len(needed)]
    items = [(literal(letter), must) for letter, must in zip(letters, needed, strict=True)]
    grammar = f"root ::= {in_order(items, between)}"
    chosen = [data.draw(st.booleans()) for _letter in letters]
    text = between.join(letter for letter, there in zip(letters, chosen, strict=True) if there)
    complete = all(there for there, must in zip(chosen, needed, strict=True) if must)
    assert allows(model, grammar, text) == complete
    if len(letters) > 1:
        assert not allows(model, grammar, between.join(reversed(letters)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3), st.none() | st.integers(0, 4), st.integers(0, 6))
def test_items_that_are_repeated(model: Model, low: int, high: int | None, count: int) -> None:
    grammar = f"root ::= {repeated(literal('a'), ',', low, high)}"
    possible = low <= count and (high is None or count <= high)
    if high is None or high >= low:
        assert allows(model, grammar, ",".join("a" * count)) == possible
