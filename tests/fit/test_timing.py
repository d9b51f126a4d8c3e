from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from alcove.children import Child
from alcove.engine.process import YIELDING
from alcove.errors import EngineStopped, LoadError
from alcove.fit.configuration import Configuration
from alcove.fit.probes import probe
from alcove.fit.timing import process
from alcove.fit.timing.job import Job, Measure
from alcove.fit.timing.process import take_timings
from alcove.fit.timing.routing import contents
from alcove.gguf.skeleton import Skeleton
from fit.synthetic_models import skeleton
from fit.synthetic_shapes import falcon_h1_1_5b, gemma3_4b, gpt_oss_20b

RAM = Configuration(4096, gpu_layers=0)
LONG = Job((probe("Q8_0", 1, width=256),), RAM, (Measure("token", 1, tokens=3000),) * 3)
"""So many tokens take more than a tenth of a second, however fast the machine."""


class Enough(Exception):
    pass


def timed(log: Path, *jobs: Job) -> list[tuple[tuple[float, ...], ...]]:
    return take_timings(jobs, lambda _fraction: None, log, 120)


def timing_processes() -> list[psutil.Process]:
    return [
        child for child in psutil.Process().children() if "alcove.fit.timing" in child.cmdline()
    ]


def test_each_model_gets_a_figure_of_each_kind(tmp_path: Path) -> None:
    """How they follow the work on this machine, ``benchmarks/fit_timing.py`` prints."""
    models = probe("Q8_0", 1, width=1024), probe("Q8_0", 12, width=1024)
    measures = Measure("token", 1), Measure("token", 1, depth=3500), Measure("prompt", 1, tokens=64)
    (timing,) = timed(tmp_path / "log", Job(models, RAM, (*measures, Measure("sampling", 1))))
    assert [len(figures) for figures in timing] == [2] * 4
    assert all(0 < seconds < 60 for figures in timing for seconds in figures)


@pytest.mark.parametrize("kv_type", ["f16", "q8_0"])
@pytest.mark.parametrize("make", [gemma3_4b, gpt_oss_20b, falcon_h1_1_5b])
def test_windows_and_recurrent_layers_can_be_deep_at_once(
    make: object, kv_type: str, tmp_path: Path
) -> None:
    from alcove.gguf.slice import first_layers

    assert callable(make)
    model = first_layers(skeleton(make()), 2)
    asked = Configuration(16384, kv_type, gpu_layers=0)
    measures = Measure("token", 2, depth=0, tokens=4), Measure("token", 2, depth=15000, tokens=4)
    (((shallow,), (deep,)),) = timed(tmp_path / "log", Job((model,), asked, measures))
    assert shallow > 0
    assert deep > 0


def test_what_raises_ends_the_process_at_once(tmp_path: Path) -> None:
    job = Job((probe("Q8_0", 4),), RAM, (Measure("token", 1, tokens=10**6),) * 100)
    calls = []

    def report(fraction: float) -> None:
        calls.append(fraction)
        if len(calls) > 5:
            raise Enough

    with pytest.raises(Enough):
        take_timings([job], report, tmp_path / "log", 120)
    assert len(calls) == 6
    assert timing_processes() == []


def test_a_model_that_llama_cpp_does_not_know_is_a_sentence(tmp_path: Path) -> None:
    strange = Skeleton(probe("Q8_0", 1).data.replace(b"llama", b"lmxxa"))
    with pytest.raises(LoadError, match="lmxxa") as caught:
        timed(tmp_path / "log", Job((strange,), RAM, (Measure("token", 1),)))
    assert caught.value.advice == "Go by the estimate, or choose another quantization."


def test_jobs_that_would_begin_too_late_are_left_out(tmp_path: Path) -> None:
    assert len(take_timings([LONG] * 50, lambda _fraction: None, tmp_path / "log", 0.1)) == 1


def test_too_few_jobs_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineStopped, match="took too long"):
        take_timings([LONG] * 2, lambda _fraction: None, tmp_path / "log", 0.1, least=2)


SLOW_DRIVER = """
import time
from alcove.llama import native
start = native.start
native.start = lambda: (time.sleep(1), start())[1]
from alcove.fit.timing.__main__ import main
raise SystemExit(main())
"""


def test_the_start_of_a_driver_takes_no_time_from_the_jobs() -> None:
    job = Job((probe("Q8_0", 1),), RAM, (Measure("token", 1),))
    request = {"jobs": [job.to_json()], "seconds": 0.5}
    with Child([sys.executable, "-c", SLOW_DRIVER], request) as slow:
        messages = iter(lambda: slow.receive(60), None)
        assert any("timing" in message for message in messages)


def test_a_prompt_may_be_longer_than_a_batch(tmp_path: Path) -> None:
    """llama.cpp does not survive one that is read at once."""
    small = replace(RAM, batch=64)
    (((seconds,),),) = timed(
        tmp_path / "log", Job((probe("Q8_0", 1),), small, (Measure("prompt", 1, tokens=150),))
    )
    assert seconds > 0


def test_threads_wait_as_those_of_a_model_process() -> None:
    assert process._ENVIRONMENT.items() >= YIELDING.items()


def test_routers_of_experts_get_contents_within_the_file() -> None:
    model = skeleton(gpt_oss_20b())
    pieces = list(contents(model.header))
    assert pieces
    assert all(offset + len(data) <= model.file_size for offset, data in pieces)
    assert not list(contents(probe("Q8_0", 1).header))
