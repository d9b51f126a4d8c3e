from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from alcove.catalog.load import Catalog
from alcove.errors import TargetError
from alcove.library.installed import InstalledModel
from alcove.library.owners.system import System
from alcove.library.scan import installed_models, survey
from alcove.library.targets import find_local
from library.machine_of_files import (
    IMAGE,
    ollama_pull,
    put,
    special_gguf,
    system_at,
    without_starter,
)
from local_hub.tiny_gguf import tiny_gguf

QWEN = "registry.ollama.ai/library/qwen3/8b"


def installed(system: System, *folders: Path) -> list[InstalledModel]:
    return without_starter(installed_models(Catalog(()), folders, system=system))


@pytest.mark.parametrize(
    ("source", "place", "platform", "environment"),
    [
        ("llama.cpp", ".cache/llama.cpp/org_repo_m.gguf", "linux", {}),
        ("llama.cpp", "xdg/llama.cpp/m.gguf", "linux", {"XDG_CACHE_HOME": "{home}/xdg"}),
        ("llama.cpp", "Library/Caches/llama.cpp/m.gguf", "darwin", {}),
        ("llama.cpp", "AppData/Local/llama.cpp/m.gguf", "win32", {}),
        ("llama.cpp", "local/llama.cpp/m.gguf", "win32", {"LOCALAPPDATA": "{home}/local"}),
        ("llama.cpp", "elsewhere/m.gguf", "linux", {"LLAMA_CACHE": "~/elsewhere"}),
        ("lm-studio", ".lmstudio/models/org/repo/m.gguf", "win32", {}),
        ("lm-studio", ".cache/lm-studio/models/org/repo/m.gguf", "darwin", {}),
        ("jan", ".local/share/Jan/data/llamacpp/models/m/model.gguf", "linux", {}),
        ("jan", ".config/Jan/data/models/m/m.gguf", "linux", {}),
        (
            "jan",
            "Library/Application Support/Jan/data/llamacpp/models/m/model.gguf",
            "darwin",
            {},
        ),
        ("jan", "AppData/Roaming/Jan/data/llamacpp/models/m/model.gguf", "win32", {}),
        ("gpt4all", ".local/share/nomic.ai/GPT4All/m.gguf", "linux", {}),
        ("gpt4all", "Library/Application Support/nomic.ai/GPT4All/m.gguf", "darwin", {}),
        ("gpt4all", "AppData/Local/nomic.ai/GPT4All/m.gguf", "win32", {}),
        ("gpt4all", ".cache/gpt4all/m.gguf", "linux", {}),
    ],
)
def test_where_programs_keep_models(
    tmp_path: Path, source: str, place: str, platform: str, environment: Mapping[str, str]
) -> None:
    path = put(tmp_path / place, tiny_gguf(name="Mine"))
    variables = {name: value.format(home=tmp_path) for name, value in environment.items()}
    system = system_at(tmp_path, platform, variables)
    (model,) = installed(system)
    assert (model.source, model.path, model.name) == (source, path, "Mine")
    assert not model.removable
    assert path.parent in survey(Catalog(()), [], system=system).folders


@pytest.mark.parametrize(
    ("source", "settings", "content"),
    [
        ("lm-studio", ".lmstudio/settings.json", '{"downloadsFolder": "MOVED"}'),
        ("lm-studio", ".config/LM Studio/settings.json", '\ufeff{"downloadsFolder": "MOVED"}'),
        ("lm-studio", ".lmstudio-home-pointer", "MOVED/..\n"),
        ("jan", ".local/share/Jan/settings.json", '{"data_folder": "MOVED/.."}'),
        ("jan", ".local/share/jan.ai.app/settings.json", '{"data_folder": "MOVED/.."}'),
        ("gpt4all", ".config/nomic.ai/GPT4All.ini", "[General]\nmodelPath=MOVED/\n[x]\na=1"),
        ("gpt4all", ".config/nomic.ai/GPT4All.ini", '[General]\nmodelPath="MOVED"'),
    ],
)
def test_a_folder_that_was_moved(tmp_path: Path, source: str, settings: str, content: str) -> None:
    moved = tmp_path / "disk é" / "models"
    put(tmp_path / settings, content.replace("MOVED", str(moved)))
    path = put(moved / "m.gguf", tiny_gguf())
    (model,) = installed(system_at(tmp_path))
    assert (model.source, model.path.resolve()) == (source, path)


