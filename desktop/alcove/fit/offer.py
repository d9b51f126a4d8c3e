"""Which quantization of a model suits a machine, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from alcove.catalog.model import Model, Quantization
from alcove.fit.catalogued import shape_from_catalog
from alcove.fit.estimate import estimate_by, planner
from alcove.fit.insight import NOTHING_KNOWN, Insight
from alcove.fit.plan import MIN_CONTEXT, Planner, Wish
from alcove.fit.reasons import reason
from alcove.fit.result import Fit
from alcove.fit.standing import COMFORT, Standing, standing
from alcove.hardware.machine import Machine

_SMALL = 1_200_000_000
"""Parameters below which 8 bits are worth their memory."""

_LOADED_SHARE = 0.9
"""What of a file is loaded at least: not its tokenizer, nor layers for drafting."""

_FAVOURITES = ("MXFP4", "Q4_K_M")
"""The native quantization of gpt-oss, and the best balance of size, speed and quality."""


@dataclass(frozen=True)
class Offer:
    """One model in the quantization that suits a machine; ``reason`` says why it stands there.

    ``standing`` is what decides its place in the list.
    """

    model: Model
    quantization: Quantization
    fit: Fit
    reason: str
    standing: Standing


def choose(
    model: Model,
    machine: Machine,
    context: int,
    insight: Insight = NOTHING_KNOWN,
) -> Offer:
    """Pick the quantization of a model for a machine, at a context in tokens.

    Given up in this order: more than 4 bits, where they make it slow; a place on the GPU, Q4_K_M
    among the 4-bit ones, the length of the context, 4 bits, 3 bits.
    """
    wanted = min(context, model.context)
    planners = _Planners(model, machine, insight)
    quantization, possible = _select(model, planners, wanted)
    fit = estimate_by(planners.of(quantization), machine, Wish(possible), insight)
    return offered(model, quantization, fit)


def offered(model: Model, quantization: Quantization, fit: Fit) -> Offer:
    """Say what decides the place of a fit, and why it stands there."""
    found = standing(model, bits(quantization), fit)
    return Offer(model, quantization, fit, reason(quantization, fit, found), found)


def bits(quantization: Quantization) -> int:
    """Return the nominal bits per weight that the name tells: 4 for Q4_K_M, IQ4_XS and MXFP4."""
    digits = re.search(r"\d+", quantization.name)
    return int(digits.group()) if digits else 16


class _Planners:
    """The planners of one model's quantizations, each made once."""

    def __init__(self, model: Model, machine: Machine, insight: Insight) -> None:
        self._model = model
        self._machine = machine
        self._insight = insight
        self._made: dict[str, Planner] = {}
        self._memory = machine.memory.available_bytes
        self._memory += sum(gpu.free_bytes for gpu in machine.usable_gpus)

    def of(self, quantization: Quantization) -> Planner:
        """Return the planner of a quantization."""
        if (made := self._made.get(quantization.name)) is None:
            shape = shape_from_catalog(self._model, quantization)
            made = self._made[quantization.name] = planner(shape, self._machine, self._insight)
        return made

    def is_quick(self, quantization: Quantization, context: int) -> bool:
        """Whether a quantization is as fast as anybody needs, as far as that is known."""
        planner = self.of(quantization)
        fit = estimate_by(planner, self._machine, Wish(context), self._insight)
        generation = fit.forecast.generation
        return generation is None or generation.expected >= COMFORT

    def worth_a_try(self, group: Iterable[Quantization]) -> list[Quantization]:
        """Leave out what takes more than all memory that there is, as far as its size tells."""
        return [q for q in group if q.size_bytes * _LOADED_SHARE <= self._memory]


def _select(model: Model, planners: _Planners, context: int) -> tuple[Quantization, int]:
    """Return the quantization and the context, which is lower where it has to be."""
    least = min(context, MIN_CONTEXT)
    if (found := _on_gpus(model, planners, context)) is not None:
        return found, context
    for group in map(planners.worth_a_try, _for_any(model)):
        for quantization in group:
            if planners.of(quantization).best(Wish(context)).fits:
                return quantization, context
        for quantization in group:
            shorter = planners.of(quantization).best(Wish(context, least_context=least))
            if shorter.fits:
                return quantization, shorter.configuration.context
    return min(_sensible(model), key=lambda quantization: quantization.size_bytes), least


def _on_gpus(model: Model, planners: _Planners, context: int) -> Quantization | None:
    """Return the largest that fits on the GPUs and is quick there; if none is, the usual one."""
    fitting = []
    for quantization in planners.worth_a_try(_for_gpu(model)):
        if planners.of(quantization).fits_on_gpus(Wish(context)):
            if planners.is_quick(quantization, context):
                return quantization
            fitting.append(quantization)
    usual = (quantization for quantization in fitting if quantization.name in _FAVOURITES)
    return next(usual, fitting[-1] if fitting else None)


def _for_gpu(model: Model) -> list[Quantization]:
    """Return what is worth a GPU's memory, largest first."""
    most = 8 if model.parameters < _SMALL else 6
    worth = [q for q in model.quantizations if 4 <= bits(q) <= most]
    return sorted(worth, key=lambda q: -q.size_bytes)


def _for_any(model: Model) -> Iterable[list[Quantization]]:
    """Return what to try in RAM, best first: 4 bits and more, then 3, then what is left."""
    good = [q for q in model.quantizations if bits(q) >= 4]
    if model.parameters < _SMALL:
        yield sorted(good, key=lambda q: (bits(q) > 8, -bits(q), -q.size_bytes))
    else:
        yield sorted(good, key=lambda q: (bits(q), q.name not in _FAVOURITES, -q.size_bytes))
    yield [q for q in reversed(model.quantizations) if bits(q) == 3]
    if all(bits(q) < 3 for q in model.quantizations):
        yield list(reversed(model.quantizations))


def _sensible(model: Model) -> list[Quantization]:
    return [q for q in model.quantizations if bits(q) >= 3] or list(model.quantizations)
