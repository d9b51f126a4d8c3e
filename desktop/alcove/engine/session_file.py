"""One session on disk: what a conversation left in memory, checked before it is used.

Its file is llama.cpp's own, behind whose contents the checkpoints lie. A small one beside it, the
note, says of which conversation it is, which checkpoints there are, and the SHA-256 of the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

STATE, UNFINISHED = ".kv", ".part"
_NOTE = ".json"

_ABANDONED_SECONDS = 600
_PRIVATE = 0o600
"""They begin with the words of a conversation, as tokens."""

_MAGIC = b"qsgg"
_HEAD = struct.Struct("<4sII")
"""llama.cpp's magic, version and number of tokens, which follow."""

Checkpoint = tuple[int, bytearray]
"""After how many tokens, and the state then."""


@dataclass(frozen=True)
class Session:
    """Tokens whose state is in a file; it can also go back to ``checkpoints``, counted in tokens.

    ``conversation`` is what the client calls it, empty if it does not say.
    """

    path: Path
    tokens: tuple[int, ...]
    checkpoints: tuple[int, ...] = ()
    conversation: str = ""


def read_session(path: Path) -> Session | None:
    """Read what a session is of; None where it is damaged."""
    try:
        note = _read_note(path)
        with path.open("rb") as file:
            magic, _version, count = _HEAD.unpack(file.read(_HEAD.size))
            if magic != _MAGIC or count * 4 > path.stat().st_size:
                return None
            tokens = struct.unpack(f"<{count}i", file.read(4 * count))
        checkpoints = tuple(after for after, _size in note["checkpoints"])
        return Session(path, tokens, checkpoints, str(note["conversation"]))
    except (OSError, ValueError, TypeError, KeyError, struct.error):
        return None


def finish_session(part: Path, session: Session, states: Iterable[bytearray]) -> None:
    """Put checkpoints behind what llama.cpp wrote to ``part`` and make a session of it.

    Raises OSError; then there is none.
    """
    try:
        part.chmod(_PRIVATE)
        sizes = [len(state) for state in states]
        with part.open("ab") as file:
            file.writelines(states)
        note = {
            "sha256": _digest(part),
            "conversation": session.conversation,
            "checkpoints": list(zip(session.checkpoints, sizes, strict=True)),
        }
        beside = note_of(session.path)
        beside.write_text(json.dumps(note), encoding="utf-8")
        beside.chmod(_PRIVATE)
        part.replace(session.path)
    finally:
        part.unlink(missing_ok=True)


def checkpoints_of(path: Path, most: int) -> list[Checkpoint] | None:
    """Read the checkpoints after at most so many tokens; None where the session is damaged."""
    try:
        note = _read_note(path)
        if note["sha256"] != _digest(path):
            return None
        with path.open("rb") as file:
            file.seek(-sum(size for _count, size in note["checkpoints"]), os.SEEK_END)
            kept = [(count, bytearray(file.read(size))) for count, size in note["checkpoints"]]
        return [each for each in kept if each[0] <= most]
    except (OSError, ValueError, TypeError, KeyError):
        return None


def delete_session(path: Path) -> None:
    """Delete a session, as far as that is possible."""
    for each in (path, note_of(path)):
        with suppress(OSError):
            each.unlink(missing_ok=True)


def delete_conversation(folder: Path, conversation: str) -> None:
    """Delete what any model left of a conversation, and whatever does not say what it is of."""
    for path in {each.with_suffix(STATE) for each in folder.glob(f"*{_NOTE}")} | set(
        folder.glob(f"*{STATE}")
    ):
        if _conversation(path) in (conversation, None):
            delete_session(path)
    delete_abandoned(folder)


def delete_abandoned(folder: Path) -> None:
    """Delete what processes that were killed have left unfinished."""
    for part in folder.glob(f"*{UNFINISHED}"):
        with suppress(OSError):
            if _is_abandoned(part):
                part.unlink(missing_ok=True)


def unfinished(path: Path) -> Path:
    """Return where this process writes a session before it is whole."""
    return path.with_suffix(f".{os.getpid()}{UNFINISHED}")


def note_of(path: Path) -> Path:
    """Return where the note of a session lies."""
    return path.with_suffix(_NOTE)


def _is_abandoned(part: Path) -> bool:
    process = part.with_suffix("").suffix.removeprefix(".")
    runs = process.isdecimal() and psutil.pid_exists(int(process))
    return not runs or time.time() - part.stat().st_mtime > _ABANDONED_SECONDS


def _conversation(path: Path) -> str | None:
    with suppress(OSError, ValueError, TypeError, KeyError):
        return str(_read_note(path)["conversation"])
    return None


def _read_note(path: Path) -> dict[str, Any]:
    note: dict[str, Any] = json.loads(note_of(path).read_text(encoding="utf-8"))
    return note


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
