from __future__ import annotations

import hashlib
import os
from pathlib import Path

from alcove.catalog.load import Catalog
from alcove.hub.layout import RepositoryFolder
from alcove.library.index import Index
from alcove.library.installed import InstalledModel
from alcove.library.references import Reference
from alcove.library.scan import installed_models
from alcove.library.targets import find_local
from library.machine_of_files import ollama_pull, put, special_gguf, system_at, without_starter
from local_hub.tiny_gguf import tiny_gguf

QWEN = "registry.ollama.ai/library/qwen3/8b"


def installed(home: Path, *folders: Path, catalog: Catalog | None = None) -> list[InstalledModel]:
    index = Index(home / "alcove.db")
    models = installed_models(catalog or Catalog(()), folders, index, system_at(home))
    return without_starter(models)


def cached(home: Path, repository: str, file: str, content: bytes) -> Path:
    folder = RepositoryFolder(home / ".cache" / "huggingface" / "hub", repository)
    sha256 = hashlib.sha256(content).hexdigest()
    put(folder.blob(sha256), content)
    folder.place(sha256, folder.pointer("0" * 40, file))
    return folder.pointer("0" * 40, file)


def test_one_model_with_all_its_places(tmp_path: Path) -> None:
    content = tiny_gguf(name="Qwen")
    hub = cached(tmp_path, "org/Qwen-GGUF", "q-Q8_0.gguf", content)
    studio = put(tmp_path / ".lmstudio" / "models" / "org" / "Qwen-GGUF" / "q.gguf", content)
    own = put(tmp_path / "own" / "copy.gguf", content)
    blobs = ollama_pull(tmp_path / ".ollama" / "models", QWEN, model=content)
    (model,) = installed(tmp_path, tmp_path / "own")
    assert [(place.source, place.path, place.name) for place in model.places] == [
        ("hub", hub, ""),
        ("folder", own, ""),
        ("lm-studio", studio, ""),
        ("ollama", blobs["model"], "qwen3:8b"),
    ]
    for text in ("qwen3:8b", "org/Qwen-GGUF", "org/qwen-gguf:q8_0", str(hub)):
        assert find_local(text, Catalog(()), [model], lambda one: one.quantizations[0]) == model
    at_path = find_local(str(own), Catalog(()), [model], lambda one: one.quantizations[0])
    assert isinstance(at_path, InstalledModel)
    assert at_path.path == own


def test_one_content_in_two_repositories_answers_to_both(tmp_path: Path) -> None:
    cached(tmp_path, "first/M-GGUF", "a-Q8_0.gguf", tiny_gguf())
    cached(tmp_path, "second/M-GGUF", "b-Q8_0.gguf", tiny_gguf())
    (model,) = installed(tmp_path)
    for text in ("first/M-GGUF", "second/M-GGUF:Q8_0", "second/M-GGUF/b-Q8_0.gguf"):
        assert find_local(text, Catalog(()), [model], lambda one: one.quantizations[0]) == model
    other = find_local("second/M-GGUF:Q4_0", Catalog(()), [model], lambda m: m.quantizations[0])
    assert other == Reference("second/M-GGUF", "Q4_0")


def test_links_and_hard_links_are_the_same_file(tmp_path: Path) -> None:
    first = put(tmp_path / "own" / "a.gguf", tiny_gguf())
    os.link(first, tmp_path / "own" / "b.gguf")
    (tmp_path / "own" / "c.gguf").symlink_to(first)
    (tmp_path / "own" / "loop").symlink_to(tmp_path / "own")
    (model,) = installed(tmp_path, tmp_path / "own")
    assert [place.path.name for place in model.places] == ["a.gguf", "b.gguf", "c.gguf"]


def test_equal_headers_and_other_weights_are_two_models(tmp_path: Path) -> None:
    put(tmp_path / "own" / "a.gguf", special_gguf())
    put(tmp_path / "own" / "b.gguf", special_gguf(weights=b"tuned"))
    copy = put(tmp_path / "own" / "c.gguf", special_gguf(weights=b"tuned"))
    for _look in range(2):  # the second time from what is remembered
        first, second = installed(tmp_path, tmp_path / "own")
        assert first.others == ()
        assert [place.path for place in second.others] == [copy]


def test_a_remembered_likeness_ends_when_a_file_changes(tmp_path: Path) -> None:
    put(tmp_path / "own" / "a.gguf", special_gguf())
    copy = put(tmp_path / "own" / "b.gguf", special_gguf())
    assert len(installed(tmp_path, tmp_path / "own")) == 1
    put(copy, special_gguf(weights=b"tuned"))
    os.utime(copy, ns=(1, 1))
    assert len(installed(tmp_path, tmp_path / "own")) == 2


def test_damaged_copies_are_not_taken_for_the_whole_one(tmp_path: Path) -> None:
    put(tmp_path / "own" / "a.gguf", tiny_gguf())
    put(tmp_path / "own" / "b.gguf", tiny_gguf()[:-4])
    whole, cut = installed(tmp_path, tmp_path / "own")
    assert (whole.damage, whole.others, cut.others) == (None, (), ())
    assert "cut short" in (cut.damage or "")


def test_a_split_model_and_its_copy(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        for number in (1, 2):
            name = f"m-Q4_0-0000{number}-of-00002.gguf"
            put(tmp_path / "own" / folder / name, tiny_gguf(name=f"Part {number}"))
    (model,) = installed(tmp_path, tmp_path / "own")
    assert len(model.files) == 2
    assert [place.path.parent.name for place in model.places] == ["a", "b"]


def test_what_the_catalog_knows_of_one_copy_goes_for_all(catalog: Catalog, tmp_path: Path) -> None:
    known = tmp_path / ".lmstudio" / "models" / "maker" / "Thing-8B-GGUF" / "Thing-8B-Q8_0.gguf"
    put(known, tiny_gguf())
    own = put(tmp_path / "own" / "renamed.gguf", tiny_gguf())
    (model,) = installed(tmp_path, tmp_path / "own", catalog=catalog)
    assert (model.path, model.target, model.catalog_id) == (own, "thing-8b", "thing-8b")
