"""What a calibration found, in figures that people can compare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alcove.fit.kernels import KINDS
from alcove.fit.speeds import DeviceSpeeds, KernelSpeeds, Speeds
from alcove.gguf.tensor_types import BY_NAME, stored_bytes
from alcove.i18n import _

_PARAMETERS = 10**9


@dataclass(frozen=True)
class Pace:
    """How fast one device is with weights of one type.

    ``type`` is ggml's name of it; ``experts`` says that they are those of experts. ``generation``
    is how many bytes of weights are read per second, one token after the other; ``prompt`` how
    many tokens of a prompt per second, for each billion parameters that a token passes, None where
    that is not known.
    """

    type: str
    experts: bool
    generation: float
    prompt: float | None


def paces(device: DeviceSpeeds) -> tuple[Pace, ...]:
    """Return what was measured of a device, in the order in which it was measured."""
    return (*_paces(device.dense, experts=False), *_paces(device.experts, experts=True))


def left_out(speeds: Speeds) -> str | None:
    """Say that some kinds of weights could not be measured in time; None where all were."""
    count = min(len(paces(device)) for device in (speeds.cpu, *speeds.gpus))
    if count >= KINDS:
        return None
    return _(
        "Other programs were busy: {count} of {kinds} kinds of weights were measured. "
        "Measure again when the computer is idle."
    ).format(count=count, kinds=KINDS)


def _paces(kernels: KernelSpeeds, *, experts: bool) -> Iterator[Pace]:
    for kind, generation in kernels.generation.items():
        read = kernels.prompt.get(kind)
        whole = stored_bytes((_PARAMETERS,), kind) if kind in BY_NAME else 0
        prompt = read / whole if read and whole else None
        yield Pace(kind, experts, generation, prompt)
