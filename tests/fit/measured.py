"""A calibration with round figures: 10 GB/s for Q4_K, 5 for experts, ten times that on GPUs."""

from __future__ import annotations

from alcove.fit.speeds import AttentionSpeed, DeviceSpeeds, KernelSpeeds, Speeds


def device(factor: float = 1.0) -> DeviceSpeeds:
    return DeviceSpeeds(
        dense=KernelSpeeds(
            {"Q4_K": 10e9 * factor, "F16": 20e9 * factor},
            {"Q4_K": 1000e9 * factor, "F16": 2000e9 * factor},
        ),
        experts=KernelSpeeds({"MXFP4": 5e9 * factor}, {"MXFP4": 500e9 * factor}),
        token=0.0,
        layer=0.0,
        routing=0.0,
        attention={"f16": AttentionSpeed(0.0, 1e-10 / factor)},
        prompt_attention={"f16": AttentionSpeed(0.0, 1e-12 / factor)},
    )


def speeds(gpus: int = 0) -> Speeds:
    return Speeds(
        key="key",
        date="2026-01-01T00:00:00+00:00",
        cpu=device(),
        gpus=(device(10.0),) * gpus,
        threads=2,
        batch_threads=2,
        sampling=0.0,
    )
