"""How fast the devices of this machine run llama.cpp's kernels, as a calibration measured it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import inf
from typing import Any

from alcove.errors import StorageError
from alcove.hardware.machine import Gpu, Machine
from alcove.i18n import _

_FORMAT = 1
"""Changes with what is measured, so that older measurements are made again."""


@dataclass(frozen=True)
class KernelSpeeds:
    """How fast one device reads weights, in bytes per second by ggml's name of their type.

    ``generation`` is for one token at a time, ``prompt`` is the same times the number of tokens in
    a batch of some hundred. Types that are missing were not measured.
    """

    generation: Mapping[str, float] = field(default_factory=dict)
    prompt: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class AttentionSpeed:
    """What a token costs for each token before it, in seconds, in one layer.

    ``head`` is for each query head, ``element`` for each element of its key and of its value.
    """

    head: float
    element: float


@dataclass(frozen=True)
class DeviceSpeeds:
    """What one device needs for a token, in seconds where nothing else is said.

    ``token`` is what a token costs in any model, ``layer`` what each layer adds however small it
    is, ``routing`` what the choice of experts adds to it. ``attention`` is by the type of the KV
    cache; ``prompt_attention`` is the same for a token of a prompt.
    """

    dense: KernelSpeeds
    experts: KernelSpeeds
    token: float
    layer: float
    routing: float
    attention: Mapping[str, AttentionSpeed]
    prompt_attention: Mapping[str, AttentionSpeed]


@dataclass(frozen=True)
class Speeds:
    """What a calibration measured.

    ``key`` says what it is valid for, ``date`` when it was made, in ISO 8601. ``gpus`` are in
    llama.cpp's order. ``threads`` are best for generation, ``batch_threads`` for reading prompts.
    ``sampling`` is how many seconds choosing a token takes for each token in the vocabulary.
    """

    key: str
    date: str
    cpu: DeviceSpeeds
    gpus: tuple[DeviceSpeeds, ...]
    threads: int
    batch_threads: int
    sampling: float

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that ``from_json`` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Speeds:
        """Read what ``to_json`` wrote; raises StorageError where it is something else.

        Where a device has no speed for weights, it is: nothing could be forecast from it.
        """
        try:
            return cls(
                key=str(document["key"]),
                date=str(document["date"]),
                cpu=_device(document["cpu"]),
                gpus=tuple(map(_device, document["gpus"])),
                threads=int(document["threads"]),
                batch_threads=int(document["batch_threads"]),
                sampling=float(document["sampling"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise StorageError(
                _("The calibration that was kept cannot be read."),
                _("Calibrate this computer again."),
            ) from error


def speeds_key(machine: Machine) -> str:
    """Return what a calibration is valid for: processor, GPUs and build of llama.cpp."""
    cpu, build = machine.cpu, machine.llama
    parts = [
        _FORMAT,
        machine.system,
        (cpu.name, cpu.physical_cores, cpu.logical_cores, sorted(cpu.features)),
        [_gpu(gpu) for gpu in machine.usable_gpus],
        (build.version, sorted(build.backends), build.system_info) if build else None,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _gpu(gpu: Gpu) -> tuple[str, str | None, str]:
    return gpu.name, gpu.backend, gpu.identity


def _device(document: Mapping[str, Any]) -> DeviceSpeeds:
    return DeviceSpeeds(
        dense=_measured(_kernels(document["dense"])),
        experts=_kernels(document["experts"]),
        token=float(document["token"]),
        layer=float(document["layer"]),
        routing=float(document["routing"]),
        attention=_attention(document["attention"]),
        prompt_attention=_attention(document["prompt_attention"]),
    )


def _kernels(document: Mapping[str, Any]) -> KernelSpeeds:
    return KernelSpeeds(_numbers(document["generation"]), _numbers(document["prompt"]))


def _measured(kernels: KernelSpeeds) -> KernelSpeeds:
    """Raise ValueError where nothing was measured, as every forecast goes by something."""
    if not kernels.generation:
        raise ValueError("no speeds")
    return kernels


def _attention(document: Mapping[str, Any]) -> dict[str, AttentionSpeed]:
    return {
        kv_type: AttentionSpeed(float(each["head"]), float(each["element"]))
        for kv_type, each in document.items()
    }


def _numbers(document: Mapping[str, Any]) -> dict[str, float]:
    numbers = {str(name): float(value) for name, value in document.items()}
    if not all(0 < number < inf for number in numbers.values()):
        raise ValueError("an impossible speed")
    return numbers
