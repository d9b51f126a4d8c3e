"""The skeleton of every model: from its file, from what was kept, or from the hub."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import TypeAlias

from alcove.catalog.layout import Build
from alcove.catalog.layouts import load_builds
from alcove.catalog.model import Quantization
from alcove.catalog.rebuild import rebuild
from alcove.fit.dryrun.store import SkeletonStore
from alcove.gguf.skeleton import Skeleton, read_skeleton, skeleton_of
from alcove.hub.headers import Report, fetch_parts
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.library.installed import InstalledModel
from alcove.library.references import Reference
from alcove.network import Network

Known: TypeAlias = Quantization | RemoteModel | Reference
"""What can name a model that is not on this machine."""

_REMEMBERED = 128
_TOKENIZER = "with its tokenizer"


class Skeletons:
    """Gives skeletons, each read or fetched once; any thread may ask.

    What was fetched is kept in ``store``, for the next start and for when there is no network.
    ``network`` gives the door to it as it is at that moment. ``builds`` tells how files of the
    catalog can be rebuilt.
    """

    def __init__(
        self,
        store: SkeletonStore,
        network: Callable[[], Network],
        builds: Callable[[], Mapping[str, Build]] = load_builds,
    ) -> None:
        self._store = store
        self._network = network
        self._builds = cache(builds)
        self._lock = threading.Lock()
        self._remembered: dict[Hashable, Skeleton] = {}
        self._fetched: tuple[tuple[str, ...], list[bytes]] = ((), [])

    def of_installed(self, model: InstalledModel, *, keep_tokenizer: bool = False) -> Skeleton:
        """Read the skeleton of a model on this machine, anew only if a file has changed.

        Raises ModelFileError.
        """
        key = (_stamp(model), keep_tokenizer)
        if key[0] and (skeleton := self._recall(key)):
            return skeleton
        return self._remember(key, read_skeleton(model.files, keep_tokenizer=keep_tokenizer))

    def known(self, reference: Known, *, keep_tokenizer: bool = False) -> Skeleton | None:
        """Return the skeleton of a model of the hub if it was fetched before; asks nothing of it.

        What the hub last said of a file counts, then what the catalog says.
        """
        return self._find(self._identity(reference), keep_tokenizer)

    def rebuilt(self, model_id: str, quantization: Quantization) -> Skeleton | None:
        """Return the skeleton that a file of the catalog should have; None where that is unknown.

        Raises StorageError if the catalog is damaged.
        """
        key = ("rebuilt", model_id, quantization)
        if skeleton := self._recall(key):
            return skeleton
        build = self._builds().get(model_id)
        return self._remember(key, rebuild(build, quantization)) if build else None

    def of_remote(
        self,
        model: RemoteModel,
        report: Report = lambda _received: None,
        *,
        keep_tokenizer: bool = False,
        asked: Reference | None = None,
    ) -> Skeleton:
        """Return the skeleton of a model of the hub, fetched if it is not known, and keep it.

        ``asked`` is what led to ``model``, and is ``known`` from then on if it is of the main
        branch. ``keep_tokenizer`` is for a model that llama.cpp refuses without; asked for after
        the skeleton of the same model, it fetches nothing again. ``report`` is called with the
        bytes received while something is fetched, and may raise Cancelled. Raises OfflineError and
        the other kinds of HubError, and ModelFileError.
        """
        identity = self._identity(model)
        if asked is not None and asked.revision is None:
            self._store.note(asked.repository, _wish(asked), (model.files[0].path,))
        if skeleton := self._find(identity, keep_tokenizer):
            return skeleton
        parts = self._fetch(model, identity, report)
        skeleton = skeleton_of(parts, model.files[0].path, keep_tokenizer=keep_tokenizer)
        key = _key(identity, keep_tokenizer)
        self._store.keep(key, skeleton)
        return self._remember(key, skeleton)

    def _identity(self, reference: Known) -> tuple[str, ...]:
        """Return what identifies the files that ``reference`` means; empty where that is open."""
        if isinstance(reference, Reference):
            if reference.revision is not None:  # what was noted is of the main branch
                return ()
            led_to = self._store.identity(reference.repository, _wish(reference))
            file = led_to[0] if led_to else reference.wanted or ""
            return self._store.identity(reference.repository, file)
        if isinstance(reference, Quantization):
            noted = self._store.identity(reference.repository, reference.file)
            return noted or _catalogued(reference)
        identity = tuple(_file_identity(reference, file) for file in reference.files)
        if reference.branch == "main":
            self._store.note(reference.repository, reference.files[0].path, identity)
        return identity

    def _find(self, identity: tuple[str, ...], keep_tokenizer: bool) -> Skeleton | None:
        if not identity:
            return None
        key = _key(identity, keep_tokenizer)
        skeleton = self._recall(key) or self._store.find(key)
        return self._remember(key, skeleton) if skeleton else None

    def _fetch(self, model: RemoteModel, identity: tuple[str, ...], report: Report) -> list[bytes]:
        """Fetch the headers, unless they are those that were fetched last."""
        last, parts = self._fetched
        if last != identity:
            parts = fetch_parts(model, self._network, report)
            self._fetched = (identity, parts)
        return parts

    def _recall(self, key: Hashable) -> Skeleton | None:
        with self._lock:
            return self._remembered.get(key)

    def _remember(self, key: Hashable, skeleton: Skeleton) -> Skeleton:
        with self._lock:
            self._remembered.pop(key, None)
            self._remembered[key] = skeleton
            while len(self._remembered) > _REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
        return skeleton


def _key(identity: tuple[str, ...], keep_tokenizer: bool) -> tuple[str, ...]:
    return (*identity, _TOKENIZER) if keep_tokenizer else identity


def _wish(asked: Reference) -> str:
    """Return a name for what was asked for that no file has."""
    return f"wanted: {asked.wanted or ''}"


def _file_identity(model: RemoteModel, file: RemoteFile) -> str:
    """Return the SHA-256 of a file, or else its place in a commit, which never changes either."""
    return file.sha256 or f"{model.repository}@{model.revision}/{file.path}"


def _catalogued(quantization: Quantization) -> tuple[str, ...]:
    if quantization.sha256 and len(quantization.files) == 1:
        return (quantization.sha256,)
    if quantization.revision is None:
        return ()
    place = f"{quantization.repository}@{quantization.revision}"
    return tuple(f"{place}/{file}" for file in quantization.files)


def _stamp(model: InstalledModel) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a file does; empty where one cannot be looked at."""
    try:
        stats = [(str(file), file.stat()) for file in model.files]
    except OSError:
        return ()
    return tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats)
