from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcove.engine.answer import Turn
from alcove.engine.protocol import BadRequest, ChatRequest, parse_chat_request

HELLO = [{"role": "user", "content": "Hello"}]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
fields = st.sampled_from(
    ["messages", "temperature", "top_k", "stop", "stream", "seed", "n", "tools", "min_p"]
)


def test_a_plain_request() -> None:
    request = parse_chat_request({"messages": HELLO, "temperature": 0, "stop": "x", "seed": -1})
    assert request.turns == (Turn("user", "Hello"),)
    assert request.sampling.temperature == 0.0
    assert request.sampling.seed == 0xFFFFFFFF
    assert request.stops == ("x",)
    assert request.max_tokens is None


def test_text_parts_are_joined() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert parse_chat_request({"messages": [{"role": "user", "content": parts}]}).turns == (
        Turn("user", "ab"),
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"messages": []}, "at least one message"),
        ({"messages": "Hello"}, "must be a list"),
        ({"messages": [{"role": "robot", "content": ""}]}, "'robot'"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "text only"),
        ({"temperature": "hot"}, "'temperature'"),
        ({"temperature": float("nan")}, "'temperature'"),
        ({"top_k": True}, "'top_k'"),
        ({"max_tokens": 0}, "at least 1"),
        ({"stop": [1]}, "'stop'"),
        ({"stream": "yes"}, "'stream'"),
        ({"n": 2}, "one answer"),
        ({"tools": [{}]}, "'tools'"),
        ({"response_format": {"type": "json_object"}}, "'response_format'"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        parse_chat_request({"messages": HELLO} | change)


@given(st.dictionaries(fields, json_values) | json_values)
def test_any_json_is_understood_or_refused(body: object) -> None:
    with contextlib.suppress(BadRequest):
        assert isinstance(parse_chat_request(body), ChatRequest)
