from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from alcove import children
from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.dryrun.specimen import CONTEXT, CONTEXT_BYTES, WEIGHTS_BYTES, specimen
from alcove.fit.price import (
    Buffers,
    CannotSay,
    DeviceBuffers,
    Price,
    Refusal,
    price_from_json,
    price_to_json,
)
from alcove.gguf.skeleton import Skeleton, assemble, entry, read_skeleton, skeleton_of
from fit.synthetic_real import dry_sizes, real_sizes
from fit.synthetic_shapes import lfm2_1_2b, llama, shapes

KNOWN = Configuration(CONTEXT)
UNSURVIVABLE = Skeleton(
    assemble(
        [
            entry("general.architecture", "llama"),
            entry("llama.block_count", 1),
            entry("llama.context_length", 256),
            entry("llama.embedding_length", 256),
            entry("llama.attention.head_count", 4),
            entry("llama.attention.layer_norm_rms_epsilon", 1e-5),
            entry("llama.expert_count", 2**31),
            entry("tokenizer.ggml.model", "none"),
        ],
        [],
    )
)
"""A number of experts that llama.cpp asserts against: its process aborts."""


@pytest.fixture
def dry_run(tmp_path: Path) -> Iterator[DryRun]:
    with DryRun(tmp_path / "logs" / "dry-run.log") as dry_run:
        yield dry_run


def dry_runs() -> list[psutil.Process]:
    return [
        child for child in psutil.Process().children() if "alcove.fit.dryrun" in child.cmdline()
    ]


def child() -> psutil.Process:
    (process,) = dry_runs()
    return process


def is_right(price: Price) -> bool:
    return isinstance(price, Buffers) and (price.weights_bytes, price.context_bytes) == (
        WEIGHTS_BYTES,
        CONTEXT_BYTES,
    )


@pytest.mark.parametrize("fixture", ["smollm2_path", "gemma_path"])
def test_a_real_file_takes_what_was_foretold(
    request: pytest.FixtureRequest, dry_run: DryRun, fixture: str
) -> None:
    path: Path = request.getfixturevalue(fixture)
    asked = [
        Configuration(context, kv_type, flash_attention=flash)
        for context in (2048, 8192)
        for flash in ("on", "off")
        for kv_type in ("f16", "q8_0")
    ]
    asked += [Configuration(2048, "q4_0", batch=128), Configuration(2048, batch=256)]
    prices = dry_run.price(read_skeleton([path]), asked)
    foretold = [dry_sizes(price) for price in prices]
    assert foretold == real_sizes(path, asked)
    refused = [price for price in prices if isinstance(price, Refusal)]
    assert [price.reason for price in refused] == [
        "quantized V cache requires flash_attn to be enabled"
    ] * 2


@pytest.mark.parametrize("parts", [1, 3])
def test_a_synthetic_file_takes_what_was_foretold(
    dry_run: DryRun, tmp_path: Path, parts: int
) -> None:
    shape = lfm2_1_2b() if parts == 1 else llama("split", 4, 2048, 8192, 16, parts)
    paths = shape.write(tmp_path)
    assert len(paths) == parts
    asked = [Configuration(2048), Configuration(2048, "q8_0")]
    prices = dry_run.price(read_skeleton(paths), asked)
    assert [dry_sizes(price) for price in prices] == real_sizes(paths[0], asked)


def test_every_shape_is_priced(dry_run: DryRun) -> None:
    for shape in shapes():
        short, long = dry_run.price(
            skeleton_of(shape.headers()), [Configuration(4096), Configuration(8192)]
        )
        assert isinstance(short, Buffers), (shape.name, short)
        assert isinstance(long, Buffers), (shape.name, long)
        assert short.weights_bytes == long.weights_bytes > 500_000_000
        assert 0 < short.context_bytes < long.context_bytes


def test_a_tokenizer_makes_no_difference(dry_run: DryRun, smollm2_path: Path) -> None:
    without, whole = (
        dry_run.price(read_skeleton([smollm2_path], keep_tokenizer=keep), [Configuration(2048)])
        for keep in (False, True)
    )
    assert dry_sizes(without[0]) == dry_sizes(whole[0]) is not None


def test_what_is_not_there_is_refused_with_llama_cpps_words(dry_run: DryRun) -> None:
    nothing = Skeleton(assemble([entry("general.architecture", "no-such-model")], []))
    (price,) = dry_run.price(nothing, [KNOWN])
    assert price == Refusal("unknown model architecture: 'no-such-model'")


def test_a_smaller_batch_takes_smaller_buffers(dry_run: DryRun) -> None:
    large, small = dry_run.price(specimen(), [Configuration(4096), Configuration(4096, batch=128)])
    assert isinstance(large, Buffers)
    assert isinstance(small, Buffers)
    assert small.compute_bytes < large.compute_bytes / 2
    assert small.context_bytes == large.context_bytes


def test_a_split_over_gpus_is_no_matter_without_them(dry_run: DryRun) -> None:
    whole, split = dry_run.price(
        specimen(), [KNOWN, replace(KNOWN, tensor_split=(1.0, 3.0), cpu_moe_layers=1)]
    )
    assert is_right(whole)
    assert is_right(split)


def test_the_devices_tell_their_memory(dry_run: DryRun) -> None:
    *_gpus, cpu = dry_run.memory()
    assert (cpu.name, cpu.kind) == ("CPU", "cpu")
    assert 0 < cpu.free_bytes <= cpu.total_bytes
    assert abs(cpu.total_bytes - psutil.virtual_memory().total) < 2**20
    assert is_right(*dry_run.price(specimen(), [KNOWN]))  # the next answer is the right one
    assert 20_000_000 < dry_run.resting_bytes < child().memory_info().rss * 1.1


