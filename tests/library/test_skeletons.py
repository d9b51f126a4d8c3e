from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from alcove.catalog.model import Quantization
from alcove.errors import Cancelled, HubError, ModelFileError, OfflineError
from alcove.fit.dryrun.specimen import specimen
from alcove.fit.dryrun.store import SkeletonStore
from alcove.gguf.skeleton import Skeleton, read_skeleton
from alcove.hub.remote import RemoteModel
from alcove.hub.repository import Hub
from alcove.library.installed import InstalledModel
from alcove.library.references import Reference
from alcove.library.skeletons import Skeletons
from alcove.network import Network
from local_hub import LocalHub
from local_hub.tiny_gguf import TinyGguf, tiny_gguf

REPOSITORY = "some/Model-GGUF"
FILE = "m-Q4_0.gguf"
CATALOGUED = Quantization("Q4_0", REPOSITORY, (FILE,), 100)

WRITER = """
import sys
from pathlib import Path
from alcove.fit.dryrun.specimen import specimen
from alcove.fit.dryrun.store import SkeletonStore

store = SkeletonStore(Path(sys.argv[1]))
for _ in range(200):
    store.keep(["same"], specimen())
    store.note("some/Model-GGUF", "m-Q4_0.gguf", [sys.argv[2]])
"""

Start = Callable[..., Skeletons]


@pytest.fixture
def start(tmp_path: Path, local_hub: LocalHub) -> Start:
    """Return what starts the program anew, on the same folder, on or off the network."""

    def started(*, offline: bool = False) -> Skeletons:
        network = Network(endpoint=local_hub.endpoint, offline=offline)
        return Skeletons(SkeletonStore(tmp_path / "skeletons"), lambda: network)

    return started


@pytest.fixture
def serve(tmp_path: Path, local_hub: LocalHub) -> Callable[..., RemoteModel]:
    """Return what puts a model on the hub, and asks the hub about it."""

    def served(*contents: bytes, revision: str | None = None) -> RemoteModel:
        names = [f"m-Q4_0-{n:05}-of-{len(contents):05}.gguf" for n in range(1, len(contents) + 1)]
        for name, content in zip(names if len(contents) > 1 else [FILE], contents, strict=True):
            path = tmp_path / f"{abs(hash(content))}-{name}"
            path.write_bytes(content)
            local_hub.add(REPOSITORY, name, path)
        return Hub(Network(endpoint=local_hub.endpoint)).resolve(REPOSITORY, "Q4_0", revision)

    return served


def installed(*files: Path) -> InstalledModel:
    size = sum(file.stat().st_size for file in files)
    return InstalledModel("m", "M", files, size, "folder", "Q4_0", "llama")


def named(name: str) -> bytes:
    return tiny_gguf(name=name)


def name_of(skeleton: Skeleton | None) -> str | None:
    return skeleton.header.text("general.name") if skeleton else None


class TestInstalled:
    def test_a_file_is_read_once_until_it_changes(self, tmp_path: Path, start: Start) -> None:
        path = tmp_path / "m.gguf"
        path.write_bytes(named("One"))
        skeletons, model = start(), installed(path)
        first = skeletons.of_installed(model)
        assert first == read_skeleton([path])
        assert skeletons.of_installed(model) is first
        path.write_bytes(named("Another"))
        assert name_of(skeletons.of_installed(model)) == "Another"

    def test_a_file_of_the_same_size_is_another_once_it_was_written(
        self, tmp_path: Path, start: Start
    ) -> None:
        path = tmp_path / "m.gguf"
        path.write_bytes(named("One"))
        skeletons, model = start(), installed(path)
        skeletons.of_installed(model)
        path.write_bytes(named("Two"))
        os.utime(path, ns=(0, 0))
        assert name_of(skeletons.of_installed(model)) == "Two"

    def test_a_real_model_with_and_without_its_tokenizer(
        self, start: Start, smollm2_path: Path
    ) -> None:
        skeletons, model = start(), installed(smollm2_path)
        without = skeletons.of_installed(model)
        with_it = skeletons.of_installed(model, keep_tokenizer=True)
        assert len(without.data) < 70_000 < len(with_it.data)
        assert skeletons.of_installed(model) is without

    def test_what_cannot_be_read(self, tmp_path: Path, start: Start) -> None:
        path = tmp_path / "m.gguf"
        path.write_bytes(named("One"))
        skeletons, model = start(), installed(path)
        skeletons.of_installed(model)
        path.unlink()
        with pytest.raises(ModelFileError, match="There is no file"):
            skeletons.of_installed(model)


