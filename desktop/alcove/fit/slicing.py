"""Which slices of a model are run to measure it: few layers, but enough, and such as fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from alcove.errors import ModelMemoryError, Remedy
from alcove.fit.configuration import ALL_LAYERS, Configuration
from alcove.fit.costs import Costs, Way
from alcove.fit.formula import Formula
from alcove.fit.margins import Margins
from alcove.fit.pattern import Pattern
from alcove.fit.price import Buffers, DeviceBuffers
from alcove.fit.result import DEPTH
from alcove.fit.shape import Shape
from alcove.fit.timing.job import Job, Measure
from alcove.fit.trial import Room, Trial, try_out
from alcove.gguf.skeleton import Skeleton
from alcove.gguf.slice import first_layers
from alcove.i18n import _
from alcove.words import gigabytes

_WHOLE_BYTES = 900 * 10**6
"""Weights of models that are run whole."""

_MOST_BYTES = 4 * 10**9
"""Weights of both slices together: loading them takes most of the time."""

_MARGINS = Margins(host_bytes=400 * 10**6)
_ROOM_TOKENS = 768
_TOKENS, _CHOICES = 24, 12
_PROMPT_SECONDS = 1.5
_LEAST_PROMPT, _MOST_PROMPT = 64, 512


@dataclass(frozen=True)
class Slicing:
    """What is run: the numbers of layers, in which ways, at which depth, and how long a prompt.

    A single number is that of all layers; they lie where the configuration puts them.
    """

    counts: tuple[int, ...]
    ways: tuple[Way, ...]
    depth: int
    prompt: int

    @property
    def is_whole(self) -> bool:
        """Whether the model is run as it is."""
        return len(self.counts) == 1


def slicing_of(pattern: Pattern, costs: Costs) -> Slicing:
    """Choose what to run; raises ModelMemoryError where nothing that tells enough has room."""
    shape = costs.shape
    layers = len(shape.blocks)
    whole = _slicing((layers,), costs)
    if shape.weights_bytes <= _WHOLE_BYTES and _missing(whole, costs) is None:
        return whole
    pairs = [pair for pair in _pairs(pattern, layers) if pair[1] < layers]
    slicings = [_slicing(pair, costs) for pair in pairs] or [whole]
    lacking = [_missing(slicing, costs) for slicing in slicings]
    fitting = [one for one, missing in zip(slicings, lacking, strict=True) if missing is None]
    if not fitting:
        missing = [trial for trial in lacking if trial is not None]
        raise _no_room(min(missing, key=lambda trial: trial.missing_bytes))
    quick = [one for one in fitting if _weights(shape, one.counts) <= _MOST_BYTES]
    return quick[0] if quick else min(fitting, key=lambda one: sum(one.counts))


def jobs(skeleton: Skeleton, slicing: Slicing, costs: Costs) -> list[Job]:
    """Return what is timed, one job for each way."""
    layers = len(costs.shape.blocks)
    models = tuple(
        skeleton if count == layers else first_layers(skeleton, count) for count in slicing.counts
    )
    cores = costs.machine.cpu.physical_cores
    threads = costs.speeds.threads if costs.speeds else cores
    batch_threads = costs.speeds.batch_threads if costs.speeds else cores
    measures = (
        Measure("token", threads, 0, _TOKENS),
        Measure("token", threads, slicing.depth, _TOKENS),
        Measure("prompt", batch_threads, 0, slicing.prompt),
        Measure("sampling", threads, 0, _CHOICES),
    )
    return [Job(models, _configuration(slicing, way, costs), measures) for way in slicing.ways]


def _slicing(counts: tuple[int, ...], costs: Costs) -> Slicing:
    return Slicing(
        counts=counts,
        ways=costs.ways if len(counts) > 1 else costs.ways[:1],
        depth=max(min(DEPTH, costs.configuration.context - _ROOM_TOKENS), 0),
        prompt=_prompt(costs, sum(counts)),
    )


def _pairs(pattern: Pattern, layers: int) -> Iterator[tuple[int, int]]:
    """Yield pairs of numbers of layers, the most telling first."""
    lead, period = pattern.lead, pattern.period
    if period == 0:
        yield max(layers // 6, 1), max(layers // 2, 2)
        return
    if period <= 2:
        yield lead + 2, lead + 6
        yield lead + 2, lead + 4
    yield lead + period, lead + 2 * period
    yield lead + 1, lead + 1 + period


def _prompt(costs: Costs, layers: int) -> int:
    """Choose how long a prompt is read, so that it does not take too long."""
    way = costs.ways[0]
    known = costs.speeds is not None
    each = sum(costs.prompt(layer, way) for layer in range(min(layers, len(costs.shape.blocks))))
    tokens = int(_PROMPT_SECONDS / each) if known and each else _LEAST_PROMPT
    least = 2 * _LEAST_PROMPT if costs.shape.moe_layers else _LEAST_PROMPT
    return min(max(tokens // 32 * 32, least), _MOST_PROMPT)


def _configuration(slicing: Slicing, way: Way, costs: Costs) -> Configuration:
    """Return how slices are loaded: all their layers lie in the same way."""
    asked = replace(costs.configuration, context=slicing.depth + _ROOM_TOKENS, slots=1)
    if slicing.is_whole:
        return asked
    return replace(
        asked,
        gpu_layers=0 if way == "cpu" else ALL_LAYERS,
        cpu_moe_layers=len(costs.shape.blocks) if way == "mixed" else 0,
    )


def _missing(slicing: Slicing, costs: Costs) -> Trial | None:
    """Hold what runs at once against the memory that is free; return where most lacks."""
    trials = [_trial(slicing, way, costs) for way in slicing.ways]
    worst = max(trials, key=lambda trial: trial.missing_bytes)
    return None if worst.fits else worst


def _trial(slicing: Slicing, way: Way, costs: Costs) -> Trial:
    asked = _configuration(slicing, way, costs)
    parts = [_part(costs.shape, count) for count in slicing.counts]
    prices = [Formula(part, costs.machine).price(asked) for part in parts]
    # Some kernels of the CPU want a copy of an embedding that serves as the output too.
    copies = costs.shape.embedding.size_bytes if costs.shape.tied and way == "cpu" else 0
    room = Room(costs.machine, _MARGINS)
    return try_out(asked, _together(prices), costs.shape.layers, room, copies * len(parts))


def _part(shape: Shape, count: int) -> Shape:
    """Return the shape of the first ``count`` layers."""
    layers = len(shape.blocks)
    if count == layers:
        return shape
    kv = replace(
        shape.kv,
        bytes_per_token=shape.kv.bytes_per_token * count // layers,
        window_bytes_per_token=shape.kv.window_bytes_per_token * count // layers,
        state_bytes=shape.kv.state_bytes * count // layers,
    )
    return replace(shape, blocks=shape.blocks[:count], drafts=0, kv=kv)


def _together(prices: Sequence[Buffers]) -> Buffers:
    """Add up what several models take of the same devices."""
    devices = zip(*(price.devices for price in prices), strict=True)
    return Buffers(tuple(map(_sum, devices)))


def _sum(shares: Sequence[DeviceBuffers]) -> DeviceBuffers:
    return replace(
        shares[0],
        weights_bytes=sum(share.weights_bytes for share in shares),
        context_bytes=sum(share.context_bytes for share in shares),
        compute_bytes=sum(share.compute_bytes for share in shares),
    )


def _weights(shape: Shape, counts: Sequence[int]) -> int:
    return sum(_part(shape, count).weights_bytes for count in counts)


def _no_room(trial: Trial) -> ModelMemoryError:
    missing = gigabytes(trial.missing_bytes)
    in_ram = _("Measuring this model takes {missing} more RAM than is free.")
    on_gpu = _("Measuring this model takes {missing} more than is free on the GPU.")
    return ModelMemoryError(
        (in_ram if trial.host_room_bytes < 0 else on_gpu).format(missing=missing),
        _("Close other programs, or go by the estimate."),
        Remedy.SMALLER_MODEL,
    )