@pytest.mark.parametrize(
    "content", ["", "{", "[1]", '{"downloadsFolder": 7}', "\x00\xff", "[" * 99999]
)
def test_settings_that_cannot_be_understood_move_nothing(tmp_path: Path, content: str) -> None:
    put(tmp_path / ".lmstudio" / "settings.json", content)
    put(tmp_path / ".ollama" / "models" / "manifests" / QWEN, content)
    path = put(tmp_path / ".lmstudio" / "models" / "m.gguf", tiny_gguf())
    assert [model.path for model in installed(system_at(tmp_path))] == [path]


def test_qt_escapes_what_is_not_latin(tmp_path: Path) -> None:
    put(tmp_path / ".config/nomic.ai/GPT4All.ini", f"[General]\nmodelPath={tmp_path}/\\x6a21\\xe9")
    path = put(tmp_path / "模é" / "m.gguf", tiny_gguf())
    assert [model.path for model in installed(system_at(tmp_path))] == [path]


class TestOllama:
    def test_a_manifest_names_its_blobs(self, tmp_path: Path) -> None:
        store = tmp_path / ".ollama" / "models"
        projector = special_gguf("clip", "Eyes", width=64)
        blobs = ollama_pull(store, QWEN, model=tiny_gguf("qwen3", "Qwen"), projector=projector)
        (model,) = installed(system_at(tmp_path))
        assert (model.name, model.target, model.path) == (
            "qwen3:8b",
            "ollama:qwen3:8b",
            blobs["model"],
        )
        assert (model.source, model.architecture, model.quantization) == ("ollama", "qwen3", "Q8_0")
        assert (model.projector, model.removable) == (blobs["projector"], False)

    @pytest.mark.parametrize(
        ("manifest", "name"),
        [
            ("registry.ollama.ai/library/llama3.2/latest", "llama3.2:latest"),
            ("registry.ollama.ai/someone/foo/7b", "someone/foo:7b"),
            ("hf.co/org/Repo-GGUF/Q4_K_M", "hf.co/org/Repo-GGUF:Q4_K_M"),
        ],
    )
    def test_names_as_ollama_says_them(self, tmp_path: Path, manifest: str, name: str) -> None:
        ollama_pull(tmp_path / "o", manifest, model=tiny_gguf())
        models = installed(system_at(tmp_path, environment={"OLLAMA_MODELS": str(tmp_path / "o")}))
        assert [model.name for model in models] == [name]
        for text in (name, f"ollama:{name}", name.upper(), name.removesuffix(":latest")):
            assert (
                find_local(text, Catalog(()), models, lambda one: one.quantizations[0])
                == (models[0])
            )

    def test_one_blob_under_two_names_is_one_model(self, tmp_path: Path) -> None:
        store = tmp_path / ".ollama" / "models"
        ollama_pull(store, QWEN, model=tiny_gguf())
        ollama_pull(store, "registry.ollama.ai/library/qwen3/latest", model=tiny_gguf())
        (model,) = installed(system_at(tmp_path))
        assert [place.name for place in model.places] == ["qwen3:8b", "qwen3:latest"]
        for name in ("qwen3", "qwen3:8b"):
            assert find_local(name, Catalog(()), [model], lambda m: m.quantizations[0]) == model

    def test_an_adapter_makes_another_model(self, tmp_path: Path) -> None:
        store = tmp_path / ".ollama" / "models"
        adapter = special_gguf(kind="adapter")
        ollama_pull(store, QWEN, model=tiny_gguf())
        blobs = ollama_pull(
            store, "registry.ollama.ai/me/pirate/latest", model=tiny_gguf(), adapter=adapter
        )
        plain, changed = installed(system_at(tmp_path))
        assert (plain.name, plain.adapters) == ("qwen3:8b", ())
        assert (changed.name, changed.adapters) == ("me/pirate:latest", (blobs["adapter"],))

    def test_what_is_no_gguf_or_not_there_is_not_listed(self, tmp_path: Path) -> None:
        store = tmp_path / ".ollama" / "models"
        tensor = {"mediaType": IMAGE + "tensor", "digest": "sha256:" + "a" * 64}
        gone = {"mediaType": IMAGE + "model", "digest": "sha256:" + "b" * 64}
        for tag, layers in {"mlx": [tensor], "gone": [gone], "odd": [7, {}], "none": None}.items():
            manifest = store / "manifests" / "registry.ollama.ai" / "library" / "m" / tag
            put(manifest, json.dumps({"layers": layers}))
        put(store / "blobs" / f"sha256-{'c' * 64}-partial", tiny_gguf()[:50])
        assert installed(system_at(tmp_path)) == []

    def test_a_name_of_ollama_that_it_does_not_have(self, tmp_path: Path) -> None:
        ollama_pull(tmp_path / ".ollama" / "models", QWEN, model=tiny_gguf())
        models = installed(system_at(tmp_path))
        with pytest.raises(TargetError, match="Did you mean ollama:qwen3:8b"):
            find_local("ollama:qwen3:4b", Catalog(()), models, lambda m: m.quantizations[0])


