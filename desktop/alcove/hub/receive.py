"""Receiving files into the Hugging Face cache: resumed where they broke off, checked, put in place.

huggingface_hub's own download begins anew each time (its partial files are of one process alone),
so the bytes of large files are fetched here; locks and layout are those of huggingface_hub.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]

from alcove.errors import HubError, Remedy, TransferError
from alcove.hub.client import api, open_range
from alcove.hub.failures import hub_failures
from alcove.hub.layout import RepositoryFolder, size_of
from alcove.hub.remote import Phase, RemoteFile, RemoteModel
from alcove.i18n import _
from alcove.network import Network

Report = Callable[[Phase, str, int], None]
"""Called with what happens to which file, and how many of its bytes that is done with."""

_RANGE_BYTES = 1024**3  # the hub's CDN refuses to send more than 50 GB in one answer
_BLOCK_BYTES = 1024**2
_PAUSES_S = (1.0, 2.0, 4.0, 8.0)
_LOCK_WAIT_S = 10.0


def receive_model(
    model: RemoteModel, network: Network, cache: Path, report: Report
) -> tuple[Path, ...]:
    """Bring all files of ``model`` into ``cache`` and return their paths, in order.

    Files that are there are compared with the hub's hashes, and fetched again if they differ.
    Raises HubError or TransferError; what was received stays for the next time.
    """
    folder = RepositoryFolder(cache, model.repository)
    receiver = _Receiver(model, network, folder, report)
    paths = tuple(receiver.receive(file) for file in model.files)
    if model.branch is not None:
        folder.set_branch(model.branch, model.revision)
    return paths


@dataclass(frozen=True)
class _Receiver:
    model: RemoteModel
    network: Network
    folder: RepositoryFolder
    report: Report

    def receive(self, file: RemoteFile) -> Path:
        if file.sha256 is None:
            return self._receive_small(file)
        pointer = self.folder.pointer(self.model.revision, file.path)
        with _alone(self.folder.lock(file.sha256), file):
            if pointer.exists() and not self._is_intact(pointer, file):
                pointer.resolve().unlink()
            if not pointer.exists():
                self._receive_blob(file, file.sha256)
                self.folder.place(file.sha256, pointer)
        return pointer

    def _receive_small(self, file: RemoteFile) -> Path:
        """Leave a file that is not in LFS, and has no SHA-256, to huggingface_hub."""
        self.report("receiving", file.path, 0)
        why = _("download of {file}").format(file=file.path)
        with (
            hub_failures(self.network.endpoint, self.model.repository),
            api(self.network, why) as hub,
        ):
            path = hub.hf_hub_download(
                self.model.repository,
                file.path,
                revision=self.model.revision,
                cache_dir=self.folder.cache,
            )
        self.report("receiving", file.path, file.size_bytes)
        return Path(path)

    def _receive_blob(self, file: RemoteFile, sha256: str) -> None:
        blob, part = self.folder.blob(sha256), self.folder.part(sha256)
        if blob.exists() and self._is_intact(blob, file):
            return
        part.parent.mkdir(parents=True, exist_ok=True)
        if size_of(part) > file.size_bytes:
            part.unlink()
        self._receive_part(file, part)
        if not self._is_intact(part, file):
            part.unlink()
            raise TransferError(
                _("What the hub sent as {file} is not what it announced; it was deleted.").format(
                    file=file.path
                ),
                _("Download it again; if that fails too, try another network."),
                Remedy.DOWNLOAD_AGAIN,
            )
        part.replace(blob)

    def _receive_part(self, file: RemoteFile, part: Path) -> None:
        """Go on through failures that may pass, but only once something was received."""
        begun = file != self.model.files[0]
        failures = 0
        while (have := size_of(part)) < file.size_bytes:
            try:
                self._receive_range(file, part)
            except HubError as error:
                if size_of(part) > have:
                    begun, failures = True, 0
                passing = begun and Remedy.RETRY in error.remedies
                if not passing or failures == len(_PAUSES_S):
                    raise
                time.sleep(_PAUSES_S[failures])
                failures += 1

    def _receive_range(self, file: RemoteFile, part: Path) -> None:
        with part.open("ab") as output:
            start = output.tell()
            end = min(start + _RANGE_BYTES, file.size_bytes)
            self.report("receiving", file.path, start)
            with open_range(self.network, self.model, file, start, end) as response:
                for block in response.iter_raw():
                    output.write(block)
                    output.flush()  # this process may be ended at any time
                    self.report("receiving", file.path, output.tell())

    def _is_intact(self, path: Path, file: RemoteFile) -> bool:
        if size_of(path) != file.size_bytes:
            return False
        digest = hashlib.sha256()
        with path.open("rb") as source:
            while block := source.read(_BLOCK_BYTES):
                digest.update(block)
                self.report("verifying", file.path, source.tell())
        return digest.hexdigest() == file.sha256


@contextmanager
def _alone(lock: Path, file: RemoteFile) -> Iterator[None]:
    """Hold ``lock``, which huggingface_hub respects; raises TransferError if another one does."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(WeakFileLock(lock, timeout=_LOCK_WAIT_S))
        except TimeoutError as error:
            raise TransferError(
                _("Another program is downloading {file} now.").format(file=file.path),
                _("Wait until it is done, then try again; if there is none, delete {lock}.").format(
                    lock=lock
                ),
                Remedy.RETRY,
            ) from error
        yield
