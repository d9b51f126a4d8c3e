"""Why an offer stands where it does, in one sentence."""

from __future__ import annotations

from alcove.catalog.model import Quality, Quantization
from alcove.fit.forecast import speed
from alcove.fit.result import Fit
from alcove.fit.standing import Standing, Step
from alcove.i18n import _, ngettext
from alcove.words import tokens

_NOTABLE = 0.4
"""Doublings from which it is said that the figures are better or worse than the guess."""


def reason(quantization: Quantization, fit: Fit, standing: Standing) -> str:
    """Say why an offer stands where it does: its quality, and what is held against it most."""
    if standing.step == Step.UNFIT:
        return _unfit(quantization, fit)
    if standing.step != Step.USABLE:
        return _("Stands behind what is usable: {reason}.").format(reason=_unusable(fit, standing))
    return _("{quality}; {place}.").format(
        quality=quality_in_words(standing.quality), place=_place(quantization, fit, standing)
    )


def quality_in_words(quality: Quality) -> str:
    """Say what a quality rests on, and what is missing."""
    if quality.figures:
        return ngettext(
            "Quality from {count} published figure, {compared}",
            "Quality from {count} published figures, {compared}",
            quality.figures,
        ).format(count=quality.figures, compared=_compared(quality.better))
    if quality.alone:
        return _("Quality guessed from size and age, as no other model publishes its figures")
    return _("Quality guessed from size and age, as no figures are published")


def _compared(better: float) -> str:
    if better >= _NOTABLE:
        return _("above what size and age suggest")
    if better <= -_NOTABLE:
        return _("below what size and age suggest")
    return _("about what size and age suggest")


def _unfit(quantization: Quantization, fit: Fit) -> str:
    if not fit.missing_bytes:
        return fit.sentence + "."
    return _("Too large even as {name}: {sentence}.").format(
        name=quantization.name, sentence=fit.sentence
    )


def _unusable(fit: Fit, standing: Standing) -> str:
    if standing.step == Step.SHORT:
        return _("a context of {context} at most").format(context=tokens(fit.max_context))
    if fit.forecast.generation is None:
        return _("how fast it is in RAM is not known yet")
    return _("slow here, {speed}").format(speed=speed(fit.forecast.generation))


def _place(quantization: Quantization, fit: Fit, standing: Standing) -> str:
    burden, generation = standing.heaviest, fit.forecast.generation
    if burden == "slow" and generation is not None:
        return _("marked down for its speed, {speed}").format(speed=speed(generation))
    if burden == "coarse":
        return _("marked down for the few bits of {name}").format(name=quantization.name)
    if burden == "crowded":
        return _("marked down as it nearly fills the memory")
    if burden == "short":
        return _("marked down as {context} of context are the most").format(
            context=tokens(fit.max_context)
        )
    where = {"gpu": _("on the GPU"), "partial": _("partly on the GPU"), "cpu": _("in RAM")}
    if generation is None:
        return _("runs {where}").format(where=where[fit.verdict])
    return _("runs {where} at {speed}").format(where=where[fit.verdict], speed=speed(generation))
