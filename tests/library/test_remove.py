from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]

from alcove.catalog.load import Catalog
from alcove.errors import StorageError
from alcove.hub.layout import RepositoryFolder, cache_folder
from alcove.library.installed import InstalledModel
from alcove.library.owners.names import owner_name
from alcove.library.remove import plan_removal
from alcove.library.scan import installed_models
from alcove.library.use import in_use, is_in_use
from library.machine_of_files import ollama_pull, put, remove, special_gguf, without_starter
from local_hub.tiny_gguf import tiny_gguf

REPOSITORY = "maker/Eyed-GGUF"
EYES = special_gguf("clip", "Eyes", "mmproj")


def cached(file: str, content: bytes, commit: str = "0" * 40) -> Path:
    folder = RepositoryFolder(cache_folder(), REPOSITORY)
    sha256 = hashlib.sha256(content).hexdigest()
    put(folder.blob(sha256), content)
    folder.place(sha256, folder.pointer(commit, file))
    return folder.pointer(commit, file)


def installed(*folders: Path) -> list[InstalledModel]:
    return without_starter(installed_models(Catalog(()), folders))


def test_it_says_what_comes_free() -> None:
    path = cached("m-Q8_0.gguf", tiny_gguf())
    removal = plan_removal(installed()[0], [])
    assert path.exists()
    assert removal.freed_bytes == path.stat().st_size
    assert removal.sentence == "This frees 1 kB. The model can be downloaded again."
    assert remove(installed()[0]) == removal.freed_bytes
    assert not path.is_symlink()
    assert installed() == []


def test_a_projector_goes_with_the_last_model_that_has_it() -> None:
    small, large = tiny_gguf(name="Small"), tiny_gguf(name="A larger one")
    cached("m-Q4_0.gguf", small)
    cached("m-Q8_0.gguf", large)
    eyes = cached("mmproj-F16.gguf", EYES)
    first, second = installed()
    assert first.projector == second.projector == eyes
    assert remove(first, [first, second]) == len(small)
    assert eyes.exists()
    assert remove(second, [second]) == len(large) + len(EYES)
    assert not eyes.is_symlink()


def test_a_newer_revision_keeps_the_projector_that_it_shares() -> None:
    old_eyes = cached("mmproj-F16.gguf", EYES)
    old = cached("m-Q8_0.gguf", tiny_gguf(name="Old"))
    eyes = cached("mmproj-F16.gguf", EYES, "1" * 40)
    cached("m-Q8_0.gguf", tiny_gguf(name="New"), "1" * 40)
    models = installed()
    (model,) = (one for one in models if one.path == old)
    assert remove(model, models) == len(tiny_gguf(name="Old"))
    assert not old_eyes.is_symlink()
    (left,) = installed()
    assert (left.projector, eyes.read_bytes()) == (eyes, EYES)


def test_a_part_that_another_revision_shares_stays_there() -> None:
    first, last = "m-Q8_0-00001-of-00002.gguf", "m-Q8_0-00002-of-00002.gguf"
    old = [cached(first, tiny_gguf()), cached(last, tiny_gguf(name="Old"))]
    new = [cached(first, tiny_gguf(), "1" * 40), cached(last, tiny_gguf(name="New"), "1" * 40)]
    models = installed()
    (model,) = (one for one in models if one.path == old[0])
    assert remove(model, models) == len(tiny_gguf(name="Old"))
    assert not any(path.is_symlink() for path in old)
    assert all(path.exists() for path in new)


def test_what_changed_while_the_user_was_asked_is_asked_again(tmp_path: Path) -> None:
    path = cached("m-Q8_0.gguf", tiny_gguf())
    copy = put(tmp_path / "own" / "m.gguf", tiny_gguf())
    (model,) = installed(copy.parent)
    removal = plan_removal(model, [model])
    assert str(copy) in removal.sentence
    copy.unlink()
    with pytest.raises(StorageError, match="has changed meanwhile"):
        removal.execute(installed(copy.parent))
    assert path.read_bytes() == tiny_gguf()
    remove(*installed(copy.parent))
    assert not path.is_symlink()


def test_a_model_that_came_while_the_user_was_asked_keeps_its_projector() -> None:
    eyes = cached("mmproj-F16.gguf", EYES)
    cached("m-Q4_0.gguf", tiny_gguf(name="Small"))
    (model,) = installed()
    removal = plan_removal(model, [model])
    assert removal.freed_bytes == len(tiny_gguf(name="Small")) + len(EYES)
    cached("m-Q8_0.gguf", tiny_gguf(name="A larger one"))
    assert removal.execute(installed()) == len(tiny_gguf(name="Small"))
    assert eyes.read_bytes() == EYES


