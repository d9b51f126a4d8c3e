"""The local hub: its repositories, what was asked of it, and what it does wrong on request."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from local_hub.server import CdnHandler, HubHandler, Request, Server


@dataclass(frozen=True)
class StoredFile:
    """A file of a repository, served from ``path``; stored in LFS, as GGUFs are."""

    path: Path
    size: int
    sha256: str


@dataclass
class Repository:
    """The files of one repository by name, all in one commit."""

    gated: bool = False
    downloads: int = 0
    likes: int = 0
    updated: str = "2026-10-01T12:00:00.000Z"
    files: dict[str, StoredFile] = field(default_factory=dict)

    @property
    def commit(self) -> str:
        """A commit hash that changes with the content."""
        content = "".join(f"{name} {file.sha256}\n" for name, file in sorted(self.files.items()))
        return hashlib.sha1(content.encode()).hexdigest()


@dataclass
class Faults:
    """What the hub does wrong; set an attribute and it does so until it is set back."""

    status: int | None = None
    """Answer everything with this status."""
    times: int | None = None
    """Do so this many times, None for ever."""
    retry_after: str | None = None
    """What the header Retry-After says then."""
    garbage: bytes | None = None
    """Answer searches with this."""
    loop: bool = False
    """Redirect downloads to where they were asked for."""
    etag: str | None = None
    """Say that what is downloaded has this hash."""
    other_size: bool = False
    """Say that the file is one byte longer than it is."""
    stop_after: int | None = None
    """Break off the next transfer after so many bytes; happens once."""
    breaks: list[int] = field(default_factory=list)
    """Break off one transfer after the other after so many bytes, every second one abruptly."""
    pause_after: int | None = None
    """Send so many bytes of the next transfer, then wait until ``LocalHub.resume``."""
    bytes_per_second: float | None = None
    """Send no faster than this."""
    corrupt: bool = False
    """Send zeros instead of what the files hold."""
    empty: bool = False
    """Announce the part that was asked for, and send nothing of it."""
    ignore_ranges: bool = False
    """Answer 200 and the whole file, whatever part was asked for."""
    wrong_ranges: bool = False
    """Send the part that begins one byte later than the one that was asked for, and say so."""
    overrun: bool = False
    """Send all of the file from where the part begins, and announce it as the part."""


class LocalHub:
    """Two servers: the hub itself, and the "CDN" on another host that it redirects downloads to.

    A redirect is signed for exactly the range that was asked for, and the CDN refuses whoever sends
    a token along, like the real ones. ``token`` is the only one that opens gated repositories.
    With a ``certificate``, and its key in the same file, both speak HTTPS.
    """

    token = "hf_local"

    def __init__(self, certificate: Path | None = None) -> None:
        self.repositories: dict[str, Repository] = {}
        self.requests: list[Request] = []
        self.faults = Faults()
        self.paused = threading.Event()
        self._resumed = threading.Event()
        self._broken_off = threading.Event()
        self._lock = threading.Lock()
        self._sent: dict[str, int] = {}
        self._written = 0
        self._hub = Server(HubHandler, self, certificate)
        self._cdn = Server(CdnHandler, self, certificate)

    @property
    def endpoint(self) -> str:
        """What HF_ENDPOINT has to say."""
        return f"{self._hub.scheme}://127.0.0.1:{self._hub.server_port}"

    @property
    def cdn(self) -> str:
        """The host that sends the content of files; not the same name as the hub's."""
        return f"{self._cdn.scheme}://localhost:{self._cdn.server_port}"

    def add(self, repository: str, filename: str, path: Path, *, gated: bool = False) -> StoredFile:
        """Serve the file ``path`` as ``filename`` of ``repository``."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        stored = StoredFile(path, path.stat().st_size, digest)
        entry = self.repositories.setdefault(repository, Repository())
        entry.gated = entry.gated or gated
        entry.files[filename] = stored
        return stored

    def bytes_sent(self, filename: str) -> int:
        """Return how many bytes of the content of ``filename`` left so far."""
        with self._lock:
            return sum(
                self._sent.get(repository.files[filename].sha256, 0)
                for repository in self.repositories.values()
                if filename in repository.files
            )

    @property
    def bytes_written(self) -> int:
        """All bytes that were written to sockets so far: heads, answers of the API, content."""
        with self._lock:
            return self._written

    def requests_to(self, part: str) -> list[Request]:
        """Return the requests whose path contains ``part``."""
        with self._lock:
            return [request for request in self.requests if part in request.path]

    def resume(self) -> None:
        """Let a transfer that ``faults.pause_after`` holds go on."""
        self._resumed.set()

    def break_off(self) -> None:
        """Let a transfer that ``faults.pause_after`` holds break off."""
        self._broken_off.set()
        self._resumed.set()

    def start(self) -> Self:
        """Begin to serve."""
        self._hub.start()
        self._cdn.start()
        return self

    def close(self) -> None:
        """Stop serving."""
        self._resumed.set()
        self._hub.stop()
        self._cdn.stop()

    def record(self, request: Request) -> None:
        """Note a request; called by the servers."""
        with self._lock:
            self.requests.append(request)

    def count(self, sha256: str, size: int) -> None:
        """Note bytes that were sent; called by the servers."""
        with self._lock:
            self._sent[sha256] = self._sent.get(sha256, 0) + size

    def count_written(self, size: int) -> None:
        """Note bytes of any kind that were written; called by the servers."""
        with self._lock:
            self._written += size

    def take_status(self) -> int | None:
        """Return the status with which to fail, if one is set; called by the servers."""
        with self._lock:
            if self.faults.times is not None:
                if self.faults.times == 0:
                    return None
                self.faults.times -= 1
            return self.faults.status

    def pause(self) -> bool:
        """Wait until ``resume``, and return whether to go on then; called by the servers."""
        self.paused.set()
        self._resumed.wait(timeout=60)
        self._resumed.clear()
        self.paused.clear()
        goes_on = not self._broken_off.is_set()
        self._broken_off.clear()
        return goes_on

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.close()
