"""What a device can probably do, from the speed of its memory: until it is measured."""

from __future__ import annotations

from alcove.fit.speeds import AttentionSpeed, DeviceSpeeds, KernelSpeeds
from alcove.hardware.machine import Gpu, Machine

_CPU_SHARES = {
    "F32": 1.0,
    "F16": 1.0,
    "BF16": 1.0,
    "Q4_0": 0.95,
    "Q4_K": 0.9,
    "Q6_K": 0.85,
    "Q8_0": 0.85,
    "IQ4_NL": 0.8,
    "Q4_1": 0.75,
    "Q5_K": 0.7,
    "Q5_0": 0.6,
    "IQ4_XS": 0.6,
    "Q3_K": 0.55,
    "Q2_K": 0.45,
    "MXFP4": 0.35,
    "IQ3_S": 0.15,
    "IQ2_XS": 0.15,
}
"""Of the bandwidth that a processor reaches with each type: between those of two processors, one of
few cores with AVX2 and one with AVX-512. Others than these types are slow to decode.
"""

_GPU_SHARE = 0.65
"""Of the bandwidth on its data sheet that a GPU reaches, whatever the type (untried)."""

_CPU_LAYER, _GPU_LAYER = 60e-6, 15e-6
_CPU_ROUTING, _GPU_ROUTING = 60e-6, 10e-6
_CPU_ATTENTION = {"f16": AttentionSpeed(14e-9, 0.16e-9), "q8_0": AttentionSpeed(20e-9, 0.2e-9)}
"""On one core."""


def guessed_cpu(machine: Machine) -> DeviceSpeeds | None:
    """Guess from the bandwidth of the RAM; None where that is not known."""
    if not machine.bandwidth:
        return None
    rates = {kind: share * machine.bandwidth for kind, share in _CPU_SHARES.items()}
    cores = max(machine.cpu.physical_cores, 1)
    return DeviceSpeeds(
        dense=KernelSpeeds(rates),
        experts=KernelSpeeds({kind: 0.9 * rate for kind, rate in rates.items()}),
        token=0.0,
        layer=_CPU_LAYER,
        routing=_CPU_ROUTING,
        attention={
            kv_type: AttentionSpeed(one.head / cores, one.element / cores)
            for kv_type, one in _CPU_ATTENTION.items()
        },
        prompt_attention={},
    )


def guessed_gpu(gpu: Gpu) -> DeviceSpeeds | None:
    """Guess from the bandwidth of the GPU's memory; None where that is not known."""
    if gpu.bandwidth is None:
        return None
    rate = _GPU_SHARE * gpu.bandwidth
    # One query head reads a share of the cache; four heads, as is usual, read the same.
    attention = AttentionSpeed(0.0, 2 / 4 / rate)
    return DeviceSpeeds(
        dense=KernelSpeeds({"F16": rate}),
        experts=KernelSpeeds({"F16": rate}),
        token=0.0,
        layer=_GPU_LAYER,
        routing=_GPU_ROUTING,
        attention={"f16": attention},
        prompt_attention={},
    )
