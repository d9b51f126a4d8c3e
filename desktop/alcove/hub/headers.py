"""The header of a model that is still on the hub."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

from alcove.errors import Cancelled, HubError, Remedy
from alcove.gguf.cursor import HEADER_LIMIT, NeedMore, damaged
from alcove.gguf.read import cut_short, parse_header
from alcove.hub.client import open_range
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.i18n import _
from alcove.network import Network

_STEP_BYTES = 4_000_000
"""What is asked for at a time, and so the most that comes beyond the end of a header."""

_LATER_PART_BYTES = 256 * 1024
"""The first step into the later parts of a split model, whose headers only list tensors."""

_CONNECTIONS = 4
_HEARTBEAT_S = 0.1

Report = Callable[[int], None]
"""Called with the bytes received so far; what it raises, Cancelled for one, ends the work."""


def fetch_parts(
    model: RemoteModel, network: Callable[[], Network], report: Report = lambda _received: None
) -> list[bytes]:
    """Read the beginning of every file of ``model``, up to the end of its header at least.

    What comes beyond that end is less than 4 MB of each file. Several files are read at once.
    ``report`` is called at least five times a second, whatever the network does, and ``network`` is
    asked as often whether the door is still open. Raises HubError or one of its kinds, and
    ModelFileError if there is no GGUF.
    """
    return _Reception(model, network).receive(report)


class _Reception:
    """The headers of one model on their way, in threads that end with it."""

    def __init__(self, model: RemoteModel, network: Callable[[], Network]) -> None:
        self._model = model
        self._network = network
        self._limit = HEADER_LIMIT + len(model.files) * _STEP_BYTES
        self._received = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._waiting: SimpleQueue[int] = SimpleQueue()
        self._outcomes: SimpleQueue[tuple[int, bytes | Exception]] = SimpleQueue()

    def receive(self, report: Report) -> list[bytes]:
        """Return the beginnings of all files, in order; see ``fetch_parts``."""
        for index in range(len(self._model.files)):
            self._waiting.put(index)
        for _index in range(min(_CONNECTIONS, len(self._model.files))):
            # Not a pool: the program waits at its end for those of a pool, as for a slow network.
            threading.Thread(target=self._work, name="header", daemon=True).start()
        try:
            return self._collect(report)
        finally:
            self._ended.set()

    def _collect(self, report: Report) -> list[bytes]:
        parts: dict[int, bytes] = {}
        while len(parts) < len(self._model.files):
            report(self._received)
            self._network().require()
            with suppress(Empty):
                index, outcome = self._outcomes.get(timeout=_HEARTBEAT_S)
                if isinstance(outcome, Exception):
                    raise outcome
                parts[index] = outcome
        return [parts[index] for index in sorted(parts)]

    def _work(self) -> None:
        with suppress(Empty):
            while not self._ended.is_set():
                index = self._waiting.get_nowait()
                try:
                    self._outcomes.put((index, self._receive_part(self._model.files[index])))
                except Exception as error:  # raised where it is waited for
                    self._outcomes.put((index, error))

    def _receive_part(self, file: RemoteFile) -> bytes:
        limit = min(file.size_bytes, HEADER_LIMIT)
        step = _STEP_BYTES if file == self._model.files[0] else _LATER_PART_BYTES
        data = b""
        while True:
            try:
                header = parse_header(data, file.path)
            except NeedMore as more:
                if len(data) >= limit:
                    raise cut_short(file.path, more.size - len(data)) from None
                end = min(max(more.size, len(data) + step), limit)
                data += self._receive_range(file, len(data), end)
                step = _STEP_BYTES
            else:
                if missing := max(0, header.file_size - file.size_bytes):
                    raise cut_short(file.path, missing)
                return data

    def _receive_range(self, file: RemoteFile, start: int, end: int) -> bytes:
        data = bytearray()
        why = _("header of {file}").format(file=file.path)
        with open_range(self._network(), self._model, file, start, end, why) as response:
            for block in response.iter_raw():
                self._count(len(block), file)
                data += block
                if len(data) > end - start:
                    break
        if data and len(data) != end - start:
            raise HubError(
                _("The hub sent more or less of {file} than it announced.").format(file=file.path),
                _("Try again in a few minutes; if that fails too, try another network."),
                Remedy.RETRY,
            )
        return bytes(data)

    def _count(self, size: int, file: RemoteFile) -> None:
        if self._ended.is_set():
            raise Cancelled
        with self._lock:
            self._received += size
        if self._received > self._limit:
            raise damaged(file.path, _("its header claims to be larger than any header is (64 MB)"))
