"""How much memory to leave alone, learned from what loads really took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from math import ceil

from alcove.fit.margins import FIRST_MARGINS, Margins
from alcove.fit.records import Load

_LEAST_BYTES = 256 * 1024**2
_LEAST_GPU_BYTES = 512 * 1024**2
"""Drivers take more when the first prompt comes, which is after the load was measured."""

_ENOUGH = 5
"""Loads after which the first guess is given up."""

_NEWEST = 50
"""Loads that count: the forecasts of long ago were others."""


def margins(loads: Iterable[Load], machine: str) -> Margins:
    """Return the margins for the machine with the key ``machine``; ``loads`` are newest first.

    Each margin is the residual, measured less predicted bytes, that 95 % of the newest 50 loads
    stayed within. It is at least 256 MiB, on GPUs 512 MiB, and at most twice the first guess,
    because a residual is also what other programs took meanwhile. Before five loads it is never
    below the first guess. On GPUs the worst device of a load counts; of RAM only loads that
    answered, because buffers are taken when they are first used.
    """
    here = list(islice((one for one in loads if one.conditions.machine == machine), _NEWEST))
    gpu = [max(d.measured - d.predicted for d in load.devices) for load in here if load.devices]
    host = [
        load.measured_bytes - load.predicted_bytes for load in here if load.peak_bytes is not None
    ]
    return Margins(
        gpu_bytes=_margin(gpu, FIRST_MARGINS.gpu_bytes, _LEAST_GPU_BYTES),
        host_bytes=_margin(host, FIRST_MARGINS.host_bytes, _LEAST_BYTES),
    )


def _margin(residuals: Sequence[int], first: int, least: int) -> int:
    lowest = least if len(residuals) >= _ENOUGH else first
    return min(max(lowest, _percentile_95(residuals)), 2 * first)


def _percentile_95(residuals: Sequence[int]) -> int:
    """Return the least of the residuals that 95 % of them do not exceed; 0 for none."""
    return sorted(residuals)[ceil(0.95 * len(residuals)) - 1] if residuals else 0
