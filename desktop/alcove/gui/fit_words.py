"""Fits in words for people, and the colours that go with them."""

from __future__ import annotations

from alcove.engine.load import ProcessMemory
from alcove.fit.basis import basis_in_words
from alcove.fit.forecast import span, speed
from alcove.fit.result import DEPTH, Fit, Forecast
from alcove.hardware.machine import Machine
from alcove.i18n import _
from alcove.words import gigabytes, tokens

ROLES = {"gpu": "good", "cpu": "good", "partial": "fair", "no": "bad"}
"""What each verdict looks like: the role of a label, which is the name of a colour too."""


def is_refused(fit: Fit) -> bool:
    """Whether the model cannot run for another reason than memory."""
    return not (fit.fits or fit.missing_bytes)


def origin(fit: Fit) -> str:
    """Say how a verdict was come by; empty where its sentence does."""
    return "" if is_refused(fit) else basis_in_words(fit.basis)


def pace(forecast: Forecast) -> str:
    """Say how fast answers are at the start of a chat; empty where that is not known."""
    return speed(forecast.generation) if forecast.generation else ""


def later_pace(forecast: Forecast, context: int) -> str:
    """Say how fast they are later on, if that differs; ``context`` is in tokens."""
    if forecast.generation is None or forecast.deep is None:
        return ""
    if (later := span(forecast.deep)) == span(forecast.generation):
        return ""
    if context < DEPTH:
        return _("{span} at the end of the context").format(span=later)
    return _("{span} after {count} tokens").format(span=later, count=tokens(DEPTH))


def both_paces(forecast: Forecast, context: int) -> str:
    """Say "about 8-12 tokens/s, 5-7 after 8k tokens"; empty where nothing is known."""
    return ", ".join(filter(None, (pace(forecast), later_pace(forecast, context))))


def prompt_pace(forecast: Forecast) -> str:
    """Say how fast prompts are read; empty where that is not known."""
    if forecast.prompt is None:
        return ""
    return _("reads prompts at {speed}").format(speed=speed(forecast.prompt))


def memory_in_words(machine: Machine | None, held: ProcessMemory | None) -> str:
    """Say what memory is free, counting what the loaded model gives back."""
    if machine is None:
        return _("What runs on this computer")
    memory = _("{free} of {total} memory free").format(
        free=gigabytes(machine.memory.available_bytes), total=gigabytes(machine.memory.total_bytes)
    )
    gpus = [
        _("{name} with {free} free").format(name=gpu.name, free=gigabytes(gpu.free_bytes))
        for gpu in machine.usable_gpus
    ]
    if held is not None:
        returned = held.process_bytes + sum(each.taken_bytes for each in held.devices)
        gpus.append(
            _("counting {size} that the loaded model gives back").format(size=gigabytes(returned))
        )
    return _("What runs on this computer: {parts}").format(parts=" · ".join((memory, *gpus)))
