"""Measure once how fast this machine runs llama.cpp's kernels, on models made for that.

What matters for most models comes first, so that little is missing where time runs out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from alcove.fit.configuration import ALL_LAYERS
from alcove.fit.formula import targets
from alcove.fit.kernels import ESSENTIAL, PROMPT, Place, dense, device_speeds, steps
from alcove.fit.speeds import DeviceSpeeds, Speeds, speeds_key
from alcove.fit.timing.job import Job, Measure
from alcove.fit.timing.process import take_timings
from alcove.hardware.bandwidth import cache_bytes
from alcove.hardware.machine import Machine
from alcove.i18n import _

Report = Callable[[float, str], None]

_CPU_SECONDS = 15.0
_GPU_SECONDS = 10.0
_THREAD_SHARE = 0.2
"""Of the time that the CPU takes: what finding the best number of threads takes."""
_GAIN = 0.95
"""What another number of threads must bring, as measuring it is not exact."""

_LEAST_BYTES, _MOST_BYTES = 96 * 2**20, 768 * 2**20
_GPU_BYTES = 768 * 2**20
_ROOM = 4
"""Free memory must be that many times what a probe takes."""


def calibrate(machine: Machine, report: Report, log: Path) -> Speeds:
    """Measure this machine, in 5 to 20 seconds on its processor and some more for each GPU.

    ``report`` gets a fraction of 1 and what is being done, in words; whatever it raises ends the
    measurement and is passed on. What llama.cpp prints goes to ``log``. Raises EngineError and
    LoadError.
    """
    gpus = targets(machine)
    whole = _CPU_SECONDS + len(gpus) * _GPU_SECONDS
    cpu = Place(0, (), _cpu_bytes(machine))
    part = _part(report, 0, _CPU_SECONDS * _THREAD_SHARE / whole, _("Comparing threads"))
    threads, batch_threads = _best_threads(machine, cpu, part, log)
    words = _("Measuring the processor")
    begin = _CPU_SECONDS * _THREAD_SHARE / whole
    part = _part(report, begin, _CPU_SECONDS / whole, words)
    seconds = _CPU_SECONDS * (1 - _THREAD_SHARE)
    speeds, sampling = _measured(cpu, threads, batch_threads, part, log, seconds)
    measured = []
    for number, gpu in enumerate(gpus):
        split = tuple(float(other == number) for other in range(len(gpus)))
        size = min(_GPU_BYTES, gpu.free_bytes // _ROOM)
        place = Place(ALL_LAYERS, split if len(gpus) > 1 else (), size)
        begin = (_CPU_SECONDS + number * _GPU_SECONDS) / whole
        words = _("Measuring {gpu}").format(gpu=gpu.name)
        part = _part(report, begin, begin + _GPU_SECONDS / whole, words)
        speeds_there, _sampling = _measured(place, threads, threads, part, log, _GPU_SECONDS)
        measured.append(speeds_there)
    return Speeds(
        key=speeds_key(machine),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        cpu=speeds,
        gpus=tuple(measured),
        threads=threads,
        batch_threads=batch_threads,
        sampling=sampling,
    )


def _part(report: Report, begin: float, end: float, words: str) -> Callable[[float], None]:
    return lambda fraction: report(min(begin + fraction * (end - begin), 1.0), words)


def _cpu_bytes(machine: Machine) -> int:
    wanted = min(max(3 * cache_bytes(), _LEAST_BYTES), _MOST_BYTES)
    return min(wanted, machine.memory.available_bytes // _ROOM)


def _best_threads(
    machine: Machine, place: Place, report: Callable[[float], None], log: Path
) -> tuple[int, int]:
    """Return the numbers of threads that generate and that read a prompt fastest."""
    cores = machine.cpu
    counts = sorted({cores.physical_cores, cores.logical_cores, max(cores.logical_cores - 1, 1)})
    if len(counts) == 1:
        return counts[0], counts[0]
    model = dense("Q4_K", place)
    tokens = [Measure("token", count, tokens=12) for count in counts]
    prompts = [Measure("prompt", count, tokens=PROMPT) for count in counts]
    job = Job((model,), place.configuration(1024), (*tokens, *prompts))
    (timing,) = take_timings([job], report, log, _CPU_SECONDS)
    figures = [figure for (figure,) in timing]
    generation, prompt = figures[: len(counts)], figures[len(counts) :]
    usual = counts.index(cores.physical_cores)
    return counts[_best(generation, usual)], counts[_best(prompt, usual)]


def _best(figures: Sequence[float], usual: int) -> int:
    """Return the place of the least figure, or the usual one if that is hardly more."""
    least = figures.index(min(figures))
    return least if figures[least] < _GAIN * figures[usual] else usual


def _measured(
    place: Place,
    threads: int,
    batch_threads: int,
    report: Callable[[float], None],
    log: Path,
    seconds: float,
) -> tuple[DeviceSpeeds, float]:
    """Return what a device can do, and how long choosing a token takes."""
    todo = steps(place, threads, batch_threads)
    jobs = [step.job for step in todo]
    timings = take_timings(jobs, report, log, seconds, least=ESSENTIAL)
    done = {step.what: (step, timing) for step, timing in zip(todo, timings, strict=False)}
    return device_speeds(done)
