"""The models that lie in the Hugging Face cache, whoever downloaded them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from huggingface_hub import CachedRepoInfo, CacheNotFound, DeleteCacheStrategy, scan_cache_dir

from alcove.errors import Remedy, StorageError, reason
from alcove.gguf.names import is_gguf
from alcove.hub.layout import RepositoryFolder
from alcove.hub.locks import held
from alcove.i18n import _

_PREFIX = "models--"


@dataclass(frozen=True)
class CachedFile:
    """A GGUF in the cache. ``file`` is its path in the repository, ``path`` on this machine."""

    repository: str
    revision: str
    file: str
    path: Path


def cached_files(cache: Path) -> list[CachedFile]:
    """Return the GGUFs in ``cache``, by repository and revision; main revisions come first.

    It looks at names alone and at no other kind of file, which takes milliseconds where
    huggingface_hub's own scan visits every file of every data set.
    """
    return [file for folder in sorted(cache.glob(f"{_PREFIX}*")) for file in _files_of(folder)]


@dataclass(frozen=True)
class Deletion:
    """What is deleted of a repository in the cache: names, and the ``contents`` they lead to.

    ``freed_bytes`` is what comes free: content that has another name elsewhere (a hard link) stays.
    """

    names: frozenset[Path]
    contents: frozenset[Path]
    freed_bytes: int
    execute: Callable[[], None]
    """Deletes it; raises StorageError where that is not allowed."""


def foresee(
    cache: Path, repository: str, paths: Iterable[Path], kept: Iterable[Path] = ()
) -> Deletion:
    """Say what it means to delete the cached files ``paths`` of ``repository``.

    The same content under the same name in other revisions goes too, or no space would come free,
    unless one of ``kept`` leads to it: what other models consist of stays. Raises StorageError if
    huggingface_hub does not understand the cache, or if something of the repository is being
    downloaded.
    """
    paths, kept = frozenset(paths), frozenset(kept)
    with _undisturbed(repository, _locks(cache, repository)):
        strategy, contents = _strategy(cache, repository, paths, kept)
    return Deletion(
        names=strategy.files,
        contents=contents,
        freed_bytes=sum(_freed(content) for content in contents),
        execute=partial(_execute, cache, repository, paths, kept),
    )


def name_of(path: Path) -> Path:
    """Return ``path`` as a Deletion names it: its folders are no links, it may be one itself."""
    return Path(os.path.realpath(path.parent)) / path.name


def _strategy(
    cache: Path, repository: str, paths: frozenset[Path], kept: frozenset[Path]
) -> tuple[DeleteCacheStrategy, frozenset[Path]]:
    """Return what huggingface_hub has to do, and the contents that go with it."""
    try:
        info = scan_cache_dir(cache)
    except CacheNotFound as error:
        raise _not_there(cache, repository) from error
    repositories = [repo for repo in info.repos if _is_model(repo, repository)]
    if not repositories:
        raise _not_there(cache, repository)
    own, others = set(map(name_of, paths)), set(map(name_of, kept))
    shared = set(map(_content, kept))
    named = {(path.name, _content(path)) for path in paths if _content(path) not in shared}
    files = [
        file
        for repo in repositories
        for revision in repo.revisions
        for file in revision.files
        if file.file_path in own or (file.file_name, _content(file.file_path)) in named
        if file.file_path not in others
    ]
    strategy = info.delete_files(*files)
    plain = {file.blob_path for file in files if not file.file_path.is_symlink()}
    return strategy, strategy.blobs | plain


def _execute(cache: Path, repository: str, paths: frozenset[Path], kept: frozenset[Path]) -> None:
    locks = [RepositoryFolder(cache, repository).lock(_content(path).name) for path in paths]
    with _undisturbed(repository, {*_locks(cache, repository), *locks}):
        strategy, _contents = _strategy(cache, repository, paths, kept)
        try:
            strategy.execute()
        except OSError as error:
            raise StorageError(
                _("{path} cannot be deleted: {reason}.").format(
                    path=error.filename or cache, reason=reason(error)
                ),
                _("Check the permissions of its folder, and whether a program is using the model."),
                Remedy.RETRY,
            ) from error


def _content(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _freed(content: Path) -> int:
    """Return the bytes that come free with a file's last name in the cache."""
    try:
        status = content.stat()
    except OSError:
        return 0
    return status.st_size if status.st_nlink < 2 else 0


def _locks(cache: Path, repository: str) -> list[Path]:
    """Return the locks of huggingface_hub's that there are on files of the repository."""
    return list(RepositoryFolder(cache, repository).lock("x").parent.glob("*.lock"))


@contextmanager
def _undisturbed(repository: str, locks: Iterable[Path]) -> Iterator[None]:
    """Hold ``locks``, so that nobody downloads; raises StorageError if somebody does."""
    with ExitStack() as stack:
        for path in locks:
            try:
                stack.enter_context(held(path))
            except TimeoutError as error:
                raise _being_downloaded(repository) from error
            except OSError:  # no permission
                continue
        yield


def _being_downloaded(repository: str) -> StorageError:
    return StorageError(
        _("{repository} is being downloaded.").format(repository=repository),
        _("Wait for the download, or cancel it, then delete the model."),
        Remedy.RETRY,
    )


def _not_there(cache: Path, repository: str) -> StorageError:
    return StorageError(
        _("{repository} is not in the cache {folder}, or its folder there is damaged.").format(
            repository=repository, folder=cache
        ),
        _("Look at the folder, or run `hf cache prune`."),
        Remedy.RETRY,
    )


def _files_of(folder: Path) -> Iterator[CachedFile]:
    repository = folder.name.removeprefix(_PREFIX).replace("--", "/")
    for snapshot in _snapshots(folder):
        for path in sorted(snapshot.rglob("*.[gG][gG][uU][fF]*")):
            file = path.relative_to(snapshot).as_posix()
            if is_gguf(file) and path.is_file():
                yield CachedFile(repository, snapshot.name, file, path)


def _snapshots(folder: Path) -> list[Path]:
    """Return the snapshots of a repository; the one that its main branch leads to comes first."""
    try:
        main = (folder / "refs" / "main").read_text(encoding="utf-8").strip()
    except OSError:
        main = ""
    try:
        snapshots = [path for path in (folder / "snapshots").iterdir() if path.is_dir()]
    except OSError:
        return []
    return sorted(snapshots, key=lambda path: (path.name != main, -path.stat().st_mtime))


def _is_model(repo: CachedRepoInfo, repository: str) -> bool:
    return repo.repo_type == "model" and repo.repo_id == repository
