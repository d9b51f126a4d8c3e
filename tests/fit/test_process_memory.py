"""RAM of the model process, foretold and then really taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alcove.engine.process import ModelProcess
from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.price import Buffers
from alcove.fit.process_memory import checkpoint_bytes, overhead_bytes, projector_bytes
from alcove.fit.shape import Shape, shape_from_skeleton
from alcove.gguf.skeleton import read_skeleton
from fit.synthetic_filling import beside, fill, options_for, resident_bytes

MIB = 2**20


@pytest.fixture
def shape(smollm2_path: Path) -> Shape:
    return shape_from_skeleton(read_skeleton([smollm2_path]))


@pytest.mark.parametrize("fixture", ["smollm2_path", "gemma_path"])
def test_a_full_context_takes_what_was_foretold(
    request: pytest.FixtureRequest, tmp_path: Path, fixture: str
) -> None:
    path: Path = request.getfixturevalue(fixture)
    skeleton, asked = read_skeleton([path]), Configuration(1024)
    with DryRun(tmp_path / "dry-run.log") as dry_run:
        (price,) = dry_run.price(skeleton, [asked])
    assert isinstance(price, Buffers)
    host = price.devices[-1]
    buffers = host.weights_bytes + host.context_bytes + host.compute_bytes
    shape = shape_from_skeleton(skeleton)
    foretold = buffers + beside(path, shape) + checkpoint_bytes(shape, asked)
    process = ModelProcess.start(options_for(path, asked), lambda _part: None, tmp_path / "log")
    try:
        assert fill(process) > 900
        assert abs(resident_bytes(process) - foretold) < 12 * MIB
    finally:
        process.stop()


@pytest.mark.parametrize(
    ("model", "tokens", "merges", "taken"),
    [
        ("gpt2", 128256, 280147, 50.4),
        ("gpt2", 151936, 151387, 40.2),
        ("gpt2", 32256, 31757, 8.5),
        ("gemma4", 262144, 514906, 91.8),
        ("llama", 32064, 0, 4.8),
        ("llama", 262144, 0, 39.1),
        ("bert", 30522, 0, 4.7),
        ("t5", 250048, 0, 123.0),
    ],
)
def test_tokenizers_take_what_was_measured(
    shape: Shape, model: str, tokens: int, merges: int, taken: float
) -> None:
    """Measured in MiB when llama.cpp had loaded nothing but the tokenizers of real models."""
    none = replace(shape, vocabulary_size=tokens, tokenizer_model="none", tokenizer_merges=0)
    some = replace(none, tokenizer_model=model, tokenizer_merges=merges)
    assert (overhead_bytes(some) - overhead_bytes(none)) / MIB == pytest.approx(taken, abs=2)


def test_an_unknown_tokenizer_is_a_large_one(shape: Shape) -> None:
    unknown = replace(shape, vocabulary_size=0, tokenizer_model="", tokenizer_merges=0)
    assert overhead_bytes(unknown) > overhead_bytes(shape) + 20 * MIB
    named = replace(shape, tokenizer_model="no-such-kind")
    assert overhead_bytes(named) >= overhead_bytes(shape)


def test_drivers_that_a_dry_run_carries_count(shape: Shape) -> None:
    usual = overhead_bytes(shape)
    assert overhead_bytes(shape, 20 * MIB) == usual
    assert overhead_bytes(shape, 345 * MIB) > usual + 250 * MIB


def test_a_projector_takes_more_than_its_file() -> None:
    """An eighth for its buffers, and the images that it works on."""
    assert projector_bytes(800 * MIB) == 964 * MIB
    assert projector_bytes(0) == 64 * MIB
