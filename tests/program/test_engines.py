"""Engines at an address: connected, remembered with their key, asked, forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.test_remote import plain as plain
from program.running import alcove, sentence


def saved(alcove_home: Path) -> list[dict[str, str]]:
    document = json.loads((alcove_home / "settings.json").read_text())
    engines: list[dict[str, str]] = document["engines"]
    return engines


def test_an_engine_is_remembered_asked_and_forgotten(
    plain: tuple[str, list[dict[str, object]]], alcove_home: Path
) -> None:
    url, asked = plain
    listed = alcove("connect", url, "--api-key", "secret", "--model", "b")
    assert listed.stdout.split() == ["a", "b"]
    assert (alcove_home / "settings.json").stat().st_mode & 0o077 == 0
    answer = json.loads(alcove("run", f"{url}/", "-p", "Hello", "--json").stdout)
    assert answer["text"] == "Hello there"
    assert answer["reasoning"] == "Well."
    assert answer["completion_tokens"] == 4
    assert asked[-1]["model"] == "b"
    alcove("run", f"{url}#a", "-p", "Hello")
    assert asked[-1]["model"] == "a"
    alcove("connect", url)  # the key is still known
    assert saved(alcove_home)[0]["key"] == "secret"
    alcove("connect", url, "--forget")
    assert saved(alcove_home) == []


def test_a_key_need_not_be_an_argument(
    plain: tuple[str, list[dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALCOVE_ENGINE_KEY", "secret")
    assert alcove("connect", plain[0]).stdout.split() == ["a", "b"]


def test_a_wrong_key_is_said(plain: tuple[str, list[dict[str, object]]]) -> None:
    said = sentence("connect", plain[0])
    assert "No key" in said
    assert "--api-key" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("connect", "127.0.0.1:8000"),
        ("run", "http://127.0.0.1:7", "-p", "a", "--context", "4096"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    alcove(*arguments, status=2)


def test_an_engine_that_is_not_there_is_said() -> None:
    for asked in (("run", "http://127.0.0.1:7", "-p", "Hello"), ("connect", "http://127.0.0.1:7")):
        said = sentence(*asked)
        assert "No engine answers at http://127.0.0.1:7" in said
        assert "refused" in said


def test_offline_another_computer_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "another computer" in sentence("connect", "http://192.0.2.1:8000")
