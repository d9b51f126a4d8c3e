"""A loaded model beside what was foretold of it; the process is made by hand."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from alcove.catalog.load import load_catalog
from alcove.engine.answer import Delta, Event, Readout, Request, Turn
from alcove.engine.load import DeviceTaken, LoadOptions, ProcessMemory
from alcove.errors import EngineStopped
from alcove.fit.dryrun.store import SkeletonStore
from alcove.fit.insight import NOTHING_KNOWN
from alcove.fit.ledger import Ledger
from alcove.fit.plan import Wish
from alcove.fit.records import DeviceBytes
from alcove.library.appraisal import Appraiser
from alcove.library.loading import LoadedModel, Plan, Service
from alcove.library.single import inspect_file
from alcove.library.skeletons import Skeletons
from alcove.network import Network
from fit.examples import GIB, gpu, machine

REQUEST = Request(turns=(Turn("user", "Hi."),))
READOUT = Readout("stop", 12, 4, 40, 0.25, 480.0, 31.5, 2 * GIB, 2048)


class FakeClient:
    """Answers one word; has no time for anything else."""

    def __enter__(self) -> FakeClient:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def forget(self, _conversation: str) -> None:
        raise EngineStopped("It ends just now.", "")

    def stream(self, _request: Request) -> Iterator[Event]:
        yield Delta("Hello", tokens=1)
        yield READOUT


class FakeProcess:
    """Took some memory; saves sessions when it ends, as a real one may."""

    def __init__(self, options: LoadOptions, *taken: DeviceTaken) -> None:
        self.options = options
        self.memory = ProcessMemory(GIB, taken)

    def client(self) -> FakeClient:
        return FakeClient()

    def stop(self) -> None:
        if self.options.sessions:
            for name in ("a chat", "another chat"):
                (self.options.sessions / f"{name}.kv").write_text("words")
                note = json.dumps({"conversation": name})
                (self.options.sessions / f"{name}.json").write_text(note)


@pytest.fixture
def plan(tmp_path: Path, smollm2_path: Path) -> Plan:
    """Plan the starter onto a GPU."""
    appraiser = Appraiser(Skeletons(SkeletonStore(tmp_path / "headers"), Network), None)
    starter = inspect_file(smollm2_path, load_catalog())
    return appraiser.plan(starter, machine(16 * GIB, gpu(8 * GIB)), Wish(2048), NOTHING_KNOWN)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "alcove.db")


def loaded(
    plan: Plan, ledger: Ledger, *taken: DeviceTaken, folder: Path | None = None
) -> LoadedModel:
    options = plan.options(Service(sessions=folder))
    return LoadedModel(FakeProcess(options, *taken), plan, ledger)  # type: ignore[arg-type]


def test_a_path_is_not_told_to_clients(plan: Plan) -> None:
    named = replace(plan, model=replace(plan.model, target="some-model"))
    assert named.options(Service()).name == "some-model"
    path = Path("/home/somebody/secret/a-model-00001-of-00002.gguf")
    for file, name in ((path, "a-model"), (path.with_name("b.gguf"), "b")):
        model = replace(plan.model, target=str(file), files=(file,))
        assert replace(plan, model=model).options(Service()).name == name


def test_what_a_gpu_gave_is_kept_beside_what_was_foretold(plan: Plan, ledger: Ledger) -> None:
    foretold = plan.fit.devices[0].needed_bytes
    assert foretold > 0
    taken = (DeviceTaken("CUDA1", "0000:02:00.0", 7), DeviceTaken("CUDA0", "0000:01:00.0", 123))
    model = loaded(plan, ledger, *taken)
    (load,) = ledger.loads()
    assert load.process_bytes == GIB
    assert load.devices == (DeviceBytes("GPU", foretold, 123),)
    assert model.held == ProcessMemory(GIB, taken)


def test_a_gpu_without_an_address_goes_by_its_name_in_llama_cpp(plan: Plan, ledger: Ledger) -> None:
    card, cpu = plan.fit.devices
    unused = replace(card, weights_bytes=0, context_bytes=0, compute_bytes=0, identity="Vulkan0")
    devices = (unused, replace(card, identity="Vulkan1"), cpu)
    nameless = replace(plan, fit=replace(plan.fit, devices=devices))
    loaded(nameless, ledger, DeviceTaken("Vulkan0", None, 7), DeviceTaken("Vulkan1", None, 123))
    (load,) = ledger.loads()
    assert [device.measured for device in load.devices] == [123]


def test_of_a_gpu_that_was_not_measured_nothing_is_kept(plan: Plan, ledger: Ledger) -> None:
    loaded(plan, ledger)
    (load,) = ledger.loads()
    assert load.devices == ()


def test_an_answer_ends_before_it_is_kept(plan: Plan, ledger: Ledger, tmp_path: Path) -> None:
    events = loaded(plan, ledger).client().stream(REQUEST)
    with closing(sqlite3.connect(tmp_path / "alcove.db")) as other:
        other.execute("BEGIN EXCLUSIVE")  # nothing could be kept now
        assert [next(events), next(events)] == [Delta("Hello", tokens=1), READOUT]
        other.rollback()
    assert list(events) == []
    (entry,) = ledger.answers()
    assert entry.answer.completion_tokens == 40
    assert entry.load.peak_bytes == 2 * GIB


def test_an_answer_is_kept_even_if_nobody_waits_for_its_end(plan: Plan, ledger: Ledger) -> None:
    events = loaded(plan, ledger).client().stream(REQUEST)
    assert [next(events), next(events)][-1] == READOUT
    events.close()
    assert len(ledger.answers()) == 1


def test_what_it_saves_at_its_end_is_deleted_if_it_is_to_forget_it(
    plan: Plan, ledger: Ledger, tmp_path: Path
) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir()
    model = loaded(plan, ledger, folder=folder)
    model.forget("a chat")
    model.stop()
    assert sorted(path.name for path in folder.iterdir()) == [
        "another chat.json",
        "another chat.kv",
    ]
