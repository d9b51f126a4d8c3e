"""One item of the queue: asked for, fetched, and what becomes of it."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from alcove.children import Send
from alcove.errors import AlcoveError, BusyError, Cancelled, OfflineError, StorageError
from alcove.hub.items import Item
from alcove.hub.layout import RepositoryFolder, cache_folder, present_bytes
from alcove.hub.leases import Leases
from alcove.hub.line import Line
from alcove.hub.meter import Meter
from alcove.hub.options import TransferOptions
from alcove.hub.problems import Problem
from alcove.hub.pulse import Pulse
from alcove.hub.receive import Occupied, alone, receive_model
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.hub.repository import Hub
from alcove.hub.space import NoSpace, disk_failure, free_bytes, require_space

_LONGEST_DELAY_S = 60.0
_ATTEMPTS = 8
"""How often a hub that answers, but not with the content, is asked before the user is."""


class Runner:
    """Fetches items for the transfer process; may raise StorageError, and the item stays its."""

    def __init__(self, leases: Leases, options: TransferOptions, send: Send) -> None:
        self._leases = leases
        self._options = options
        self._send = send
        self._cache = Path(options.cache) if options.cache else cache_folder()
        self._pulse: Pulse | None = None

    def run(self, item: Item) -> None:
        """Fetch ``item``, and note in the queue how that ended."""
        try:
            item = self._resolved(item)
            self._leases.finish(item.id, self._fetch(item))
        except Cancelled:
            return  # the user paused or cancelled it, or another process has taken it
        except StorageError:
            raise
        except AlcoveError as error:
            self._note(item, error)
        except OSError as error:
            self._note(item, disk_failure(error, self._missing(item), self._cache))
        finally:
            self._pulse = None

    def release(self) -> None:
        """Note how far the item is, and let others have it; for the end of the process."""
        if pulse := self._pulse:
            pulse.line.note()
            pulse.beat()
        self._leases.release()

    def wake(self) -> None:
        """Let the items go on for which the disk has room now."""
        for item in self._leases.lacking_space():
            if self._missing(item) <= free_bytes(self._cache):
                self._leases.has_space(item.id)

    def sweep(self) -> None:
        """Delete what was received of cancelled items and no other one needs."""
        for item in self._leases.cancelled():
            with suppress(Occupied):  # whoever writes it is about to stop
                self._discard(item)
                self._leases.forget(item.id)

    def _fetch(self, item: Item) -> tuple[Path, ...]:
        model = item.model
        assert model is not None
        present = {file.path: present_bytes(model, file, self._cache) for file in model.files}
        require_space(model.size_bytes - sum(present.values()), self._cache)
        with Pulse(
            item.id,
            Meter(model, present),
            Line(self._options.stall_s),
            self._leases,
            self._cache,
            self._send,
            self._end if self._options.xet else lambda: None,
        ) as self._pulse:
            return receive_model(model, self._cache, self._options, self._pulse)

    def _end(self) -> None:
        """End the process: native code that receives a file cannot be interrupted."""
        os._exit(0)

    def _resolved(self, item: Item) -> Item:
        """Return the item with what the hub says of it, which is asked once."""
        known = None if item.is_outdated else item.model
        if known is not None and item.found is not None:
            return item
        model = known or self._asked(item)
        found = self._found(item, model)
        self._leases.resolved(item.id, model, found)
        if known is None:
            with suppress(Occupied):
                self._discard(item)  # what its publisher replaced
        return replace(item, model=model, size_bytes=model.size_bytes, found=found)

    def _asked(self, item: Item) -> RemoteModel:
        hub = Hub(self._options.network)
        model = hub.resolve(item.repository, item.file or None, item.revision)
        return hub.with_projector(model) if item.projector else model

    def _found(self, item: Item, model: RemoteModel) -> frozenset[str]:
        """Return the hashes of what is there of ``model`` and was not received for ``item``."""
        received = set() if item.found is None else _hashes(_files(item)) - item.found
        whole = (
            file
            for file in model.files
            if present_bytes(model, file, self._cache) == file.size_bytes
        )
        return _hashes(whole) - received

    def _note(self, item: Item, error: AlcoveError) -> None:
        problem = Problem.of(error)
        delay = _delay(item.attempts)
        if isinstance(error, NoSpace):
            self._leases.lack_space(item.id, problem, error.missing_bytes, delay)
        elif isinstance(error, OfflineError):
            self._leases.postpone(item.id, problem, delay, "offline")
        elif isinstance(error, BusyError) and item.attempts < _ATTEMPTS:
            self._leases.postpone(item.id, problem, max(delay, error.retry_after_s or 0.0))
        elif isinstance(error, Occupied):
            self._leases.postpone(item.id, problem, delay)
        else:
            self._leases.fail(item.id, problem)

    def _missing(self, item: Item) -> int:
        if item.model is None:
            return max(item.size_bytes, 1)
        files = item.model.files
        return sum(file.size_bytes - present_bytes(item.model, file, self._cache) for file in files)

    def _discard(self, item: Item) -> None:
        """Delete what was received for ``item``, unless the queue or another name needs it still.

        What cannot be deleted stays. Raises Occupied.
        """
        if item.model is None:
            return
        folder = RepositoryFolder(self._cache, item.repository)
        needed = _hashes(file for other in self._leases.others() for file in _files(other))
        for file in item.model.files:
            if file.sha256 is None or file.sha256 in needed:
                continue
            with suppress(OSError), alone(folder.lock(file.sha256), file):
                for path in folder.unfinished(file.sha256):
                    path.unlink(missing_ok=True)
                if item.found is not None and file.sha256 not in item.found:
                    folder.remove(file.sha256, folder.pointer(item.model.revision, file.path))


def _files(item: Item) -> tuple[RemoteFile, ...]:
    return item.model.files if item.model else ()


def _hashes(files: Iterable[RemoteFile]) -> frozenset[str]:
    return frozenset(file.sha256 for file in files if file.sha256)


def _delay(attempts: int) -> float:
    """Return how long to wait after so many attempts: twice as long each time, never the same."""
    return min(_LONGEST_DELAY_S, 2.0**attempts) * random.uniform(0.5, 1.0)
