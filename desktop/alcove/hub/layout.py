"""Where the Hugging Face cache keeps the files of a repository.

``blobs/<sha256>`` holds content, ``snapshots/<commit>/<path>`` names that lead there, and
``refs/<branch>`` the commit that a branch led to.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from huggingface_hub.file_download import are_symlinks_supported, repo_folder_name

from alcove.errors import HubError, Remedy
from alcove.hub.remote import RemoteFile, RemoteModel, stays_inside
from alcove.i18n import _
from alcove.paths import expanded


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Return the Hugging Face cache as HF_HUB_CACHE, HF_HOME and the like say now."""
    variables = os.environ if environment is None else environment
    if folder := variables.get("HF_HUB_CACHE") or variables.get("HUGGINGFACE_HUB_CACHE"):
        return _expanded(folder)
    if home := variables.get("HF_HOME"):
        return _expanded(home) / "hub"
    return _expanded(variables.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface" / "hub"


class RepositoryFolder:
    """The folder of one repository in the cache."""

    def __init__(self, cache: Path, repository: str) -> None:
        self.cache = cache
        self._repository = repository
        self.path = cache / repo_folder_name(repo_id=repository, repo_type="model")

    def blob(self, sha256: str) -> Path:
        """Return where content lies once it is complete."""
        return self.path / "blobs" / sha256

    def part(self, sha256: str) -> Path:
        """Return where content is collected until then."""
        return self.path / "blobs" / f"{sha256}.incomplete"

    def quarantine(self, sha256: str) -> Path:
        """Return where content lies that came in place of the right one."""
        return self.path / "blobs" / f"{sha256}.mismatch"

    def orphans(self, sha256: str) -> list[Path]:
        """Return what processes of huggingface_hub left that ended while they wrote the content."""
        return list((self.path / "blobs").glob(f"{sha256}.*.incomplete"))

    def unfinished(self, sha256: str) -> list[Path]:
        """Return all that there may be of content that is not whole and right."""
        return [self.part(sha256), self.quarantine(sha256), *self.orphans(sha256)]

    def lock(self, sha256: str) -> Path:
        """Return the file that huggingface_hub locks while it writes the content."""
        return self.cache / ".locks" / self.path.name / f"{sha256}.lock"

    def pointer(self, commit: str, file: str) -> Path:
        """Return the path under which programs find ``file``; raises HubError for no such name."""
        return self._below("snapshots", commit, file)

    def place(self, sha256: str, pointer: Path) -> None:
        """Give complete content the name ``pointer``."""
        blob = self.blob(sha256)
        pointer.parent.mkdir(parents=True, exist_ok=True)
        pointer.unlink(missing_ok=True)
        if are_symlinks_supported(self.cache):
            pointer.symlink_to(os.path.relpath(blob, pointer.parent))
        else:
            blob.replace(pointer)

    def remove(self, sha256: str, pointer: Path) -> None:
        """Delete the name ``pointer``, and the content if no other name leads to it."""
        pointer.unlink(missing_ok=True)
        blob = self.blob(sha256)
        names = (self.path / "snapshots").rglob("*")
        if os.path.realpath(blob) not in map(os.path.realpath, names):
            blob.unlink(missing_ok=True)

    def set_branch(self, branch: str, commit: str) -> None:
        """Note the commit that ``branch`` leads to, for programs that are offline.

        Raises HubError for a name that no branch can have.
        """
        reference = self._below("refs", branch)
        reference.parent.mkdir(parents=True, exist_ok=True)
        reference.write_text(commit, encoding="utf-8")

    def _below(self, *names: str) -> Path:
        for name in names:
            if not stays_inside(name):
                raise HubError(
                    _("The name {name} is no place in the cache of {repository}.").format(
                        name=name, repository=self._repository
                    ),
                    _("Choose another model, or another revision."),
                    Remedy.CHOOSE_MODEL,
                )
        return self.path.joinpath(*names)


def present_bytes(model: RemoteModel, file: RemoteFile, cache: Path) -> int:
    """Return how many bytes of ``file`` are in the cache already."""
    folder = RepositoryFolder(cache, model.repository)
    if size_of(folder.pointer(model.revision, file.path)) == file.size_bytes:
        return file.size_bytes
    if file.sha256 is None:
        return 0
    if size_of(folder.blob(file.sha256)) == file.size_bytes:
        return file.size_bytes
    return min(file.size_bytes, size_of(folder.part(file.sha256)))


def size_of(path: Path) -> int:
    """Return the size of the file ``path`` in bytes, 0 if there is none to be seen."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _expanded(folder: str) -> Path:
    return expanded(os.path.expandvars(folder))
