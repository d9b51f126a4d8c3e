"""Which of the machines that ship as profiles would run a model."""

from __future__ import annotations

from dataclasses import dataclass

from alcove.fit.estimate import estimate
from alcove.fit.forecast import is_slow
from alcove.fit.formula import targets
from alcove.fit.learning import insight_of
from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.fit.shape import Shape
from alcove.hardware.machine import Gpu, Machine
from alcove.hardware.profiles import ProfileName, load_calibration, load_profile, profile_names


@dataclass(frozen=True)
class Host:
    """A described machine, and how a model would run there, by formula."""

    profile: ProfileName
    machine: Machine
    fit: Fit

    @property
    def memory_bytes(self) -> int:
        """Its RAM and the memory of its own graphics cards."""
        cards = sum(gpu.total_bytes for gpu in self.machine.gpus if gpu.kind == "discrete")
        return self.machine.memory.total_bytes + cards


def hosts(shape: Shape, wish: Wish) -> tuple[Host, ...]:
    """Return the shipped machines on which a model fits.

    Those that are fast enough for a chat come first, the one with least memory before others.
    """
    judged = (_judged(name, shape, wish) for name in profile_names())
    return tuple(sorted((host for host in judged if host.fit.fits), key=_order))


def cards() -> tuple[Gpu, ...]:
    """Return the CUDA cards of the shipped machines, smallest first, one of each size."""
    known: dict[int, Gpu] = {}
    for name in profile_names():
        for gpu in targets(load_profile(name.name)):
            if gpu.backend == "CUDA" and gpu.kind == "discrete":
                other = known.get(gpu.total_bytes)
                if other is None or (gpu.bandwidth or 0) > (other.bandwidth or 0):
                    known[gpu.total_bytes] = gpu
    return tuple(known[size] for size in sorted(known))


def _judged(name: ProfileName, shape: Shape, wish: Wish) -> Host:
    machine = load_profile(name.name)
    insight = insight_of(machine, load_calibration(name.name))
    return Host(name, machine, estimate(shape, machine, wish, insight))


def _order(host: Host) -> tuple[bool, int, str]:
    generation = host.fit.forecast.generation
    slow = generation is not None and is_slow(generation)
    return slow, host.memory_bytes, host.profile.name
