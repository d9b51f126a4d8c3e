"""What passes a check and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from alcove.trials.answers import blocks_of, code_of, json_of
from alcove.trials.judge import Finding, Judge, outcome
from alcove.trials.sandbox.sandbox import Sandbox
from alcove.trials.trial import Check, CheckKind, Prompt

JUDGE = Judge(Sandbox())


def passes(kind: CheckKind, value: Any, answer: str) -> bool | None:
    [finding] = JUDGE.findings(Prompt("a", "b", checks=(Check(kind, value),)), answer)
    assert finding.passed or finding.remark
    return finding.passed


@pytest.mark.parametrize(
    ("answer", "passed"),
    [
        ("8", True),
        (" **Eight.**\n", True),
        ("“8”", True),
        ("18", False),
        ("It is 8", False),
        ("", False),
    ],
)
def test_equals_looks_past_ornaments_alone(answer: str, passed: bool) -> None:
    assert passes("equals", ["8", "eight"], answer) is passed


@pytest.mark.parametrize(
    ("answer", "passed"),
    [("PARIS and\nRome", True), ("Rome", False), ("", False)],
)
def test_contains_wants_all(answer: str, passed: bool) -> None:
    assert passes("contains", ["Paris and Rome"], answer) is passed


def test_matches_is_a_search() -> None:
    assert passes("matches", r"\b2:45\b", "At 2:45 it is.") is True
    assert passes("matches", r"\b2:45\b", "12:456") is False


@pytest.mark.parametrize(
    ("answer", "passed"),
    [
        ('{"a": 1}', True),
        ('Here you are:\n```json\n{"a": 1}\n```\nGood luck.', True),
        ("```\n[1]\n", True),
        ("{'a': 1}", False),
        ("NaN", False),
        ("Sure!", False),
        ("[" * 100_000, False),
        ("```python\n1\n```", False),
    ],
)
def test_json_is_the_answer_or_its_block(answer: str, passed: bool) -> None:
    assert passes("json", True, answer) is passed


def test_a_schema_says_what_is_wrong() -> None:
    prompt = Prompt("a", "b", checks=(Check("json_schema", {"type": "object"}),))
    assert JUDGE.findings(prompt, "[]")[0].remark == "$ must be of the type object"
    assert JUDGE.findings(prompt, "no")[0].passed is False
    assert JUDGE.findings(prompt, "{}")[0].passed is True


def test_every_check_must_pass() -> None:
    passed, failed, open_ = (Finding("equals", one) for one in (True, False, None))
    assert outcome((passed, passed)) is True
    assert outcome((passed, failed, open_)) is False
    assert outcome((passed, open_)) is None
    assert outcome(()) is None


def test_the_first_block_that_may_be_python_is_the_code() -> None:
    answer = "```sh\npip install a\n```\n~~~~python\nx = '''\n```\n'''\n~~~~\n```\nx()\n```"
    assert [block.language for block in blocks_of(answer)] == ["sh", "python", ""]
    assert code_of(answer) == "x = '''\n```\n'''\n"
    assert code_of("def f(): pass") == "def f(): pass"


def test_json_of_takes_the_first_block_for_json() -> None:
    assert json_of("```text\nno\n```\n```JSON\n[2]\n```") == [2]