def test_a_hard_link_keeps_the_content(tmp_path: Path) -> None:
    path = cached("m-Q8_0.gguf", tiny_gguf())
    kept = tmp_path / "own" / "m.gguf"
    kept.parent.mkdir()
    os.link(path.resolve(), kept)
    (model,) = installed(kept.parent)
    removal = plan_removal(model, [])
    assert (removal.freed_bytes, [place.path for place in removal.copies]) == (0, [kept])
    assert "frees no space" in removal.sentence
    assert str(kept) in removal.sentence
    removal.execute([])
    assert kept.read_bytes() == tiny_gguf()
    assert [one.path for one in installed(kept.parent)] == [kept]


def test_links_that_lead_nowhere_then_are_named(tmp_path: Path) -> None:
    path = cached("m-Q8_0.gguf", tiny_gguf())
    link = tmp_path / "own" / "m.gguf"
    link.parent.mkdir()
    link.symlink_to(path)
    removal = plan_removal(installed(link.parent)[0], [])
    assert removal.freed_bytes == len(tiny_gguf())
    assert [place.path for place in removal.dead_links] == [link]
    assert "leads nowhere" in removal.sentence


def test_the_other_revision_of_the_same_file_goes_too() -> None:
    cached("m-Q8_0.gguf", tiny_gguf())
    other = cached("m-Q8_0.gguf", tiny_gguf(), "1" * 40)
    (model,) = installed()
    removal = plan_removal(model, [])
    assert (removal.copies, removal.dead_links) == ((), ())
    removal.execute([])
    assert not other.is_symlink()


def test_a_copy_of_ollama_stays(tmp_path: Path) -> None:
    cached("m-Q8_0.gguf", tiny_gguf())
    store = tmp_path / "home" / ".ollama" / "models"
    blobs = ollama_pull(store, "registry.ollama.ai/library/m/latest", model=tiny_gguf())
    (model,) = installed()
    assert "It stays in: Ollama (m:latest)." in plan_removal(model, []).sentence
    remove(model)
    (left,) = installed()
    assert (left.path, left.removable) == (blobs["model"], False)
    with pytest.raises(StorageError, match="Remove it there: ollama rm m:latest"):
        remove(left)
    assert blobs["model"].exists()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (".lmstudio/models/a/b/m.gguf", "owned by LM Studio. Remove it there"),
        (".local/share/Jan/data/llamacpp/models/m/model.gguf", "owned by Jan. Remove it there"),
        (".local/share/nomic.ai/GPT4All/m.gguf", "owned by GPT4All. Remove it there"),
        (".cache/llama.cpp/m.gguf", "owned by llama.cpp's cache. Delete the file yourself"),
    ],
)
def test_what_others_own_is_theirs_to_delete(tmp_path: Path, place: str, said: str) -> None:
    path = put(tmp_path / "home" / place, tiny_gguf())
    (model,) = installed()
    assert owner_name(model.source) in said
    with pytest.raises(StorageError, match=said):
        remove(model)
    assert path.exists()


def test_a_model_that_is_loaded_stays() -> None:
    path = cached("m-Q8_0.gguf", tiny_gguf())
    (model,) = installed()
    removal = plan_removal(model, [])
    with in_use(model.files):
        with pytest.raises(StorageError, match="is loaded"):
            plan_removal(model, [])
        with pytest.raises(StorageError, match="is loaded"):
            removal.execute([])
    assert path.exists()
    removal.execute([])
    assert not path.exists()


def test_a_program_that_is_killed_uses_nothing_any_more() -> None:
    path = cached("m-Q8_0.gguf", tiny_gguf())
    code = (
        "import sys; from pathlib import Path; from alcove.library.use import in_use\n"
        "with in_use([Path(sys.argv[1])]): print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holding:
        assert holding.stdout is not None
        holding.stdout.readline()
        assert is_in_use([path])
        holding.kill()
        holding.wait()
    assert not is_in_use([path])


def test_a_repository_that_is_being_downloaded_stays() -> None:
    path = cached("m-Q8_0.gguf", tiny_gguf())
    (model,) = installed()
    removal = plan_removal(model, [model])
    lock = RepositoryFolder(cache_folder(), REPOSITORY).lock("a" * 64)
    lock.parent.mkdir(parents=True)
    with WeakFileLock(lock):
        for attempt in (lambda: plan_removal(model, [model]), lambda: removal.execute([model])):
            with pytest.raises(StorageError, match="is being downloaded"):
                attempt()
    assert path.exists()
    removal.execute([model])
    assert not path.is_symlink()


def test_a_cache_that_is_a_link_is_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "another disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "another disk")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "link"))
    paths = [cached("m-Q8_0.gguf", tiny_gguf(), commit * 40) for commit in "01"]
    (model,) = installed()
    removal = plan_removal(model, [model])
    assert (removal.copies, removal.dead_links) == ((), ())
    removal.execute([model])
    assert not any(path.is_symlink() for path in paths)
