from __future__ import annotations

from pathlib import Path

from alcove.library.sessions import forget_sessions


def test_everything_that_conversations_left_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    for name in ("ab-1.kv", "ab-1.json", "cd-2.kv", "cd-2.part", "notes.txt"):
        (tmp_path / name).write_text("words")
    (tmp_path / "folder.kv").mkdir()
    forget_sessions(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"notes.txt", "folder.kv"}


def test_where_nothing_was_saved_there_is_nothing_to_delete(tmp_path: Path) -> None:
    forget_sessions(tmp_path / "sessions")
