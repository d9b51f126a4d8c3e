"""Trial files: what they may say, and what is said of one that is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alcove.errors import TrialError
from alcove.trials.read import find_trial, parse_trial, read_trial
from alcove.trials.trial import Check, Options, Prompt


def test_a_trial_in_json_and_in_toml_is_the_same(tmp_path: Path) -> None:
    document = {
        "name": "Mine",
        "system": "Be short.",
        "options": {"max_tokens": 99, "temperature": 0.5, "seed": 3},
        "prompts": ["Hello?", {"name": "sum", "prompt": "1 + 1?", "checks": {"equals": "2"}}],
    }
    toml = """
        name = "Mine"
        system = "Be short."
        prompts = ["Hello?", {name = "sum", prompt = "1 + 1?", checks = {equals = "2"}}]
        [options]
        max_tokens = 99
        temperature = 0.5
        seed = 3
    """
    (tmp_path / "one.json").write_text(json.dumps(document))
    (tmp_path / "two.TOML").write_text(toml)
    one = read_trial(tmp_path / "one.json")
    assert one == read_trial(tmp_path / "two.TOML")
    assert one.options == Options(99, 0.5, 3)
    assert one.prompts == (
        Prompt("1", "Hello?", system="Be short."),
        Prompt("sum", "1 + 1?", system="Be short.", checks=(Check("equals", ["2"]),)),
    )


def test_what_is_kept_of_a_trial_is_read_again_as_it_was() -> None:
    trial = find_trial("everyday")
    assert parse_trial(json.loads(json.dumps(trial.to_json()))) == trial


def test_the_file_gives_its_name_to_a_trial_that_has_none(tmp_path: Path) -> None:
    (tmp_path / "late.json").write_text('{"prompts": ["Hello?"]}')
    assert read_trial(tmp_path / "late.json").name == "late"


def with_checks(checks: object) -> dict[str, Any]:
    return {"prompts": [{"prompt": "a", "checks": checks}]}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "the trial must be an object"),
        ({}, "'prompts' of the trial"),
        ({"prompts": []}, "at least one prompt"),
        ({"prompts": [3]}, "prompt 1 must be an object"),
        ({"prompts": ["  "]}, "'prompt' of prompt 1 must be a text"),
        ({"prompts": ["a"], "model": "b"}, "has the field 'model', which means nothing"),
        ({"prompts": ["a", {"name": "1", "prompt": "b"}]}, "Two prompts are called '1'"),
        ({"prompts": ["a"], "options": {"max_tokens": 0}}, "at least 1"),
        ({"prompts": ["a"], "options": {"max_tokens": 1.5}}, "a whole number"),
        ({"prompts": ["a"], "options": {"temperature": True}}, "a number"),
        (with_checks({"equal": "a"}), "'equal', which means nothing"),
        (with_checks({"equals": []}), "a text, or a list of texts"),
        (with_checks({"contains": [1]}), "a text, or a list of texts"),
        (with_checks({"json": False}), "'json' of the checks of prompt 1 must be true"),
        (with_checks({"json_schema": {"oneOf": []}}), "has 'oneOf', which Alcove cannot check"),
        (with_checks({"json_schema": {"items": {"type": "text"}}}), "has 'type'"),
        (with_checks({"matches": "("}), "a regular expression"),
        (with_checks({"python": "assert ("}), "must be Python"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(document: object, said: str) -> None:
    with pytest.raises(TrialError) as caught:
        parse_trial(document)
    assert said in caught.value.cause
    assert caught.value.advice


@pytest.mark.parametrize("content", [None, b"{", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "trial.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TrialError, match="cannot be read"):
        read_trial(path)


def test_a_file_of_the_same_name_as_a_set_is_found_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "everyday").write_text('{"prompts": ["Hello?"]}')
    assert len(find_trial(str(tmp_path / "everyday")).prompts) == 1
    assert len(find_trial("everyday").prompts) > 1