class TestRemote:
    def test_the_second_time_nothing_is_asked(
        self, start: Start, serve: Callable[..., RemoteModel], local_hub: LocalHub
    ) -> None:
        model = serve(named("One"))
        skeletons = start()
        assert skeletons.known(model) is None
        fetched = skeletons.of_remote(model)
        asked = len(local_hub.requests)
        assert skeletons.of_remote(model) is fetched
        again = start(offline=True)
        assert again.of_remote(model) == again.known(model) == again.known(CATALOGUED) == fetched
        assert len(local_hub.requests) == asked

    def test_a_real_model(self, start: Start, local_hub: LocalHub, smollm2_path: Path) -> None:
        local_hub.add(REPOSITORY, FILE, smollm2_path)
        model = Hub(Network(endpoint=local_hub.endpoint)).resolve(REPOSITORY)
        assert start().of_remote(model) == read_skeleton([smollm2_path])

    def test_the_parts_of_a_split_model(
        self, start: Start, serve: Callable[..., RemoteModel], local_hub: LocalHub
    ) -> None:
        later = [TinyGguf(tensors=[(f"x{number}", (8,), 0)]).content() for number in range(5)]
        model = serve(named("Split"), *later)
        fetched = start().of_remote(model)
        assert [tensor.name for tensor in fetched.header.tensors][1:] == [
            f"x{number}" for number in range(5)
        ]
        asked = len(local_hub.requests)
        files = tuple(file.path for file in model.files)
        assert start(offline=True).known(Quantization("Q4_0", REPOSITORY, files, 1)) == fetched
        assert len(local_hub.requests) == asked

    def test_the_catalog_may_know_the_hash_or_the_commit(
        self, start: Start, serve: Callable[..., RemoteModel]
    ) -> None:
        model = replace(serve(named("One")), branch=None)
        fetched = start().of_remote(model)
        skeletons = start(offline=True)
        assert skeletons.known(CATALOGUED) is None
        assert skeletons.known(replace(CATALOGUED, sha256=model.files[0].sha256)) == fetched
        unhashed = replace(model, files=(replace(model.files[0], sha256=None),))
        assert start().of_remote(unhashed) == fetched
        assert skeletons.known(replace(CATALOGUED, revision=model.revision)) == fetched

    def test_without_a_hash_another_commit_is_another_file(
        self, start: Start, serve: Callable[..., RemoteModel]
    ) -> None:
        for name in ("One", "Two"):
            model = serve(named(name))
            model = replace(model, files=(replace(model.files[0], sha256=None),))
            assert name_of(start().of_remote(model)) == name

    def test_a_file_that_changed_is_not_taken_for_the_old_one(
        self, start: Start, serve: Callable[..., RemoteModel], local_hub: LocalHub
    ) -> None:
        old = serve(named("Old"))
        start().of_remote(old)
        new = serve(named("New"))
        local_hub.faults.status = 503
        with pytest.raises(HubError):
            start().of_remote(new)
        assert start().known(CATALOGUED) is None
        assert start().known(replace(CATALOGUED, sha256=old.files[0].sha256)) is None
        assert name_of(start().known(old)) == "Old"
        local_hub.faults.status = None
        assert name_of(start().of_remote(serve(named("New")))) == "New"
        assert name_of(start(offline=True).known(CATALOGUED)) == "New"

    def test_an_older_commit_does_not_count_as_what_the_hub_has_now(
        self, start: Start, serve: Callable[..., RemoteModel]
    ) -> None:
        new = serve(named("New"))
        start().of_remote(new)
        pinned = replace(new, branch=None, files=(replace(new.files[0], sha256="0" * 64),))
        assert start().known(pinned) is None
        assert name_of(start().known(CATALOGUED)) == "New"

    @pytest.mark.parametrize("wanted", [None, "Q4_0", "q4_0", FILE])
    def test_what_was_asked_for_is_known_by_the_same_words(
        self, start: Start, serve: Callable[..., RemoteModel], wanted: str | None
    ) -> None:
        asked = Reference(REPOSITORY, wanted)
        assert start().known(asked) is None
        start().of_remote(serve(named("Old")), asked=asked)
        assert name_of(start(offline=True).known(asked)) == "Old"
        assert start(offline=True).known(Reference(REPOSITORY, "Q8_0")) is None
        start().of_remote(serve(named("New")))
        assert name_of(start(offline=True).known(asked)) == "New"

    @pytest.mark.parametrize("wanted", [None, "Q4_0", FILE])
    def test_another_revision_is_not_taken_for_the_main_branch(
        self, start: Start, serve: Callable[..., RemoteModel], wanted: str | None
    ) -> None:
        main, other = Reference(REPOSITORY, wanted), Reference(REPOSITORY, wanted, "dev")
        model = serve(named("Old"))
        start().of_remote(replace(model, branch="dev"), asked=other)
        assert start().known(main) is None
        start().of_remote(model, asked=main)
        assert name_of(start().known(main)) == "Old"
        assert start().known(other) is None

    def test_the_tokenizer_costs_nothing_more(
        self, start: Start, local_hub: LocalHub, smollm2_path: Path
    ) -> None:
        local_hub.add(REPOSITORY, FILE, smollm2_path)
        model = Hub(Network(endpoint=local_hub.endpoint)).resolve(REPOSITORY)
        skeletons = start()
        without = skeletons.of_remote(model)
        asked = len(local_hub.requests)
        with_it = skeletons.of_remote(model, keep_tokenizer=True)
        assert with_it == read_skeleton([smollm2_path], keep_tokenizer=True)
        again = start(offline=True)
        assert again.known(CATALOGUED, keep_tokenizer=True) == with_it
        assert again.known(CATALOGUED) == without
        assert len(local_hub.requests) == asked

    def test_without_network(self, start: Start, serve: Callable[..., RemoteModel]) -> None:
        with pytest.raises(OfflineError):
            start(offline=True).of_remote(serve(named("One")))

    def test_it_can_be_stopped(self, start: Start, serve: Callable[..., RemoteModel]) -> None:
        def stop(_received: int) -> None:
            raise Cancelled

        model = serve(named("One"))
        with pytest.raises(Cancelled):
            start().of_remote(model, stop)
        assert start().known(model) is None

    def test_no_gguf(self, start: Start, serve: Callable[..., RemoteModel]) -> None:
        model = serve(b"<!DOCTYPE html>")
        with pytest.raises(ModelFileError, match="not a GGUF"):
            start().of_remote(model)
        assert start().known(model) is None


