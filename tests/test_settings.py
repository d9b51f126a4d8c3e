from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alcove.errors import StorageError
from alcove.settings import VERSION, Settings, load, save

CHOSEN = Settings(theme="dark", context=4096, offline=True, model_folders=("/a", "/b"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alcove" / "settings.json"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def document(**values: Any) -> str:
    return json.dumps({"version": VERSION} | values)


def names(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


def test_a_new_user_gets_the_defaults(path: Path) -> None:
    loaded = load(path)
    assert (loaded.settings, loaded.warning) == (Settings(), None)
    assert not path.parent.exists()


def test_what_is_saved_is_loaded(path: Path) -> None:
    save(path, Settings())
    save(path, CHOSEN)
    loaded = load(path)
    assert (loaded.settings, loaded.warning) == (CHOSEN, None)
    assert names(path) == ["settings.json"]


def test_a_field_that_is_not_known_is_no_error(path: Path) -> None:
    write(path, document(theme="dark", colour="red"))
    assert load(path).settings == replace(Settings(), theme="dark")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_written_by_hand_needs_no_version(path: Path, mark: str) -> None:
    write(path, mark + '{"offline": true}')
    loaded = load(path)
    assert (loaded.settings, loaded.warning) == (replace(Settings(), offline=True), None)


@pytest.mark.parametrize(
    "text",
    [
        '{"offline": true,}',
        "{'offline': True}",
        '{"offline": "yes"}',
        '{"offline": 1}',
        '{"offline": true, "theme": "pink"}',
    ],
)
def test_whoever_wants_to_stay_offline_does_though_the_file_is_broken(
    path: Path, text: str
) -> None:
    write(path, text)
    loaded = load(path)
    assert loaded.settings == replace(Settings(), offline=True)
    assert "stays offline" in (loaded.warning or "")
    assert path.with_name("settings.json.broken-1").read_text(encoding="utf-8") == text
    again = load(path)
    assert (again.settings.offline, again.warning) == (True, None)


def test_a_file_of_a_newer_version_that_says_to_stay_offline(path: Path) -> None:
    write(path, json.dumps({"version": VERSION + 1, "offline": True}))
    assert load(path).settings == replace(Settings(), offline=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "Expecting"),
        ("[]", "no JSON object"),
        ("[" * 100_000, "recursion"),
        ('{"version": "1"}', "version is '1'"),
        (document(context="4096"), "context is no int"),
        (document(context=True), "context is no int"),
        (document(context=255), "at least 256"),
        (document(theme="pink"), "one of system, light, dark"),
        (document(model_folders="/a"), "model_folders is no list"),
    ],
)
def test_a_broken_file_is_kept_aside_and_told(path: Path, text: str, words: str) -> None:
    for number in (1, 2):
        write(path, text)
        loaded = load(path)
        kept = path.with_name(f"settings.json.broken-{number}")
        assert loaded.settings == Settings()
        assert loaded.warning is not None
        assert words in loaded.warning
        assert str(kept) in loaded.warning
        assert "name it settings.json again" in loaded.warning
    assert names(path) == ["settings.json.broken-1", "settings.json.broken-2"]
    assert kept.read_text(encoding="utf-8") == text


def test_text_that_is_no_text_is_broken_too(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe")
    assert "broken-1" in (load(path).warning or "")


def test_a_file_of_a_newer_version_stays_until_something_is_saved(path: Path) -> None:
    newer = json.dumps({"version": VERSION + 1, "theme": "sepia"})
    write(path, newer)
    for _start in range(2):
        loaded = load(path)
        assert loaded.settings == Settings()
        assert "newer version" in (loaded.warning or "")
    assert names(path) == ["settings.json"]
    save(path, CHOSEN)
    save(path, Settings())
    assert names(path) == ["settings.json", "settings.json.kept-1"]
    assert path.with_name("settings.json.kept-1").read_text(encoding="utf-8") == newer
    assert load(path).warning is None


def test_a_file_that_cannot_be_read_stays_until_something_is_saved(path: Path) -> None:
    path.mkdir(parents=True)  # which not even root can read as a file
    (path / "inside").touch()
    loaded = load(path)
    assert loaded.settings == Settings()
    assert "cannot be read: " in (loaded.warning or "")
    assert names(path) == ["settings.json"]
    save(path, CHOSEN)
    assert load(path).settings == CHOSEN
    assert (path.with_name("settings.json.kept-1") / "inside").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="could not be saved"):
        save(tmp_path / "file" / "settings.json", Settings())
