from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alcove.catalog.layout import Build
from alcove.catalog.layouts import load_builds
from alcove.catalog.load import load_catalog
from alcove.catalog.model import Model
from alcove.engine.answer import Readout, Request, Turn
from alcove.engine.load import ProcessMemory
from alcove.errors import ModelFileError, ModelMemoryError, StorageError
from alcove.fit.dryrun.process import DryRun
from alcove.fit.dryrun.store import SkeletonStore
from alcove.fit.insight import NOTHING_KNOWN
from alcove.fit.learning import read_insight
from alcove.fit.ledger import Ledger
from alcove.fit.plan import Wish
from alcove.hardware.machine import Machine
from alcove.library.appraisal import Appraiser
from alcove.library.installed import InstalledModel
from alcove.library.loading import LoadedModel, Service
from alcove.library.single import inspect_file
from alcove.library.skeletons import Skeletons
from alcove.network import Network
from fit.examples import GIB, gpu, machine

HOST = machine(16 * GIB, bandwidth=40e9)


@pytest.fixture
def appraiser(tmp_path: Path) -> Iterator[Appraiser]:
    with DryRun(tmp_path / "dry-run.log") as dry_run:
        yield Appraiser(skeletons(tmp_path), dry_run)


def skeletons(folder: Path) -> Skeletons:
    return Skeletons(SkeletonStore(folder / "headers"), Network.from_environment)


@pytest.fixture
def starter(smollm2_path: Path) -> InstalledModel:
    return inspect_file(smollm2_path, load_catalog())


def test_a_model_here_is_judged_by_dry_run(appraiser: Appraiser, starter: InstalledModel) -> None:
    fit = appraiser.installed(starter, HOST, Wish(2048), NOTHING_KNOWN)
    assert (fit.verdict, fit.basis) == ("cpu", "dry-run")
    assert fit.context_bytes == 47_185_920
    assert fit.max_context == 8192
    assert fit.forecast.generation is not None
    quarter = appraiser.installed(starter, HOST, Wish(2048, kv_type="q8_0"), NOTHING_KNOWN)
    assert quarter.context_bytes == 25_067_520


def test_another_computer_is_judged_by_the_header(tmp_path: Path, starter: InstalledModel) -> None:
    elsewhere = Appraiser(skeletons(tmp_path), None)
    host = machine(16 * GIB, gpu(8 * GIB))
    fit = elsewhere.installed(starter, host, Wish(2048), NOTHING_KNOWN)
    assert (fit.verdict, fit.basis) == ("gpu", "header")
    assert fit.context_bytes == 47_185_920


def test_a_default_context_ends_where_the_model_does(
    appraiser: Appraiser, starter: InstalledModel
) -> None:
    usual = appraiser.installed(starter, HOST, Wish(32768, least_context=4096), NOTHING_KNOWN)
    assert usual.context == 8192
    demanded = appraiser.installed(starter, HOST, Wish(32768), NOTHING_KNOWN)
    assert demanded.context == 32768
    assert any("trained for 8k" in remark for remark in demanded.remarks)


def test_a_file_that_llama_cpp_does_not_take_says_why(
    appraiser: Appraiser, starter: InstalledModel, tmp_path: Path
) -> None:
    strange = tmp_path / "strange.gguf"
    content = starter.path.read_bytes()
    strange.write_bytes(content.replace(b"llama", b"lxama"))
    fit = appraiser.installed(
        inspect_file(strange, load_catalog()), HOST, Wish(2048), NOTHING_KNOWN
    )
    assert fit.verdict == "no"
    assert "unknown model architecture" in fit.sentence


def test_a_dry_run_that_fails_leaves_an_estimate(tmp_path: Path, starter: InstalledModel) -> None:
    (tmp_path / "logs").write_text("no folder")
    with DryRun(tmp_path / "logs" / "log") as broken:
        fit = Appraiser(skeletons(tmp_path), broken).installed(
            starter, HOST, Wish(2048), NOTHING_KNOWN
        )
    assert (fit.verdict, fit.basis) == ("cpu", "header")
    assert fit.remarks[0].startswith("The dry run could not be started")


def test_free_memory_is_read_anew(appraiser: Appraiser) -> None:
    now = appraiser.refreshed(HOST)
    assert now.memory != HOST.memory
    more = appraiser.refreshed(HOST, ProcessMemory(GIB, ()))
    assert more.memory.available_bytes > now.memory.available_bytes + GIB // 2


def test_the_catalog_is_offered_with_what_is_known(appraiser: Appraiser) -> None:
    models = load_catalog().models[:5]
    offers = appraiser.offers(models, HOST, 4096, NOTHING_KNOWN)
    assert {offer.model.id for offer in offers} == {model.id for model in models}
    assert {offer.fit.basis for offer in offers} == {"header"}


def test_a_model_that_is_here_is_offered_as_the_file_that_is_here(
    appraiser: Appraiser, starter: InstalledModel
) -> None:
    models = [load_catalog().models[0], model_of("smollm2-135m")]
    offers = appraiser.offers(models, HOST, 4096, NOTHING_KNOWN, (starter,))
    found = {offer.model.id: offer for offer in offers}
    here = found["smollm2-135m"]
    assert starter.quantization not in [q.name for q in here.model.quantizations]
    assert here.quantization.name == starter.quantization
    assert here.quantization.size_bytes == starter.size_bytes
    assert here.fit.basis == "dry-run"
    assert found[models[0].id].quantization in models[0].quantizations


