"""Receiving files into the Hugging Face cache: resumed where they broke off, checked, put in place.

huggingface_hub's own download begins anew each time (its partial files are of one process alone),
so the bytes of large files are fetched here; locks and layout are those of huggingface_hub.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alcove.errors import Remedy, TransferError
from alcove.hub.digest import RunningDigest
from alcove.hub.layout import RepositoryFolder, size_of
from alcove.hub.limiter import Limiter
from alcove.hub.locks import held
from alcove.hub.options import TransferOptions
from alcove.hub.part import PartReceiver
from alcove.hub.pulse import Pulse
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.hub.space import free_bytes
from alcove.hub.whole import receive_whole
from alcove.i18n import _

_LOCK_WAIT_S = 10.0
_ATTEMPTS = 2
"""How often a file is fetched whose content is not what the hub announced."""


class Occupied(TransferError):
    """Another program writes the same content now."""


def receive_model(
    model: RemoteModel, cache: Path, options: TransferOptions, pulse: Pulse
) -> tuple[Path, ...]:
    """Bring all files of ``model`` into ``cache`` and return their paths, in order.

    Files that are there are compared with the hub's hashes, and fetched again if they differ.
    Raises HubError or TransferError, what ends the transfer (see Pulse), and OSError; what was
    received stays for the next time.
    """
    folder = RepositoryFolder(cache, model.repository)
    receiver = _Receiver(model, options, folder, pulse, Limiter(options.limit, pulse.stopped.wait))
    paths = tuple(receiver.receive(file) for file in model.files)
    if model.branch is not None:
        folder.set_branch(model.branch, model.revision)
    return paths


@dataclass(frozen=True)
class _Receiver:
    model: RemoteModel
    options: TransferOptions
    folder: RepositoryFolder
    pulse: Pulse
    limiter: Limiter

    def receive(self, file: RemoteFile) -> Path:
        if file.sha256 is None:
            return receive_whole(self.model, file, self.options.network, self.folder, self.pulse)
        pointer = self.folder.pointer(self.model.revision, file.path)
        lock = self.folder.lock(file.sha256)
        with alone(lock, file, _LOCK_WAIT_S):
            if pointer.exists() and not self._is_intact(pointer, file):
                pointer.resolve().unlink()
            for orphan in self.folder.orphans(file.sha256):
                orphan.unlink(missing_ok=True)
            if not pointer.exists() and not self.options.xet:
                self._receive_blob(file, file.sha256)
                self.folder.place(file.sha256, pointer)
        if not pointer.exists():
            self._receive_by_xet(file, file.sha256)  # which takes the lock itself
        return pointer

    def _receive_blob(self, file: RemoteFile, sha256: str) -> None:
        blob, part = self.folder.blob(sha256), self.folder.part(sha256)
        if blob.exists() and self._is_intact(blob, file):
            return
        part.parent.mkdir(parents=True, exist_ok=True)
        receiver = PartReceiver(self.model, self.options.network, self.pulse, self.limiter)
        for _attempt in range(_ATTEMPTS):
            if size_of(part) > file.size_bytes:
                part.unlink()
            if receiver.receive(file, part) == sha256:
                _settle(part, blob)
                self.folder.quarantine(sha256).unlink(missing_ok=True)
                return
            self._set_aside(part, self.folder.quarantine(sha256), file)
        raise _mismatch(file, self.folder.quarantine(sha256))

    def _receive_by_xet(self, file: RemoteFile, sha256: str) -> None:
        for _attempt in range(_ATTEMPTS):
            path = receive_whole(self.model, file, self.options.network, self.folder, self.pulse)
            if self._is_intact(path, file):
                return
            self._set_aside(path.resolve(), self.folder.quarantine(sha256), file)
            path.unlink(missing_ok=True)
        raise _mismatch(file, self.folder.quarantine(sha256))

    def _set_aside(self, part: Path, quarantine: Path, file: RemoteFile) -> None:
        """Keep wrong content apart, unless the right one needs the room."""
        part.replace(quarantine)
        if free_bytes(quarantine.parent) < file.size_bytes:
            quarantine.unlink()

    def _is_intact(self, path: Path, file: RemoteFile) -> bool:
        if size_of(path) != file.size_bytes:
            return False
        with RunningDigest(path, partial(self.pulse.verified, file.path)) as digest:
            return digest.finish(file.size_bytes) == file.sha256


def _settle(part: Path, blob: Path) -> None:
    """Give complete content its name, but not before it is on the disk."""
    with part.open("r+b") as file:
        os.fsync(file.fileno())
    part.replace(blob)


def _mismatch(file: RemoteFile, quarantine: Path) -> TransferError:
    return TransferError(
        _("What the hub sent as {file} is twice not what it announced.").format(file=file.path),
        _(
            "Download it again; if that fails too, try another network. What came is kept apart "
            "as {path} until then."
        ).format(path=quarantine)
        if quarantine.exists()
        else _("Download it again; if that fails too, try another network."),
        Remedy.DOWNLOAD_AGAIN,
    )


@contextmanager
def alone(lock: Path, file: RemoteFile, wait_s: float = 0.0) -> Iterator[None]:
    """Hold ``lock``, which huggingface_hub respects; raises Occupied if another one does."""
    with ExitStack() as stack:
        try:
            stack.enter_context(held(lock, wait_s))
        except TimeoutError as error:
            raise Occupied(
                _("Another program is downloading {file} now.").format(file=file.path),
                _("It goes on when that is done; if there is none, delete {lock}.").format(
                    lock=lock
                ),
                Remedy.RETRY,
            ) from error
        yield