def test_no_process_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with DryRun(tmp_path / "log") as dry_run:
        assert dry_run.memory() == ()
        assert dry_run.resting_bytes == 0


def test_an_abort_costs_an_answer_and_nothing_else(dry_run: DryRun) -> None:
    assert is_right(*dry_run.price(specimen(), [KNOWN]))
    before = child().pid
    first, second = dry_run.price(UNSURVIVABLE, [KNOWN, Configuration(512)])
    assert isinstance(first, CannotSay)
    assert "failed: it ended with" in first.sentence
    assert second == first
    assert is_right(*dry_run.price(specimen(), [KNOWN]))
    assert child().pid != before


def test_what_broke_the_process_is_not_tried_again(dry_run: DryRun) -> None:
    (price,) = dry_run.price(UNSURVIVABLE, [KNOWN])
    assert dry_run.price(UNSURVIVABLE, [KNOWN, KNOWN]) == (price, price)
    assert dry_runs() == []


def test_a_process_that_was_killed_is_started_again(dry_run: DryRun) -> None:
    assert is_right(*dry_run.price(specimen(), [KNOWN]))
    process = child()
    process.kill()
    process.wait(5)
    assert is_right(*dry_run.price(specimen(), [KNOWN]))


def test_a_process_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with DryRun(tmp_path / "log", time_limit=60.0) as dry_run:
        dry_run.price(specimen(), [KNOWN])
        hung = child()
        hung.suspend()
        with monkeypatch.context() as impatient:
            impatient.setattr(dry_run, "_time_limit", 0.5)
            (price,) = dry_run.price(specimen(), [Configuration(512)])
        assert isinstance(price, CannotSay)
        assert "did not answer in time" in price.sentence
        assert not hung.is_running()
        assert is_right(*dry_run.price(specimen(), [KNOWN]))
        (price,) = dry_run.price(specimen(), [Configuration(512)])
        assert isinstance(price, Buffers)  # that it took too long once says nothing of the file


def test_memory_that_no_dry_run_needs_ends_it(dry_run: DryRun) -> None:
    """A convolution over 40,000 tokens would keep 3.3 GB of state, which is really allocated."""
    shape = lfm2_1_2b()
    greedy = replace(
        shape,
        hyperparameters={**shape.hyperparameters, "shortconv.l_cache": 40_000},
        tensors=tuple(
            (name, (40_000, 2048) if "shortconv.conv" in name else size, kind)
            for name, size, kind in shape.tensors
        ),
    )
    (price,) = dry_run.price(skeleton_of(greedy.headers()), [Configuration(2048)])
    assert isinstance(price, CannotSay)
    assert "more memory than a dry run needs" in price.sentence


def test_a_process_that_cannot_start_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with DryRun(tmp_path / "log") as dry_run:
        (price,) = dry_run.price(specimen(), [KNOWN])
    assert isinstance(price, CannotSay)
    assert "could not be started" in price.sentence


def test_no_process_outlives_the_dry_run(tmp_path: Path) -> None:
    with DryRun(tmp_path / "log") as dry_run:
        assert dry_runs() == []  # nothing was asked yet
        dry_run.price(specimen(), [KNOWN])
        process = child()
    assert not process.is_running()
    assert is_right(*dry_run.price(specimen(), [KNOWN]))  # closed is not broken
    dry_run.close()


def test_the_child_ends_with_its_input() -> None:
    process = subprocess.Popen(
        children.command("alcove.fit.dryrun"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert b"ready" in process.stdout.readline()
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups to ask for")
def test_control_c_in_a_terminal_does_not_reach_the_child(dry_run: DryRun) -> None:
    dry_run.price(specimen(), [KNOWN])
    assert os.getpgid(child().pid) == child().pid != os.getpgid(0)


def test_threads_wait_for_one_another(dry_run: DryRun) -> None:
    prices: list[Price] = []

    def ask() -> None:
        for context in (256, 512, 256):
            prices.extend(dry_run.price(specimen(), [Configuration(context)]))

    threads = [threading.Thread(target=ask) for _index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    contexts = [price.context_bytes for price in prices if isinstance(price, Buffers)]
    assert sorted(contexts) == [CONTEXT_BYTES] * 8 + [2 * CONTEXT_BYTES] * 4


def test_llama_cpp_stays_out_of_the_process_that_asks(tmp_path: Path) -> None:
    """The window must survive whatever llama.cpp does."""
    program = """
import sys
from pathlib import Path
from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.dryrun.specimen import specimen
from alcove.fit.price import Buffers
with DryRun(Path(sys.argv[1])) as dry_run:
    (price,) = dry_run.price(specimen(), [Configuration(256)])
assert isinstance(price, Buffers), price
assert "llama_cpp" not in sys.modules
assert not [name for name in sys.modules if name.startswith("alcove.llama")]
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "log")], check=True)


@pytest.mark.parametrize(
    "price",
    [
        Buffers((DeviceBuffers("CUDA0", "NVIDIA", "gpu", "0000:01:00.0", 3, 2, 1),)),
        Refusal("quantized V cache requires flash_attn to be enabled"),
        CannotSay("The dry run of this file failed: it ended with SIGABRT."),
    ],
)
def test_prices_survive_the_way_between_processes(price: Price) -> None:
    assert price_from_json(json.loads(json.dumps(price_to_json(price)))) == price
