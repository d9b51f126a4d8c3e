"""The verdict on a model: what is loaded, what it takes, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from alcove.fit.configuration import BATCH, Configuration
from alcove.fit.plan import Planner, Wish
from alcove.fit.result import Basis, Fit, Forecast
from alcove.fit.shape import Shape
from alcove.fit.trial import Trial
from alcove.i18n import _, ngettext
from alcove.words import decimal, gigabytes, tokens

_SYSTEM_BYTES = 2 * 10**9
"""RAM that the system and the desktop take, whatever else is closed."""

Forecaster = Callable[[Configuration], Forecast]


def judge(planner: Planner, wish: Wish, forecaster: Forecaster, basis: Basis) -> Fit:
    """Plan what was asked for and say how it fits; raises Unpriced."""
    trial = planner.best(wish)
    longest = planner.longest(wish)
    if trial.fits:  # a short context can take more than a long one: it keeps states to go back to
        longest = max(longest, min(trial.configuration.context, planner.shape.context_limit))
    forecast = forecaster(trial.configuration)
    if not trial.fits:
        forecast = Forecast(None, None, forecast.basis)
    return Fit(
        configuration=trial.configuration,
        layers=trial.layers,
        devices=trial.devices,
        overhead_bytes=trial.overhead_bytes,
        verdict=trial.verdict,
        max_context=longest,
        missing_bytes=trial.missing_bytes,
        forecast=forecast,
        basis=planner.shape.basis if planner.is_beyond(trial.configuration) else basis,
        sentence=_sentence(trial, planner.shape, longest),
        remarks=tuple(
            _remarks(trial, wish, planner.shape, here=not planner.room.machine.elsewhere)
        ),
        context_limit=planner.shape.context_limit,
    )


def _sentence(trial: Trial, shape: Shape, longest: int) -> str:
    """Say the verdict, with the figures that explain it."""
    host = trial.devices[-1]
    used = [share for share in trial.devices[:-1] if share.needed_bytes]
    if trial.missing_bytes:
        missing = gigabytes(trial.missing_bytes)
        if longest:
            return _("Needs {missing} more; fits with {context} context").format(
                missing=missing, context=tokens(longest)
            )
        return _("Needs {missing} more").format(missing=missing)
    if trial.verdict == "cpu":
        return _("Fits in memory: {needed} of {free} GB free").format(
            needed=decimal((host.needed_bytes + trial.overhead_bytes) / 1e9),
            free=decimal(host.free_bytes / 1e9),
        )
    if trial.verdict == "partial":
        return _partly(trial.configuration, shape)
    return ngettext(
        "Fits on the GPU: {needed} of {free} GB free",
        "Fits on {count} GPUs: {needed} of {free} GB free",
        len(used),
    ).format(
        count=len(used),
        needed=decimal(sum(share.needed_bytes for share in used) / 1e9),
        free=decimal(sum(share.free_bytes for share in used) / 1e9),
    )


def _partly(configuration: Configuration, shape: Shape) -> str:
    """Say what stays in RAM of a model that also lies on GPUs."""
    if configuration.gpu_layers < shape.layers:
        count = shape.layers - configuration.gpu_layers
        if configuration.cpu_moe_layers:
            return _("Fits with {count} of {layers} layers and other experts in RAM").format(
                count=count, layers=shape.layers
            )
        return _("Fits with {count} of {layers} layers in RAM").format(
            count=count, layers=shape.layers
        )
    have_experts = [bool(block.experts) for block in shape.blocks]
    return _("Fits with the experts of {count} of {layers} layers in RAM").format(
        count=sum(have_experts[: configuration.cpu_moe_layers]), layers=sum(have_experts)
    )


def _remarks(trial: Trial, wish: Wish, shape: Shape, *, here: bool) -> list[str]:
    """Say what was given up, and what would help if the computer is ``here``."""
    configuration, remarks = trial.configuration, list[str]()
    if trial.fits and wish.kv_type is None and configuration.kv_type != "f16":
        remarks.append(_quantized(trial).format(kv_type=configuration.kv_type))
    if trial.fits and configuration.batch < BATCH:
        remarks.append(
            _("It reads prompts in steps of {count} tokens to make it fit.").format(
                count=configuration.batch
            )
        )
    if trial.fits and configuration.context < wish.context:
        remarks.append(
            _("The context is {context} instead of {wanted} to make it fit.").format(
                context=tokens(configuration.context), wanted=tokens(wish.context)
            )
        )
    if trial.fits and configuration.context > shape.context_limit:
        remarks.append(
            _("The model was trained for {limit} tokens; beyond them its answers get poor.").format(
                limit=tokens(shape.context_limit)
            )
        )
    if wish.gpu_layers and len(trial.devices) == 1:
        remarks.append(_("There is no GPU that llama.cpp can use; all layers stay in RAM."))
    if wish.cpu_moe_layers and not shape.moe_layers:
        remarks.append(_("The model has no experts that could stay in RAM."))
    if here and (missing := _held_by_others(trial)):
        remarks.append(
            _("It would fit if other programs gave back {missing}.").format(
                missing=gigabytes(missing)
            )
        )
    return remarks


def _quantized(trial: Trial) -> str:
    if trial.verdict == "partial":
        return _("Its KV cache is kept in {kv_type}, half as large: more of it fits on the GPU.")
    return _("Its KV cache is kept in {kv_type}, half as large, to make it fit.")


def _held_by_others(trial: Trial) -> int:
    """Return the RAM that lacks, if it is other programs that hold it; else 0."""
    host, lacking = trial.devices[-1], trial.missing_ram_bytes
    held = host.total_bytes - host.free_bytes - _SYSTEM_BYTES
    return lacking if lacking is not None and not trial.fits and lacking <= held else 0


def refused(fit: Fit, reason: str) -> Fit:
    """Return the fit of a file that llama.cpp does not take; ``reason`` is its own."""
    sentence = _("llama.cpp cannot load this file: {reason}")
    return _never(fit, sentence.format(reason=reason.rstrip(".")))


def cache_refused(fit: Fit, reason: str) -> Fit:
    """Return the fit of a file that llama.cpp takes, but not with this type of the KV cache."""
    sentence = _("This model cannot keep its KV cache in {kv_type}: {reason}")
    return _never(fit, sentence.format(kv_type=fit.kv_type, reason=reason.rstrip(".")))


def _never(fit: Fit, sentence: str) -> Fit:
    return replace(
        fit,
        verdict="no",
        max_context=0,
        missing_bytes=0,
        forecast=Forecast(None, None, fit.forecast.basis),
        sentence=sentence,
        remarks=(),
    )