class TestStore:
    @pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "folder"])
    def test_what_is_damaged_is_fetched_again(
        self, tmp_path: Path, start: Start, serve: Callable[..., RemoteModel], damage: str
    ) -> None:
        model = serve(named("One"))
        fetched = start().of_remote(model)
        for path in (tmp_path / "skeletons").iterdir():
            content = path.read_bytes()
            path.unlink()
            match damage:
                case "empty":
                    path.write_bytes(b"")
                case "cut":
                    path.write_bytes(content[:-10])
                case "flipped":
                    path.write_bytes(content[:20] + bytes([content[20] ^ 1]) + content[21:])
                case "folder":
                    path.mkdir()
        assert start().known(CATALOGUED) is None
        assert start().of_remote(model) == fetched

    def test_a_folder_that_cannot_be_written(
        self, tmp_path: Path, start: Start, serve: Callable[..., RemoteModel]
    ) -> None:
        (tmp_path / "skeletons").write_text("no folder")
        model = serve(named("One"))
        skeletons = start()
        fetched = skeletons.of_remote(model)
        assert skeletons.known(model) is skeletons.known(CATALOGUED) is fetched
        assert start().known(model) is None

    def test_two_processes_write_at_once(self, tmp_path: Path) -> None:
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name])
            for name in ("One", "Two")
        ]
        store, seen = SkeletonStore(tmp_path), set()
        while any(writer.poll() is None for writer in writers):
            seen.add(store.identity(REPOSITORY, FILE))
            assert store.find(["same"]) in (None, specimen())
        for writer in writers:
            assert writer.returncode == 0
        assert seen <= {(), ("One",), ("Two",)}
        assert store.find(["same"]) == specimen()
        assert store.identity(REPOSITORY, FILE) in {("One",), ("Two",)}
        assert len(list(tmp_path.iterdir())) == 2

    def test_names_and_hashes_cannot_be_mistaken_for_one_another(self, tmp_path: Path) -> None:
        store = SkeletonStore(tmp_path)
        store.note("a/b", "c.gguf", ["x"])
        assert store.identity("A/B", "C.gguf") == ("x",)
        assert store.identity("a", "b/c.gguf") == ()
        assert store.find(["a/b", "c.gguf"]) is None
        assert store.identity("a/b", "d.gguf") == ()
