"""The models that lie in the Hugging Face cache, whoever downloaded them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import CachedRepoInfo, CacheNotFound, scan_cache_dir

from alcove.errors import Remedy, StorageError, reason
from alcove.gguf.names import is_gguf
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


def delete(cache: Path, repository: str, paths: Iterable[Path]) -> None:
    """Delete the cached files ``paths`` of ``repository`` and nothing else of it.

    The same content under the same name in other revisions goes too, or no space would come free.
    Raises StorageError if huggingface_hub does not understand the cache or may not change it.
    """
    try:
        info = scan_cache_dir(cache)
        repositories = [repo for repo in info.repos if _is_model(repo, repository)]
        if not repositories:
            raise _not_there(cache, repository)
        named = {(path.name, path.resolve()) for path in paths}
        files = (file for repo in repositories for rev in repo.revisions for file in rev.files)
        info.delete_files(
            *(file for file in files if (file.file_name, file.file_path.resolve()) in named)
        ).execute()
    except CacheNotFound as error:
        raise _not_there(cache, repository) from error
    except OSError as error:
        raise StorageError(
            _("{path} cannot be deleted: {reason}.").format(
                path=error.filename or cache, reason=reason(error)
            ),
            _("Check the permissions of its folder, and whether a program is using the model."),
            Remedy.RETRY,
        ) from error


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
