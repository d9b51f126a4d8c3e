"""A measurement of this computer that ends when and how a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from alcove.errors import AlcoveError
from alcove.fit.speeds import AttentionSpeed, DeviceSpeeds, KernelSpeeds, Speeds, speeds_key
from alcove.hardware.machine import Machine

_DEVICE = DeviceSpeeds(
    dense=KernelSpeeds({"Q4_K": 18e9, "F16": 23.4e9}, {"Q4_K": 27e9, "F16": 178e9}),
    experts=KernelSpeeds({"MXFP4": 7.6e9}, {"MXFP4": 15e9}),
    token=1e-5,
    layer=6e-5,
    routing=7e-5,
    attention={"f16": AttentionSpeed(2e-8, 1e-10)},
    prompt_attention={"f16": AttentionSpeed(1e-9, 2e-11)},
)


def speeds_of(machine: Machine, *, threads: int = 8, batch_threads: int = 16) -> Speeds:
    """Make what a calibration of ``machine`` might measure."""
    return Speeds(
        key=speeds_key(machine),
        date="2026-03-01T12:00:00+00:00",
        cpu=_DEVICE,
        gpus=tuple(replace(_DEVICE, token=0.0) for _gpu in machine.usable_gpus),
        threads=threads,
        batch_threads=batch_threads,
        sampling=2e-9,
    )


class HandFedCalibration:
    """Reports until ``ended`` is set; then fails with ``failure``, if there is one."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.failure: AlcoveError | None = None
        self.machines: list[Machine] = []

    def __call__(self, machine: Machine, report: Callable[[float, str], None]) -> Speeds:
        self.machines.append(machine)
        report(0.25, "Measuring the processor")
        while not self.ended.wait(0.01):
            report(0.5, "Measuring the processor")
        if self.failure is not None:
            raise self.failure
        return speeds_of(machine)
