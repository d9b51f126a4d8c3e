"""What conversations left in memory, kept on disk: a chat that is opened again answers at once.

Sessions are bounded; the least recently used goes first. A damaged one is deleted and nothing else
happens. Only what llama.cpp copies, between its memory and the system's cache of files, is done on
the thread that evaluates; hashing, reading and tidying have threads of their own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alcove.engine.session_file import (
    STATE,
    Checkpoint,
    Session,
    checkpoints_of,
    delete_abandoned,
    delete_conversation,
    delete_session,
    finish_session,
    read_session,
    unfinished,
)
from alcove.engine.slots import Slot, common
from alcove.llama.context import Context

_LEAST_TOKENS = 256
"""Fewer are evaluated anew as fast as they are read."""

_MOST_WAITING = 2
"""Sessions whose checkpoints may wait in memory for the disk; those of others are not kept."""

_WORTH = 0.5
_SHARE_OF_DISK = 0.1
_PRIVATE_FOLDER = 0o700
_YIELDING = 10
"""How nice the thread is that hashes: whoever waits for an answer goes first."""

Post = Callable[[Callable[[], None]], None]
"""Has the thread that evaluates call something, soon."""


@dataclass(eq=False)
class Fetched:
    """A session that is being read for a prompt of which it knows the first ``useful`` tokens.

    ``checkpoints`` are None where it turned out to be damaged; then it knows nothing.
    """

    session: Session
    useful: int
    done: bool = False
    checkpoints: list[Checkpoint] | None = None


class Sessions:
    """The sessions of one model in one folder; without a folder nothing is kept.

    All is called from the thread that evaluates, and ``post`` calls there what is ready.
    """

    def __init__(self, folder: Path | None, key: str, most_bytes: int, post: Post) -> None:
        """``key`` tells models, builds of llama.cpp and settings apart whose states differ.

        ``most_bytes`` bounds the whole folder, a tenth of the free disk does in any case.
        """
        self._folder = folder
        self._key = hashlib.sha256(key.encode()).hexdigest()[:16]
        self._most_bytes = most_bytes
        self._post = post
        self._writing: dict[Path, Future[None]] = {}
        self._writer = ThreadPoolExecutor(1, "session-writer", _yield_to_others)
        self._reader = ThreadPoolExecutor(1, "session-reader")
        self._known = {one.path: one for one in _read_all(folder, self._key)} if folder else {}

    def fetch(self, context: Context, tokens: Sequence[int], known: int) -> Fetched | None:
        """Begin to read the session that knows most of ``tokens``, if it is worth it.

        That is so if it saves a good part of it, and many more tokens than are ``known``.
        """
        least = known + _LEAST_TOKENS
        if len(tokens) < least:
            return None
        useful = {path: _useful(one, tokens, context) for path, one in self._known.items()}
        best = max(useful, key=lambda path: useful[path], default=None)
        if best is None or useful[best] < least:
            return None
        fetched = Fetched(self._known[best], useful[best])
        self._reader.submit(self._read, fetched, self._writing.get(best))
        return fetched

    def load(self, context: Context, slot: Slot, fetched: Fetched) -> None:
        """Bring a slot to what was fetched, if that is still worth it."""
        session, states = fetched.session, fetched.checkpoints
        if states is None or fetched.useful < len(slot.tokens) + _LEAST_TOKENS:
            return  # it is damaged, or the slot knows as much by now
        slot.clear()
        if context.load(slot.number, len(session.tokens), session.path):
            slot.tokens = list(session.tokens)
            slot.checkpoints.put(states)
            slot.rewind(fetched.useful)
        else:
            context.forget(slot.number)  # there is no room for it now

    def save(self, context: Context, slot: Slot) -> None:
        """Keep what a slot holds, in place of a session that it goes on from."""
        if self._folder is None or len(slot.tokens) < _LEAST_TOKENS:
            return
        tokens = tuple(slot.tokens)
        name = hashlib.sha256(struct.pack(f"<{len(tokens)}i", *tokens)).hexdigest()[:32]
        path = self._folder / f"{self._key}-{name}{STATE}"
        if path in self._writing:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
            size = context.size(slot.number) + 4 * len(tokens)
            room = self._most(self._folder, 0) - size
            part = unfinished(path)
            if room < 0 or not context.save(slot.number, tokens, part):
                part.unlink(missing_ok=True)
                return
            # They cost as much again at most, and each lets a changed conversation go on from it.
            room = min(room, part.stat().st_size) if len(self._writing) < _MOST_WAITING else 0
            states = slot.checkpoints.latest(room)
            counts = tuple(count for count, _state in states)
            session = Session(path, tokens, counts, slot.conversation)
            self._write(part, session, [state for _count, state in states])

    def forget(self, conversation: str) -> Future[None]:
        """Delete what is left of a conversation; the result is there when it is gone."""
        for path, session in list(self._known.items()):
            if session.conversation == conversation:
                del self._known[path]
        return self._writer.submit(self._delete, conversation)

    def close(self) -> None:
        """Wait until everything is written; nothing may be asked of it after."""
        self._reader.shutdown(cancel_futures=True)
        self._writer.shutdown()

    def _write(self, part: Path, session: Session, states: list[bytearray]) -> None:
        path, tokens = session.path, session.tokens
        older = [each for each, one in self._known.items() if _begins(tokens, one.tokens)]
        for each in older:
            del self._known[each]
        self._known[path] = session
        older = [each for each in older if each != path]
        self._writing[path] = self._writer.submit(self._finish, part, session, states, older)

    def _finish(
        self, part: Path, session: Session, states: list[bytearray], older: list[Path]
    ) -> None:
        """Make a session of what llama.cpp wrote; on the writer's thread, as what follows."""
        gone = [session.path]
        try:
            finish_session(part, session, states)
            for path in older:
                delete_session(path)
            gone = self._tidy(session.path)
        except OSError:
            part.unlink(missing_ok=True)
        finally:
            self._post(partial(self._finished, session.path, gone))

    def _tidy(self, newest: Path) -> list[Path]:
        """Delete the least recently used sessions, of any model, beyond what may be kept."""
        delete_abandoned(newest.parent)
        sizes = {path: path.stat() for path in newest.parent.glob(f"*{STATE}")}
        total = sum(stat.st_size for stat in sizes.values())
        most = self._most(newest.parent, total)
        stays = newest in sizes and sizes[newest].st_size <= most
        gone = []
        for path in sorted(sizes, key=lambda one: ((one == newest) == stays, sizes[one].st_mtime)):
            if total <= most:
                break
            delete_session(path)
            gone.append(path)
            total -= sizes[path].st_size
        return gone

    def _most(self, folder: Path, kept: int) -> int:
        """Return how many bytes may be kept, where so many are; raises OSError."""
        return min(self._most_bytes, int((shutil.disk_usage(folder).free + kept) * _SHARE_OF_DISK))

    def _delete(self, conversation: str) -> None:
        if self._folder is not None:
            delete_conversation(self._folder, conversation)

    def _finished(self, path: Path, gone: list[Path]) -> None:
        self._writing.pop(path, None)
        for each in gone:
            self._known.pop(each, None)

    def _read(self, fetched: Fetched, writing: Future[None] | None) -> None:
        """Check a session and read its checkpoints, on the reader's thread."""
        checkpoints = None
        try:
            wait([writing] if writing else [])
            checkpoints = checkpoints_of(fetched.session.path, fetched.useful)
            with suppress(OSError):
                os.utime(fetched.session.path)
        finally:
            self._post(partial(self._fetched, fetched, checkpoints))

    def _fetched(self, fetched: Fetched, checkpoints: list[Checkpoint] | None) -> None:
        fetched.done, fetched.checkpoints = True, checkpoints
        path = fetched.session.path
        if checkpoints is None:
            fetched.useful = 0
            if self._known.pop(path, None):
                self._writer.submit(delete_session, path)


def _read_all(folder: Path, key: str) -> Iterator[Session]:
    """Yield the sessions of one model; damaged ones are deleted."""
    for path in folder.glob(f"{key}-*{STATE}"):
        if (session := read_session(path)) is None:
            delete_session(path)
        else:
            yield session


def _useful(session: Session, tokens: Sequence[int], context: Context) -> int:
    """Count the tokens of a prompt that a session saves, if that is worth reading all of it.

    Where it cannot be cut, it goes back to a checkpoint.
    """
    size = len(session.tokens)
    if size >= context.length:
        return 0
    useful = common(session.tokens, tokens)
    if useful < size and not context.can_rewind:
        useful = max((each for each in session.checkpoints if each <= useful), default=0)
    return useful if useful >= size * _WORTH else 0


def _begins(tokens: tuple[int, ...], others: tuple[int, ...]) -> bool:
    return tokens[: len(others)] == others


def _yield_to_others() -> None:
    """Let the thread that calls this have what cores the others leave."""
    if sys.platform == "linux":  # elsewhere, all threads of a process are as nice
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _YIELDING)
