"""Arguments that come as text, turned into what the tool's schema asks for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcove.engine.formats import families
from alcove.engine.formats.elements import NAMESPACE, minimax
from alcove.engine.formats.json_stream import JsonStream
from alcove.engine.formats.notations import gemma, ipython, keyed, pythonic
from alcove.engine.formats.pieces import Marks, unfinished
from alcove.engine.formats.values import argument_of, encoded
from engine.formats.answers import calls_of, read

_STRING = {"type": "string"}
_NULLABLE = {"type": ["string", "null"]}
_UNION = {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "object"}]}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("12", _STRING, "12"),
        ('"12"', _STRING, '"12"'),
        ("12", {"type": "integer"}, 12),
        ("-1.5", {"type": "number"}, -1.5),
        ("about 3", {"type": "number"}, "about 3"),
        ("NaN", {"type": "number"}, "NaN"),
        ("true", {"type": "boolean"}, True),
        ("True", {"type": "boolean"}, True),
        ("None", {"type": ["integer", "null"]}, None),
        ('{"a": [1]}', {"type": "object"}, {"a": [1]}),
        ("[1, 2", {"type": "array"}, "[1, 2"),
        ("null", _NULLABLE, None),
        ("None", _NULLABLE, "None"),
        ("123 Main St", _NULLABLE, "123 Main St"),
        ('{"a": 1}', _UNION, {"a": 1}),
        ("{no", _UNION, "{no"),
        ("7", _UNION, 7),
        ('"7"', _UNION, '"7"'),
        ("celsius", {"enum": ["celsius", "kelvin"]}, "celsius"),
        ("3", {"enum": ["3", "4"]}, "3"),
        ("3", {"const": 3}, 3),
        ("12", None, 12),
        ("[1]", {}, [1]),
        ('"12"', None, '"12"'),
        ("True", None, "True"),
        ("plain", {"$ref": "#/$defs/x"}, "plain"),
        ("7", {"anyOf": [{"$ref": "#"}, _STRING]}, 7),
        ("1e999", {"type": "number"}, "1e999"),
        ("9" * 5000, {"type": "integer"}, "9" * 5000),
        ("[" * 100_000, None, "[" * 100_000),
    ],
)
def test_the_schema_says_what_a_text_is(text: str, schema: Any, value: object) -> None:
    assert argument_of(text, schema) == value


def test_the_model_says_it_where_the_schema_does_not() -> None:
    assert argument_of("12", None, string=True) == "12"
    assert argument_of("12", {"type": "integer"}, string=True) == 12


def test_half_of_a_surrogate_pair_is_escaped() -> None:
    assert encoded({"a": "½\ud83d"}) == '{"a": "\\u00bd\\ud83d"}'
    assert encoded({"a": "½"}) == '{"a": "½"}'


@pytest.mark.parametrize(
    ("body", "calls"),
    [
        (
            "f(a=1)\ng(b='x', c=[true, null])\n",
            [("f", {"a": 1}), ("g", {"b": "x", "c": [True, None]})],
        ),
        ("\n", []),
        ("f(a=1)\nand so on", []),
        ("a = f(b=1)", []),
    ],
)
def test_calls_line_by_line(body: str, calls: list[tuple[str, object]]) -> None:
    assert [(name, json.loads(made)) for name, made in pythonic(body, {})] == calls


_TREE = {
    "properties": {
        "text": {"type": "string"},
        "list": {"type": "array", "items": {"type": "integer"}},
        "inner": {"type": "object", "properties": {"on": {"type": "boolean"}}},
        "next": {"$ref": "#"},
    }
}


@pytest.mark.parametrize(
    ("inside", "arguments"),
    [
        ("<text>a <b>\n#</text>", {"text": "a <b>\n"}),
        ("<list>#<item>1#</item>#<item>2#</item>#</list>", {"list": [1, 2]}),
        ("<list>#</list>#<inner>#</inner>", {"list": [], "inner": {}}),
        ("<inner>\n#<on>true#</on>\n#</inner>", {"inner": {"on": True}}),
        ("<next>#<next>#<text>12#</text>#</next>#</next>", {"next": {"next": {"text": "12"}}}),
        ("<new>#<item>1#</item>#<item>x#</item>#</new>", {"new": [1, "x"]}),
        ("<new>#<a>1#</a>#</new>", {"new": {"a": 1}}),
        ("<text>a#</list>", None),
        ("<text>a", None),
        ("<text>a#<b>c#</b>#</text>", None),
        ("<text>a#</text>#<text>b#</text>", None),
        ("<text>a#</text>b", None),
        ("text", None),
    ],
)
def test_nested_elements(inside: str, arguments: object) -> None:
    written = inside.replace("#", NAMESPACE)
    body = f'\n{NAMESPACE}<invoke name="f">{NAMESPACE}{written}{NAMESPACE}</invoke>\n'
    calls = [(name, json.loads(made)) for name, made in minimax(body, {"f": _TREE})]
    assert calls == ([] if arguments is None else [("f", arguments)])


@pytest.mark.parametrize(
    "schema",
    [{"anyOf": [{"properties": 5}], "properties": {}}, {"allOf": [{"$ref": "#"}]}],
)
def test_elements_of_a_schema_that_is_none_are_no_call(schema: dict[str, object]) -> None:
    body = f'{NAMESPACE}<invoke name="f">{NAMESPACE}<a>1{NAMESPACE}</a>{NAMESPACE}</invoke>'
    assert minimax(body, {"f": schema}) == []
    assert minimax(body, {"f": {}}) == [("f", '{"a": 1}')]


def test_an_answer_that_begins_with_the_end_of_reasoning() -> None:
    assert read(families.MINIMAX_M3, "</mm:think>Yes.").text == "Yes."


def test_a_value_of_another_type_is_a_text_where_texts_are_allowed() -> None:
    assert argument_of("12", _NULLABLE) == "12"
    assert argument_of("12", {"type": ["string", "number"]}) == 12


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    ),
    st.booleans(),
    st.sampled_from([None, 1]),
)
def test_json_is_followed_to_its_end(value: object, plain: bool, indent: int | None) -> None:
    text = json.dumps([value], ensure_ascii=plain, indent=indent)
    for chunks in (text + "} more", [text + "} more"]):
        stream = JsonStream()
        given = rest = ""
        for chunk in chunks:
            piece, left = stream.push(chunk)
            given, rest = given + piece, rest + left
        assert stream.complete
        assert (given, rest) == (text, "} more")


@pytest.mark.parametrize(
    ("text", "given", "rest"),
    [
        ('{"a" 1}', '{"a" ', "1}"),
        ('{"a": 01}', '{"a": ', "01}"),
        ('{"a": nul}', '{"a": ', "nul}"),
        ("{'a': 1}", "{", "'a': 1}"),
        ("[1, ]", "[1, ", "]"),
        ("[1}", "[1", "}"),
        ("x", "", "x"),
        ('{"a": 1,}', '{"a": 1,', "}"),
    ],
)
def test_what_is_no_json_is_left(text: str, given: str, rest: str) -> None:
    for chunks in ([text], list(text)):
        stream = JsonStream()
        pieces = [stream.push(chunk) for chunk in chunks]
        assert stream.broken
        assert "".join(piece for piece, _rest in pieces) == given
        assert "".join(left for _piece, left in pieces) == rest


@given(st.text(alphabet='\\"ub/n1é\n\t\x00 ', max_size=30))
def test_strings_become_valid(inside: str) -> None:
    stream = JsonStream()
    given, _rest = stream.push(f'["{inside}')
    given += stream.push('\\""]')[0] if not stream.complete and not stream.broken else ""
    if stream.complete:
        json.loads(given)


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        ("call:f{}", {}),
        (
            'call:f{a:<|"|>x: {"y"}, z\n<|"|>,b:-1.5e3,c:true,d:null}',
            {"a": 'x: {"y"}, z\n', "b": -1500.0, "c": True, "d": None},
        ),
        (
            'call:f{a:[<|"|>x<|"|>,{b:{<|"|>c d<|"|>:1}}],e:[]}',
            {"a": ["x", {"b": {"c d": 1}}], "e": []},
        ),
        ('call:f{"a": "b:c"}', {"a": "b:c"}),
    ],
)
def test_gemmas_notation(body: str, arguments: object) -> None:
    [(name, text)] = gemma(body, {})
    assert (name, json.loads(text)) == ("f", arguments)


@pytest.mark.parametrize("body", ["f{}", "call:f{", "call:f{a}", "call:f{a:b}", "call:{}"])
def test_what_is_none_of_gemmas_calls(body: str) -> None:
    assert gemma(body, {}) == []


@pytest.mark.parametrize(
    ("body", "calls"),
    [
        ("[f()]", [("f", {})]),
        ("f(a=1)", [("f", {"a": 1})]),
        (
            '[a.b(x=-1, y=True, z=None), g(t="it\\\'s", u=[1, {"k": true, "n": null}])]',
            [
                ("a.b", {"x": -1, "y": True, "z": None}),
                ("g", {"t": "it's", "u": [1, {"k": True, "n": None}]}),
            ],
        ),
        ("[f(code='a\nb\\n\\d')]", [("f", {"code": "a\nb\n\\d"})]),
    ],
)
def test_calls_as_python_writes_them(body: str, calls: object) -> None:
    assert [(name, json.loads(text)) for name, text in pythonic(body, {})] == calls


@pytest.mark.parametrize(
    "body",
    ["", "[1]", "f(1)", "f(**x)", "f(a=b)", "f(a={1})", "f(a=1j)", "f(a=" + "(" * 5000],
)
def test_what_is_no_call_in_python(body: str) -> None:
    assert pythonic(body, {}) == []


def test_other_notations() -> None:
    assert keyed('[{"f": {"a": 1}}]', {}) == [("f", '{"a": 1}')]
    assert keyed("[1]", {}) == keyed("{", {}) == keyed('[{"f": 1}]', {}) == keyed("1", {}) == []
    assert ipython("x = 1", {"code_interpreter": {}}) == [("code_interpreter", '{"code": "x = 1"}')]
    assert ipython("", {"python": {}}) == []


def test_values_in_tags_follow_the_schema() -> None:
    answer = (
        "<tool_call>set\n<arg_key>zip</arg_key>\n<arg_value>01234</arg_value>\n"
        "<arg_key>more</arg_key>\n<arg_value>[1]</arg_value>\n</tool_call>"
    )
    schema = {"properties": {"zip": {"type": "string"}}}
    found = read(families.GLM, answer, tools={"set": schema})
    assert calls_of(found) == [("set", {"zip": "01234", "more": [1]})]


@pytest.mark.parametrize(
    ("text", "length"), [("abc</", 2), ("abc", 0), ("</think", 7), ("<</", 2), ("", 0)]
)
def test_unfinished(text: str, length: int) -> None:
    assert unfinished(text, ("</think>",)) == length
    assert unfinished(text, ()) == 0


def test_the_longest_of_marks_that_begin_alike_counts() -> None:
    marks = Marks(["<a>", "<a>b<c>", ""])
    assert marks.split("x<a>b") == ("x", "", "<a>b")
    assert marks.split("x<a>b", final=True) == ("x", "<a>", "b")
    assert marks.split("x<a>c") == ("x", "<a>", "c")
    assert marks.split("x<a>b<c>d") == ("x", "<a>b<c>", "d")
    assert Marks([]).split("x") == ("x", "", "")
