"""How true the rebuilt headers of the catalog's files are, and whether llama.cpp takes them.

    python tests/benchmarks/rebuilt_headers.py

Prints how many files there are, how far the recipes are from the sizes that their sources state to
the byte, for how many types had to be found that add up, and how many rebuilt headers llama.cpp's
dry run takes. Exits 1 where it refuses one, or where more than 2 % of the files have none.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from alcove.catalog.layout import Build
from alcove.catalog.layouts import load_builds
from alcove.catalog.load import load_catalog
from alcove.catalog.model import Model, Quantization
from alcove.catalog.rebuild import by_recipe, chosen, rebuild
from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.price import Buffers
from alcove.gguf.tensor_types import stored_bytes

BOUNDS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)


def main() -> int:
    builds, catalog = load_builds(), load_catalog()
    files = [(model, q) for model in catalog.models for q in model.quantizations]
    known = [(model, q) for model, q in files if model.id in builds]
    print(f"{len(files)} files of {len(catalog.models)} models; {len(known)} can be rebuilt")
    missing = {model.id for model, _q in files} - builds.keys()
    print(f"not of: {', '.join(sorted(missing))}")
    sizes(builds, known)
    started = time.perf_counter()
    refused = dry_runs(builds, known)
    seconds = time.perf_counter() - started
    print(f"{len(known) - len(refused)} of {len(known)} taken by llama.cpp, in {seconds:.0f} s")
    for name in refused:
        print(f"  refused: {name}")
    return 1 if refused or len(known) < 0.98 * len(files) else 0


def sizes(builds: dict[str, Build], files: list[tuple[Model, Quantization]]) -> None:
    """Print how recipes and fitted types meet the sizes that are known."""
    exact, fitted = Counter[str](), 0
    for model, quantization in files:
        build = builds[model.id]
        tensors, kinds = by_recipe(build, quantization.name)
        if chosen(build, quantization)[1] != kinds:
            fitted += 1
        elif quantization.size_basis == "exact":
            found = sum(map(stored_bytes, (shape for _name, shape in tensors), kinds))
            off = abs(found + build.header_bytes - quantization.size_bytes)
            share = off / quantization.size_bytes
            exact[next((f"below {b:g}" for b in BOUNDS if share < b), "more")] += 1
    print(f"{len(files) - fitted} by recipe, {fitted} by types that add up to the size")
    print(f"of those by recipe, {sum(exact.values())} have a size known to the byte; off by:")
    for bound, count in sorted(exact.items()):
        print(f"  {bound:<12} {count:>5}")


def dry_runs(builds: dict[str, Build], files: list[tuple[Model, Quantization]]) -> list[str]:
    """Return the files whose rebuilt headers llama.cpp does not take."""
    refused = []
    with tempfile.TemporaryDirectory() as folder, DryRun(Path(folder, "log")) as dry_run:
        for model, quantization in files:
            skeleton = rebuild(builds[model.id], quantization)
            (price,) = dry_run.price(skeleton, [Configuration(min(4096, model.context))])
            if not isinstance(price, Buffers):
                refused.append(f"{model.id} {quantization.name}: {price}")
    return refused


if __name__ == "__main__":
    sys.exit(main())
