"""The appraiser on computers with GPUs, and with a dry run that refuses; all by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alcove.catalog.load import load_catalog
from alcove.engine.load import DeviceTaken, ProcessMemory
from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DeviceMemory
from alcove.fit.dryrun.specimen import specimen
from alcove.fit.dryrun.store import SkeletonStore
from alcove.fit.insight import NOTHING_KNOWN
from alcove.fit.plan import Wish
from alcove.fit.price import Buffers, DeviceBuffers, Price, Refusal
from alcove.fit.result import Forecast
from alcove.gguf.skeleton import Skeleton
from alcove.hardware.machine import Machine
from alcove.hub.remote import RemoteModel
from alcove.hub.repository import Hub
from alcove.library.appraisal import Appraiser
from alcove.library.single import inspect_file
from alcove.library.skeletons import Skeletons
from alcove.network import Network
from fit.examples import GIB, MIB, gpu, machine
from library.hand_fed_dry_run import HandFedDryRun
from local_hub import LocalHub

HOST = machine(16 * GIB, gpu(8 * GIB))
CARD = DeviceMemory("CUDA0", "GPU", "gpu", "0000:01:00.0", 3 * GIB, 8 * GIB)


def on_both(_skeleton: Skeleton, asked: Configuration) -> Price:
    """Put a model of 100 MiB where it is asked for."""
    sizes = (100 * MIB, 20 * MIB, 10 * MIB)
    card = DeviceBuffers("CUDA0", "GPU", "gpu", "0000:01:00.0", *sizes)
    if asked.gpu_layers:
        return Buffers((card, DeviceBuffers("CPU", "CPU", "cpu", None, MIB, 0, MIB)))
    return Buffers((DeviceBuffers("CPU", "CPU", "cpu", None, *sizes),))


def refusing(*kinds: str, whole: bool) -> Callable[[Skeleton, Configuration], Price]:
    """Refuse kinds of KV caches; unless ``whole``, those of a file with its tokenizer are taken."""

    def say(skeleton: Skeleton, asked: Configuration) -> Price:
        if asked.kv_type in kinds and (whole or len(skeleton.data) < 100_000):
            return Refusal(f"no {asked.kv_type} here")
        return on_both(skeleton, asked)

    return say


def appraiser(folder: Path, dry_run: HandFedDryRun, network: Network | None = None) -> Appraiser:
    store = SkeletonStore(folder / "headers")
    return Appraiser(Skeletons(store, lambda: network or Network()), dry_run)


def test_free_memory_of_gpus_is_what_the_dry_run_says(tmp_path: Path) -> None:
    made = appraiser(tmp_path, HandFedDryRun(on_both, [CARD]))
    assert made.refreshed(HOST).gpus[0].free_bytes == 3 * GIB
    held = ProcessMemory(GIB, (DeviceTaken("CUDA0", "0000:01:00.0", 2 * GIB),))
    assert made.refreshed(HOST, held).gpus[0].free_bytes == 5 * GIB


def test_a_computer_without_gpus_starts_no_process_for_its_memory(tmp_path: Path) -> None:
    dry_run = HandFedDryRun(on_both)
    dry_run.memory = lambda: pytest.fail("asked")  # type: ignore[method-assign]
    assert appraiser(tmp_path, dry_run).refreshed(machine(GIB)).gpus == ()


def test_a_model_is_planned_on_the_gpu_and_what_it_takes_there_is_foretold(
    tmp_path: Path, smollm2_path: Path
) -> None:
    starter = inspect_file(smollm2_path, load_catalog())
    made = appraiser(tmp_path, HandFedDryRun(on_both, [CARD]))
    plan = made.plan(starter, HOST, Wish(2048), NOTHING_KNOWN)
    assert plan.fit.verdict == "gpu"
    assert [(each.name, each.predicted) for each in plan.foretold.devices] == [("GPU", 130 * MIB)]


def test_a_model_is_measured_with_what_is_free_and_without_the_dry_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dry_run = HandFedDryRun(on_both, [CARD])
    measured = Forecast(None, None, "measured")

    def measure(*asked: object) -> Forecast:
        _skeleton, _configuration, host, *_others = asked
        assert isinstance(host, Machine)
        assert host.gpus[0].free_bytes == 3 * GIB
        assert dry_run.memory() == ()
        return measured

    monkeypatch.setattr("alcove.library.appraisal.measure_slices", measure)
    made = appraiser(tmp_path, dry_run)
    found = made.measure(
        specimen(), Configuration(2048), HOST, NOTHING_KNOWN, lambda *_said: None, tmp_path / "log"
    )
    assert found is measured
    assert dry_run.memory() == (CARD,)


@pytest.fixture
def remote(local_hub: LocalHub, smollm2_path: Path) -> RemoteModel:
    local_hub.add("some/Model-GGUF", "m-Q4_1.gguf", smollm2_path)
    return Hub(Network(endpoint=local_hub.endpoint)).resolve("some/Model-GGUF")


@pytest.mark.parametrize(("whole", "basis"), [(True, "header"), (False, "dry-run")])
def test_a_file_that_is_refused_is_tried_with_its_tokenizer(
    tmp_path: Path,
    local_hub: LocalHub,
    remote: RemoteModel,
    whole: bool,
    basis: str,
) -> None:
    dry_run = HandFedDryRun(refusing("f16", "q8_0", whole=whole))
    made = appraiser(tmp_path, dry_run, Network(endpoint=local_hub.endpoint))
    fit = made.remote(remote, HOST, Wish(2048), NOTHING_KNOWN)
    assert fit.basis == basis
    assert fit.fits is not whole
    assert max(len(skeleton.data) for skeleton, _asked in dry_run.asked) > 100_000


def test_a_kv_cache_that_is_refused_fetches_and_keeps_no_tokenizer(
    tmp_path: Path, local_hub: LocalHub, remote: RemoteModel
) -> None:
    dry_run = HandFedDryRun(refusing("q4_0", whole=True))
    made = appraiser(tmp_path, dry_run, Network(endpoint=local_hub.endpoint))
    fit = made.remote(remote, HOST, Wish(2048, kv_type="q4_0"), NOTHING_KNOWN)
    assert "no q4_0 here" in fit.sentence
    assert max(len(skeleton.data) for skeleton, _asked in dry_run.asked) < 100_000
    assert max(path.stat().st_size for path in (tmp_path / "headers").iterdir()) < 100_000
