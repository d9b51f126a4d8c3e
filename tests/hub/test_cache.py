from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
from filelock import FileLock, Timeout

from alcove.errors import StorageError
from alcove.hub.cache import cached_files, foresee
from alcove.hub.layout import RepositoryFolder, cache_folder
from alcove.hub.repository import Hub
from alcove.network import Network
from hub.fetching import fetch
from local_hub import LocalHub

REPOSITORY = "some/Model-GGUF"


def put(cache: Path, repository: str, commit: str, file: str, content: bytes, sha: str) -> Path:
    """Put a file into the cache the way huggingface_hub does."""
    folder = RepositoryFolder(cache, repository)
    blob = folder.blob(sha)
    blob.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(content)
    pointer = folder.pointer(commit, file)
    folder.place(sha, pointer)
    return pointer


def delete(cache: Path, repository: str, paths: list[Path]) -> None:
    foresee(cache, repository, paths).execute()


@pytest.fixture
def cache() -> Path:
    return cache_folder()


def test_the_cache_is_where_the_environment_says(tmp_path: Path) -> None:
    assert cache_folder({"HF_HOME": "/a"}) == Path("/a/hub")
    assert cache_folder({"HF_HOME": "/a", "HUGGINGFACE_HUB_CACHE": "/c"}) == Path("/c")
    assert cache_folder({"HF_HUB_CACHE": "/b", "HUGGINGFACE_HUB_CACHE": "/c"}) == Path("/b")
    assert cache_folder({"XDG_CACHE_HOME": "/x"}) == Path("/x/huggingface/hub")
    assert cache_folder({}) == Path("~/.cache/huggingface/hub").expanduser()
    assert cache_folder() == tmp_path / "huggingface" / "hub"


def test_no_cache_holds_nothing(cache: Path) -> None:
    assert cached_files(cache) == []


def test_only_ggufs_are_listed_and_main_comes_first(cache: Path) -> None:
    old = put(cache, REPOSITORY, "0" * 40, "m-Q4_0.gguf", b"old", "a" * 64)
    new = put(cache, REPOSITORY, "1" * 40, "sub/m-Q4_0.gguf", b"new", "b" * 64)
    put(cache, REPOSITORY, "1" * 40, "README.md", b"text", "c" * 64)
    eyes = put(cache, REPOSITORY, "1" * 40, "mmproj-F16.gguf", b"eyes", "d" * 64)
    gone = put(cache, REPOSITORY, "1" * 40, "m-Q8_0.gguf", b"gone", "e" * 64)
    gone.resolve().unlink()
    (cache / "datasets--some--data" / "snapshots").mkdir(parents=True)
    (cache / "models--broken").mkdir()
    for commit in ("0" * 40, "1" * 40):
        RepositoryFolder(cache, REPOSITORY).set_branch("main", commit)
        found = cached_files(cache)
        assert {(one.revision, one.file, one.path) for one in found} == {
            ("0" * 40, "m-Q4_0.gguf", old),
            ("1" * 40, "sub/m-Q4_0.gguf", new),
            ("1" * 40, "mmproj-F16.gguf", eyes),
        }
        assert found[0].revision == commit
        assert {one.repository for one in found} == {REPOSITORY}


def test_only_models_are_looked_into(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        commit = f"{number:040}"
        put(cache, f"some/model-{number}", commit, "m-Q4_0.gguf", b"x", "a" * 64)
        data = cache / f"datasets--some--{number}" / "snapshots" / commit
        data.mkdir(parents=True)
        for row in range(40):
            (data / str(row)).touch()
    looked: list[Path] = []
    scandir = os.scandir

    def noted(path: Path) -> Iterator[os.DirEntry[str]]:
        looked.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", noted)
    assert len(cached_files(cache)) == 50
    assert looked
    assert not [path for path in looked if "datasets--" in str(path)]


def test_delete_takes_what_is_named_and_nothing_else(
    local_hub: LocalHub, cache: Path, tmp_path: Path
) -> None:
    for name in ("m-Q4_0.gguf", "m-Q8_0.gguf"):
        path = tmp_path / name
        path.write_text(name)
        local_hub.add(REPOSITORY, name, path)
    network = Network(endpoint=local_hub.endpoint)
    small, large = (
        fetch(Hub(network).resolve(REPOSITORY, name), network)[0] for name in ("Q4_0", "Q8_0")
    )
    other = put(cache, REPOSITORY, "1" * 40, "m-Q4_0.gguf", b"another content", "a" * 64)
    blob = small.resolve()
    delete(cache, REPOSITORY, [small])
    assert not small.is_symlink()
    assert not blob.exists()
    assert large.read_text() == "m-Q8_0.gguf"
    assert other.read_bytes() == b"another content"
    assert huggingface_hub.scan_cache_dir(cache).warnings == []


def test_delete_frees_content_that_two_revisions_share(cache: Path) -> None:
    first = put(cache, REPOSITORY, "0" * 40, "m.gguf", b"content", "a" * 64)
    second = put(cache, REPOSITORY, "1" * 40, "m.gguf", b"content", "a" * 64)
    blob = first.resolve()
    delete(cache, REPOSITORY, [first])
    assert not blob.exists()
    assert not second.is_symlink()


def test_delete_says_what_it_cannot_find(cache: Path) -> None:
    put(cache, "other/repository", "0" * 40, "m.gguf", b"content", "a" * 64)
    with pytest.raises(StorageError, match="some/Model-GGUF is not in the cache"):
        delete(cache, REPOSITORY, [cache / "m.gguf"])


def test_a_home_of_a_user_that_does_not_exist_is_a_folder_like_any() -> None:
    assert cache_folder({"HF_HOME": "~nobody-at-all/a"}) == Path("~nobody-at-all/a/hub")


def test_delete_without_a_cache(cache: Path) -> None:
    with pytest.raises(StorageError, match="not in the cache"):
        delete(cache, REPOSITORY, [cache / "m.gguf"])


def test_delete_what_may_not_be_deleted(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(cache, REPOSITORY, "0" * 40, "m.gguf", b"content", "a" * 64)

    def refuse(self: Path, **_options: bool) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "unlink", refuse)  # a test that runs as root is refused nothing
    with pytest.raises(StorageError, match=r"m\.gguf cannot be deleted: Permission denied\. Check"):
        delete(cache, REPOSITORY, [path])
    assert path.exists()


def test_nobody_downloads_what_is_being_deleted(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(cache, REPOSITORY, "0" * 40, "m.gguf", b"content", "a" * 64)
    lock = RepositoryFolder(cache, REPOSITORY).lock("a" * 64)
    unlink, tried = Path.unlink, list[Path]()

    def download_meanwhile(self: Path, missing_ok: bool = False) -> None:
        with pytest.raises(Timeout), FileLock(lock, timeout=0):
            pass
        tried.append(self)
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", download_meanwhile)
    delete(cache, REPOSITORY, [path])
    assert path in tried
    assert not path.is_symlink()
    with FileLock(lock, timeout=0):
        pass
