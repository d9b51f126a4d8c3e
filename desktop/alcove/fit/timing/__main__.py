"""The child process that takes timings: loads files that look like models, and runs them.

The request is {"jobs": [...], "seconds": N}; each job is answered with one line, in order, and
what would begin N seconds after llama.cpp has started is left out. What llama.cpp does not survive
ends the process.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from alcove import children
from alcove.fit.configuration import Configuration
from alcove.fit.timing.job import Job, Measure, Timing
from alcove.fit.timing.routing import contents
from alcove.gguf.skeleton import Skeleton
from alcove.llama import native
from alcove.llama.context import Context, ContextFailed, DecodeFailed
from alcove.llama.model import LoadFailed, Model
from alcove.llama.parameters import ContextOptions, ModelOptions
from alcove.llama.sparse import sparse_file
from alcove.llama.timing import Timed

_WARM_TOKENS = 3
_TURNS = 4
_TOKEN_SECONDS = 0.8
"""How long one figure may take, where tokens are slow or the computer is busy."""

_QUIET, _MOST_RANK = 0.15, 3
"""Which sample is believed, as a share of them but not far from the least: other programs only ever
make a token slower."""


def main() -> int:
    """Do all jobs; 1 with the reason told if one of them is not possible."""
    send = children.claim_stdout()
    request = children.read_request()
    children.end_with_parent()
    log = native.start()
    jobs = [Job.from_json(document) for document in request["jobs"]]
    deadline = time.monotonic() + request["seconds"]  # GPU drivers have started by now
    for number, job in enumerate(jobs):
        if time.monotonic() > deadline:
            break
        try:
            send({"timing": _timing(job, _progress(send, number, len(jobs)))})
        except (LoadFailed, ContextFailed, DecodeFailed, OSError) as error:
            reason = next(iter(log.errors.strip().splitlines()), str(error))
            send({"failed": reason.strip()})
            return 1
    return 0


def _progress(send: children.Send, number: int, count: int) -> Callable[[float], None]:
    return lambda fraction: send({"fraction": (number + fraction) / count})


def _timing(job: Job, report: Callable[[float], None]) -> Timing:
    with ExitStack() as stack:
        models = []
        for number, skeleton in enumerate(job.models):
            models.append(stack.enter_context(_loaded(skeleton, job)))
            report(0.5 * (number + 1) / len(job.models))
        timings = []
        for number, measure in enumerate(job.measures):
            timings.append(_measured(measure, models))
            report(0.5 + 0.5 * (number + 1) / len(job.measures))
        return tuple(timings)


@contextmanager
def _loaded(skeleton: Skeleton, job: Job) -> Iterator[Timed]:
    asked = job.configuration
    with sparse_file(skeleton.data, skeleton.file_size) as path:
        with Path(path).open("r+b") as file:
            for offset, data in contents(skeleton.header):
                file.seek(offset)
                file.write(data)
        model = Model(
            Path(path), ModelOptions(asked.gpu_layers, asked.cpu_moe_layers, asked.tensor_split)
        )
    try:
        context = Context(model, _context_options(job))
    except ContextFailed:
        model.close()
        raise
    timed = Timed(model, context)
    try:
        yield timed
    finally:
        timed.close()


def _context_options(job: Job) -> ContextOptions:
    asked: Configuration = job.configuration
    return ContextOptions(
        length=asked.context,
        kv_type=asked.kv_type,
        batch=asked.batch,
        flash_attention=asked.flash_attention,
        threads=max(measure.threads for measure in job.measures),
    )


def _measured(measure: Measure, models: list[Timed]) -> tuple[float, ...]:
    for model in models:
        model.use_threads(measure.threads)
    if measure.kind == "prompt":
        return tuple(_prompt(model, measure) for model in models)
    if measure.kind == "sampling":
        choices = [model.sampling() for model in models]
        return tuple(_typical([choose() for _ in range(measure.tokens)]) for choose in choices)
    return _tokens(measure, models)


def _tokens(measure: Measure, models: list[Timed]) -> tuple[float, ...]:
    """Time tokens; where a model did not get as deep as asked, go by what depth adds so far."""
    reached = [model.go_to(measure.depth) for model in models]
    seconds = _sampled(measure, models)
    if all(depth >= measure.depth for depth in reached):
        return seconds
    for model in models:
        model.go_to(0)
    return tuple(
        start + max(deep - start, 0.0) * measure.depth / max(depth, 1)
        for start, deep, depth in zip(_sampled(measure, models), seconds, reached, strict=True)
    )


def _sampled(measure: Measure, models: list[Timed]) -> tuple[float, ...]:
    samples: list[list[float]] = [[] for _ in models]
    for model in models:
        for _ in range(_WARM_TOKENS):
            model.token()
    each = -(-measure.tokens // _TURNS)
    deadline = time.monotonic() + _TOKEN_SECONDS * len(models)
    while len(samples[0]) < measure.tokens and (time.monotonic() < deadline or not samples[0]):
        for model, taken in zip(models, samples, strict=True):
            model.token()  # what the other model left in the caches
            taken += [model.token() for _ in range(each)]
    return tuple(map(_typical, samples))


def _prompt(model: Timed, measure: Measure) -> float:
    """Time a prompt after a short one, which makes llama.cpp ready; seconds per token."""
    model.go_to(0)
    model.prompt(min(measure.tokens, 32))
    model.go_to(measure.depth)
    return model.prompt(measure.tokens) / measure.tokens


def _typical(samples: list[float]) -> float:
    return sorted(samples)[min(int(len(samples) * _QUIET), _MOST_RANK)]


if __name__ == "__main__":
    sys.exit(main())
