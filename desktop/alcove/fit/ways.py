"""What was measured of a file loaded in one way, taken to another way.

Plans follow the memory that is free: a layer more on the GPU, another type of the KV cache. As long
as the same devices compute, what was measured changes as the estimates of the two ways do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from math import exp, log

from alcove.fit.configuration import Configuration
from alcove.fit.result import DEPTH, Forecast, Range

DOUBT = 0.25
"""By what share the estimate of how another way changes the speed may be wrong."""


def way_of(configuration: Configuration) -> str:
    """Return what of a configuration decides its speed, from the start to ``Forecast.deep``."""
    parts = asdict(configuration) | {"context": min(configuration.context, DEPTH)}
    del parts["tensor_split"], parts["slots"]  # they follow what is free, and who asks
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def places(configuration: Configuration, layers: int) -> tuple[bool, bool]:
    """Whether some of ``layers`` lie on GPUs, and whether something of them lies in RAM."""
    on_gpus = configuration.on_gpus(layers)
    return on_gpus > 0, on_gpus < layers or configuration.cpu_moe_layers > 0


def nearest(
    wanted: Configuration, measured: Iterable[Configuration], layers: int
) -> Configuration | None:
    """Return the way that is most like the one wanted, if one puts a model in the same places."""
    alike = [each for each in measured if places(each, layers) == places(wanted, layers)]
    return min(alike, key=lambda each: _distance(each, wanted), default=None)


def ratio(theirs: Range | None, wanted: Range | None) -> float | None:
    """Return how many times faster the way wanted is, going by estimates of both."""
    if theirs is None or wanted is None or theirs.expected <= 0 or wanted.expected <= 0:
        return None
    return wanted.expected / theirs.expected


def carried(measured: Forecast, theirs: Forecast, wanted: Forecast) -> Forecast | None:
    """Take a measurement to another way by the estimates of both; None if there are none."""
    generation = _carried(measured.generation, theirs.generation, wanted.generation)
    if generation is None:
        return None
    return Forecast(
        generation=generation,
        prompt=_carried(measured.prompt, theirs.prompt, wanted.prompt),
        basis=measured.basis,
        deep=_carried(measured.deep, theirs.deep, wanted.deep),
    )


def _carried(measured: Range | None, theirs: Range | None, wanted: Range | None) -> Range | None:
    times = ratio(theirs, wanted)
    if measured is None or times is None:
        return None
    width = exp(DOUBT * abs(log(times)))
    return Range(
        measured.low * times / width, measured.expected * times, measured.high * times * width
    )


def _distance(one: Configuration, other: Configuration) -> tuple[int, bool, bool, int]:
    moved = abs(one.gpu_layers - other.gpu_layers) + abs(one.cpu_moe_layers - other.cpu_moe_layers)
    deeper = abs(min(one.context, DEPTH) - min(other.context, DEPTH))
    return moved, one.kv_type != other.kv_type, one.batch != other.batch, deeper