def test_the_catalog_goes_before_a_name_of_ollama(catalog: Catalog, tmp_path: Path) -> None:
    blobs = ollama_pull(
        tmp_path / ".ollama" / "models",
        "registry.ollama.ai/library/thing-8b/mine",
        model=tiny_gguf(),
    )
    models = installed(system_at(tmp_path))
    assert find_local("thing-8b", catalog, models, lambda m: m.quantizations[0]) not in models
    named = find_local("thing-8b:mine", catalog, models, lambda m: m.quantizations[0])
    assert isinstance(named, InstalledModel)
    assert named.path == blobs["model"]


def test_llama_cpp_keeps_repositories_too(tmp_path: Path) -> None:
    snapshot = tmp_path / "cache" / "models--org--repo" / "snapshots" / ("0" * 40)
    path = put(snapshot / "m-Q4_0.gguf", tiny_gguf())
    single = put(tmp_path / "cache" / "org_repo_n.gguf", tiny_gguf(name="N"))
    models = installed(system_at(tmp_path, environment={"LLAMA_CACHE": str(tmp_path / "cache")}))
    assert [(model.source, model.path, model.target) for model in models] == [
        ("llama.cpp", path, "org/repo/m-Q4_0.gguf"),
        ("llama.cpp", single, str(single)),
    ]


def test_a_folder_inside_another_program_s_belongs_to_that(tmp_path: Path) -> None:
    path = put(tmp_path / ".lmstudio" / "models" / "org" / "repo" / "m.gguf", tiny_gguf())
    (model,) = installed(system_at(tmp_path), tmp_path)
    assert (model.source, model.path, model.others) == ("lm-studio", path, ())


@pytest.mark.parametrize(
    "name",
    [
        "m.gguf.part",
        "m.gguf.incomplete",
        "m.gguf.downloadInProgress",
        "downloading_m.gguf",
        "downloading_m.gguf.part",
        "incomplete-m.gguf",
        "._m.gguf",
        "m.gguf.tmp",
        "m.gguf.crdownload",
    ],
)
def test_downloads_of_others_are_no_models(tmp_path: Path, name: str) -> None:
    put(tmp_path / "own" / name, tiny_gguf()[:60])
    assert installed(system_at(tmp_path), tmp_path / "own") == []


@pytest.mark.parametrize("ending", [".part", ".aria2", ".crdownload"])
def test_a_file_with_a_note_of_its_download_beside_it(tmp_path: Path, ending: str) -> None:
    path = put(tmp_path / "own" / "m.gguf", tiny_gguf()[:60])
    note = put(tmp_path / "own" / f"m.gguf{ending}", b"")
    assert installed(system_at(tmp_path), tmp_path / "own") == []
    note.unlink()
    assert [model.path for model in installed(system_at(tmp_path), tmp_path / "own")] == [path]
