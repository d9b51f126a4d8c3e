"""What conversations left in memory, kept on disk: a chat that is opened again answers at once.

Each session is a file of llama.cpp's own and a small one beside it that says what it is of. They
are bounded; the least recently used goes first. A damaged one is deleted and nothing else happens.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alcove.engine.slots import Slot, common
from alcove.llama.context import Context

_LEAST_TOKENS = 256
"""Fewer are evaluated anew as fast as they are read."""

_WORTH = 0.5
_SHARE_OF_DISK = 0.1
_ABANDONED_SECONDS = 600
_PRIVATE_FOLDER, _PRIVATE = 0o700, 0o600
"""They begin with the words of a conversation, as tokens."""

_STATE, _NOTE, _UNFINISHED = ".kv", ".json", ".part"
_MAGIC = b"qsgg"
_HEAD = struct.Struct("<4sII")
"""llama.cpp's magic, version and number of tokens, which follow."""


@dataclass(frozen=True)
class _Session:
    path: Path
    tokens: tuple[int, ...]


class Sessions:
    """The sessions of one model in one folder; without a folder nothing is kept.

    ``key`` tells models, builds of llama.cpp and settings apart whose states are not the same.
    ``most_bytes`` bounds the whole folder, a tenth of the free disk does in any case.
    """

    def __init__(self, folder: Path | None, key: str, most_bytes: int) -> None:
        self._folder = folder
        self._key = hashlib.sha256(key.encode()).hexdigest()[:16]
        self._most_bytes = most_bytes
        self._known: dict[Path, _Session] | None = None

    def load(self, context: Context, slot: Slot, tokens: Sequence[int]) -> None:
        """Bring a slot to the session that knows most of ``tokens``, if that is worth it."""
        if self._folder is None or len(tokens) < _LEAST_TOKENS:
            return
        found = max(self._sessions(), key=lambda one: _useful(one, tokens, context), default=None)
        if found is None:
            return
        useful = _useful(found, tokens, context)
        if useful < len(slot.tokens) + _LEAST_TOKENS:
            return
        if not _is_sound(found.path):
            self._drop(found.path)
            return
        slot.clear()
        if context.load(slot.number, len(found.tokens), found.path):
            slot.tokens = list(found.tokens)
            slot.rewind(useful)
            with suppress(OSError):
                os.utime(found.path)
        else:
            context.forget(slot.number)  # there is no room for it now

    def save(self, context: Context, slot: Slot) -> None:
        """Keep what a slot holds, in place of a session that it goes on from."""
        if self._folder is None or len(slot.tokens) < _LEAST_TOKENS:
            return
        tokens = tuple(slot.tokens)
        name = hashlib.sha256(struct.pack(f"<{len(tokens)}i", *tokens)).hexdigest()[:32]
        path = self._folder / f"{self._key}-{name}{_STATE}"
        older = [one for one in self._sessions() if tokens[: len(one.tokens)] == one.tokens]
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
            part = path.with_suffix(f".{os.getpid()}{_UNFINISHED}")
            if not context.save(slot.number, tokens, part):
                part.unlink(missing_ok=True)
                return
            part.chmod(_PRIVATE)
            _note(path).write_text(json.dumps({"sha256": _digest(part)}), encoding="utf-8")
            part.replace(path)
            self._remember(_Session(path, tokens))
            for one in older:
                if one.path != path:
                    self._drop(one.path)
            self._tidy(path)

    def _sessions(self) -> list[_Session]:
        """Return the sessions of this model, read once."""
        if self._known is None:
            self._known = {}
            for path in self._folder.glob(f"{self._key}-*{_STATE}") if self._folder else ():
                if (tokens := _tokens(path)) is None:
                    delete_session(path)
                else:
                    self._remember(_Session(path, tokens))
        return list(self._known.values())

    def _remember(self, session: _Session) -> None:
        assert self._known is not None
        self._known[session.path] = session

    def _drop(self, path: Path) -> None:
        if self._known is not None:
            self._known.pop(path, None)
        delete_session(path)

    def _tidy(self, newest: Path) -> None:
        """Delete the least recently used sessions, of any model, beyond what may be kept."""
        assert self._folder is not None
        for part in self._folder.glob(f"*{_UNFINISHED}"):
            if time.time() - part.stat().st_mtime > _ABANDONED_SECONDS:
                part.unlink(missing_ok=True)
        sizes = {path: path.stat() for path in self._folder.glob(f"*{_STATE}")}
        total = sum(stat.st_size for stat in sizes.values())
        most = min(self._most_bytes, int((_free(self._folder) + total) * _SHARE_OF_DISK))
        for path in sorted(sizes, key=lambda one: (one == newest, sizes[one].st_mtime)):
            if total <= most:
                break
            self._drop(path)
            total -= sizes[path].st_size


def delete_session(path: Path) -> None:
    """Delete a session, as far as that is possible."""
    for each in (path, _note(path)):
        with suppress(OSError):
            each.unlink(missing_ok=True)


def _useful(session: _Session, tokens: Sequence[int], context: Context) -> int:
    """Count the tokens of a prompt that a session saves, if that is worth reading all of it.

    That is a good part of it, and the whole where it cannot be cut.
    """
    size = len(session.tokens)
    if size >= context.length:
        return 0
    shared = common(session.tokens, tokens)
    worth = shared >= size * _WORTH if context.can_rewind else shared == size
    return shared if worth else 0


def _is_sound(path: Path) -> bool:
    try:
        note = json.loads(_note(path).read_text(encoding="utf-8"))
        return isinstance(note, dict) and note.get("sha256") == _digest(path)
    except (OSError, ValueError):
        return False


def _tokens(path: Path) -> tuple[int, ...] | None:
    """Read the tokens of a session; None where it is damaged."""
    try:
        with path.open("rb") as file:
            magic, _version, count = _HEAD.unpack(file.read(_HEAD.size))
            if magic != _MAGIC or count * 4 > path.stat().st_size:
                return None
            return struct.unpack(f"<{count}i", file.read(4 * count))
    except (OSError, struct.error):
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _note(path: Path) -> Path:
    return path.with_suffix(_NOTE)


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