def test_of_several_files_the_one_that_suits_is_offered(
    appraiser: Appraiser, starter: InstalledModel
) -> None:
    model = model_of("smollm2-135m")
    (alone,) = appraiser.offers([model], HOST, 4096, NOTHING_KNOWN)
    suits = replace(starter, quantization=alone.quantization.name)
    (offer,) = appraiser.offers([model], HOST, 4096, NOTHING_KNOWN, (starter, suits))
    assert offer.quantization is alone.quantization
    damaged = replace(starter, damage="It is damaged.")
    (offer,) = appraiser.offers([model], HOST, 4096, NOTHING_KNOWN, (damaged,))
    assert offer == alone


def model_of(identifier: str) -> Model:
    model = load_catalog().get(identifier)
    assert model is not None
    return model


def test_a_file_that_nobody_looked_into_is_judged_by_its_rebuilt_header(
    appraiser: Appraiser, tmp_path: Path
) -> None:
    model = load_catalog().get("llama-3.2-1b")
    assert model is not None
    quantization = model.quantization("Q4_K_M")
    assert quantization is not None
    wish = Wish(8192)
    fit = appraiser.catalogued(model, quantization, HOST, wish, NOTHING_KNOWN)
    plain = Appraiser(skeletons(tmp_path), None)
    estimated = plain.catalogued(model, quantization, HOST, wish, NOTHING_KNOWN)
    assert fit.basis == estimated.basis == "header"
    assert fit.context_bytes == 16 * 8 * 64 * 2 * 2 * 8192
    assert fit.weights_bytes == pytest.approx(quantization.size_bytes, rel=0.2)
    # llama.cpp's own account of the buffers, not the formula's
    assert fit.compute_bytes != estimated.compute_bytes


def test_a_model_that_nothing_can_be_rebuilt_of_is_estimated(appraiser: Appraiser) -> None:
    model = load_catalog().get("kimi-k3")
    assert model is not None
    fit = appraiser.catalogued(model, model.quantizations[0], HOST, Wish(4096), NOTHING_KNOWN)
    assert (fit.verdict, fit.basis) == ("no", "catalog")


def test_a_rebuilt_header_that_llama_cpp_refuses_leaves_an_estimate(
    tmp_path: Path,
) -> None:
    model = load_catalog().get("llama-3.2-1b")
    assert model is not None
    layout = replace(load_builds()["llama-3.2-1b"].layout, architecture="lxama")
    strange = Skeletons(
        SkeletonStore(tmp_path / "other"),
        Network.from_environment,
        lambda: {model.id: Build(layout, 1, {})},
    )
    with DryRun(tmp_path / "other.log") as dry_run:
        fit = Appraiser(strange, dry_run).catalogued(
            model, model.quantizations[0], HOST, Wish(4096), NOTHING_KNOWN
        )
    assert (fit.verdict, fit.basis) == ("cpu", "header")


def test_what_was_planned_is_loaded_and_kept_beside_what_was_measured(
    appraiser: Appraiser, starter: InstalledModel, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "alcove.db")
    plan = appraiser.plan(starter, HOST, Wish(1024, kv_type="q8_0"), NOTHING_KNOWN)
    loaded = LoadedModel.start(plan, ledger, lambda _fraction: None, tmp_path / "log", Service())
    try:
        assert loaded.process.options.kv_type == "q8_0"
        assert loaded.process.context == 1024
        with loaded.client() as client:
            request = Request(turns=(Turn("user", "Count to thirty."),), max_tokens=40)
            *_events, readout = client.stream(request)
    finally:
        loaded.stop()
    assert isinstance(readout, Readout)
    (entry,) = ledger.answers()
    assert entry.answer.completion_tokens == readout.completion_tokens
    assert entry.load.measured_bytes == readout.peak_memory_bytes
    assert abs(entry.load.measured_bytes - entry.load.predicted_bytes) < 40 * 2**20


def test_a_ledger_that_cannot_be_written_costs_no_answer(
    appraiser: Appraiser, starter: InstalledModel, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "nowhere" / "file" / "alcove.db")
    (tmp_path / "nowhere").write_text("a file")
    with pytest.raises(StorageError):
        ledger.loads()
    plan = appraiser.plan(starter, HOST, Wish(512), NOTHING_KNOWN)
    loaded = LoadedModel.start(plan, ledger, lambda _fraction: None, tmp_path / "log", Service())
    try:
        with loaded.client() as client:
            request = Request(turns=(Turn("user", "Hi."),), max_tokens=2)
            assert isinstance(list(client.stream(request))[-1], Readout)
    finally:
        loaded.stop()
    insight = read_insight(ledger, HOST)
    assert (insight.speeds, insight.entries, insight.margins) == (
        None,
        (),
        NOTHING_KNOWN.margins,
    )


def test_what_does_not_fit_is_not_loaded(
    appraiser: Appraiser, starter: InstalledModel, tmp_path: Path
) -> None:
    plan = appraiser.plan(starter, HOST, Wish(10**7), NOTHING_KNOWN)
    with pytest.raises(ModelMemoryError, match="smaller context"):
        LoadedModel.start(
            plan, Ledger(tmp_path / "db"), lambda _: None, tmp_path / "log", Service()
        )


def test_a_file_that_is_gone_is_an_error(appraiser: Appraiser, starter: InstalledModel) -> None:
    gone = replace(starter, files=(starter.path.with_name("gone.gguf"),))
    with pytest.raises(ModelFileError):
        appraiser.installed(gone, HOST, Wish(2048), NOTHING_KNOWN)


def test_nothing_is_known_of_a_new_machine(tmp_path: Path) -> None:
    insight = read_insight(Ledger(tmp_path / "alcove.db"), HOST)
    assert insight.speeds is None
    assert insight.margins == NOTHING_KNOWN.margins
    elsewhere: Machine = replace(HOST, system="Elsewhere")
    assert read_insight(Ledger(tmp_path / "alcove.db"), elsewhere).machine != insight.machine
