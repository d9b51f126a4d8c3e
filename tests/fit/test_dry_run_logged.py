"""The way round llama.cpp's exact account: what its log says, right to 10 KiB."""

from __future__ import annotations

from pathlib import Path

import pytest

from alcove.fit.configuration import Configuration
from alcove.fit.dryrun import process
from alcove.fit.dryrun.child import Broken, Child
from alcove.fit.dryrun.logged import logged_compute, logged_context, logged_weights
from alcove.fit.dryrun.process import DryRun
from alcove.fit.dryrun.specimen import CONTEXT, specimen
from alcove.fit.price import Buffers
from alcove.gguf.header import Tensor
from alcove.gguf.skeleton import skeleton_of
from fit.examples import MIB, header
from fit.synthetic import Synthetic
from fit.synthetic_shapes import falcon_h1_1_5b, gpt_oss_20b, llama

ASKED = [
    Configuration(2048, flash_attention="off"),
    Configuration(8192),
    Configuration(4096, "q8_0"),
]


def wrong(log: Path, seconds: float, *arguments: str) -> Child:
    """Start the process as if its check of itself had failed."""
    if "--logged" not in arguments:
        raise Broken("it ended with status 1")
    return Child(log, seconds, *arguments)


@pytest.mark.parametrize(
    "shape",
    [llama("llama", 4, 2048, 8192, 16), gpt_oss_20b(), falcon_h1_1_5b()],
    ids=lambda shape: shape.name,
)
def test_the_log_says_nearly_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: Synthetic
) -> None:
    skeleton = skeleton_of(shape.headers())
    with DryRun(tmp_path / "log") as dry_run:
        exact = dry_run.price(skeleton, ASKED)
    monkeypatch.setattr(process, "Child", wrong)
    with DryRun(tmp_path / "log") as dry_run:
        logged = dry_run.price(skeleton, ASKED)
    for one, other in zip(exact, logged, strict=True):
        assert isinstance(one, Buffers)
        assert isinstance(other, Buffers)
        assert other.weights_bytes == one.weights_bytes
        assert abs(other.context_bytes - one.context_bytes) < 0.02 * MIB
        assert abs(other.compute_bytes - one.compute_bytes) < 0.02 * MIB
        assert [device.name for device in one.devices] == [device.name for device in other.devices]


def test_a_start_that_takes_too_long_says_nothing_of_the_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def slow_once(log: Path, seconds: float, *arguments: str) -> Child:
        started.append(arguments)
        return Child(log, 0.0 if len(started) == 1 else seconds, *arguments)

    monkeypatch.setattr(process, "Child", slow_once)
    with DryRun(tmp_path / "log", time_limit=60.0) as dry_run:
        assert isinstance(*dry_run.price(specimen(), [Configuration(CONTEXT)]), Buffers)
    assert started == [(), ()]


def tensor(name: str, size: int) -> Tensor:
    return Tensor(f"{name}.weight", (size,), "I8", size, 0)


LOADED = [
    "load_tensors: layer   0 assigned to device CPU, is_swa = 0\n",
    "load_tensors: layer   1 assigned to device CUDA0, is_swa = 1\n",
    "load_tensors: layer   2 assigned to device CUDA0, is_swa = 0\n",
]


def test_weights_lie_where_their_layers_do() -> None:
    tensors = [
        tensor("token_embd", 32),
        tensor("blk.0.attn_q", 320),
        tensor("blk.1.attn_q", 3200),
        tensor("output_norm", 31999),
        tensor("output", 320000),
    ]
    sizes = logged_weights(header("llama", {}, *tensors), LOADED)
    assert sizes == {"CPU": 352, "CUDA0": 355200}
    tied = logged_weights(header("llama", {}, *tensors[:-1]), LOADED)
    assert tied == {"CPU": 352, "CUDA0": 35232}


def test_a_cache_is_shared_among_the_devices_of_its_layers() -> None:
    lines = [
        "llama_kv_cache: layer   0: dev = CPU\n",
        "llama_kv_cache: layer   2: dev = CUDA0\n",
        "llama_kv_cache:      CUDA0 KV buffer size =     0.00 MiB\n",
        "llama_kv_cache: size =   24.00 MiB (  8192 cells,   2 layers,  1/1 seqs), K (f16): ...\n",
        "llama_kv_cache: layer   1: dev = CUDA0\n",
        "llama_kv_cache: size =    6.50 MiB (   768 cells,   1 layers,  1/1 seqs), K (f16): ...\n",
        "llama_memory_recurrent, layer   3: dev = CPU\n",
        "llama_memory_recurrent: size =    1.00 MiB (     1 cells,   4 layers,  1 seqs ...\n",
    ]
    assert logged_context(lines) == {"CPU": 13 * MIB, "CUDA0": 18.5 * MIB}


def test_compute_buffers_have_lines_of_their_own() -> None:
    lines = [
        "llama_context:  CUDA_Host  output buffer size =     0.58 MiB\n",
        "sched_reserve:      CUDA0 compute buffer size =   126.00 MiB\n",
        "sched_reserve:  CUDA_Host compute buffer size =    20.50 MiB\n",
    ]
    assert logged_compute(lines) == {"CUDA0": 126 * MIB, "CUDA_Host": 20.5 * MIB}
