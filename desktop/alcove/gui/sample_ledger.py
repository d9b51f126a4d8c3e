"""A past made by hand, so that pictures of the System page have something to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alcove.fit.configuration import Configuration
from alcove.fit.learning import keep_speeds
from alcove.fit.ledger import Ledger
from alcove.fit.records import Answer, Conditions, Load
from alcove.fit.result import Forecast, Range
from alcove.fit.speeds import AttentionSpeed, DeviceSpeeds, KernelSpeeds, Speeds, speeds_key
from alcove.hardware.machine import Machine

_GB = 1_000_000_000

_DEVICE = DeviceSpeeds(
    dense=KernelSpeeds(
        {"Q4_K": 18e9, "Q5_K": 15.2e9, "Q6_K": 16.8e9, "Q8_0": 19.6e9, "F16": 20.4e9},
        {"Q4_K": 27e9, "Q5_K": 24e9, "Q6_K": 31e9, "Q8_0": 62e9, "F16": 118e9},
    ),
    experts=KernelSpeeds({"MXFP4": 7.6e9}, {"MXFP4": 15e9}),
    token=1e-5,
    layer=6e-5,
    routing=7e-5,
    attention={"f16": AttentionSpeed(2e-8, 1e-10)},
    prompt_attention={"f16": AttentionSpeed(1e-9, 2e-11)},
)


@dataclass(frozen=True)
class _Past:
    """One load: bytes and tokens per second, forecast and measured; ``tokens`` of its answer."""

    name: str
    context: int
    forecast_bytes: float
    measured_bytes: float
    forecast: float
    measured: float
    tokens: int = 200
    kv_type: str = "f16"


_PAST = (
    _Past("Qwen3 8B", 8192, 6.4, 6.3, 3.4, 3.7),
    _Past("Qwen3 1.7B", 8192, 2.2, 2.2, 14.0, 15.5),
    _Past("Qwen3 1.7B", 32768, 4.9, 4.8, 14.0, 13.1),
    _Past("Phi-4 14B", 16384, 11.2, 11.0, 1.9, 1.7),
    _Past("gpt-oss 20B", 8192, 12.4, 12.3, 4.4, 3.0),
    _Past("LFM2.5 8B A1B", 32768, 5.8, 5.8, 11.5, 12.6),
    _Past("LFM2.5 1.2B Instruct", 8192, 1.6, 1.7, 16.0, 17.4),
    _Past("Gemma 3 12B IT", 65536, 9.9, 9.7, 2.6, 2.5, kv_type="q8_0"),
    _Past("Qwen3.5 2B", 8192, 1.8, 1.7, 12.0, 11.6, tokens=12),
    _Past("NVIDIA Nemotron 3 Nano 30B A3B", 16384, 22.1, 21.8, 6.1, 6.6),
)
"""Oldest first; sizes in GB."""


def keep_sample(ledger: Ledger, machine: Machine) -> int:
    """Keep a calibration cut short, and loads with an answer each; returns how many loads."""
    keep_speeds(
        ledger,
        Speeds(
            key=speeds_key(machine),
            date="2026-03-01T12:00:00+00:00",
            cpu=_DEVICE,
            gpus=(),
            threads=machine.cpu.physical_cores,
            batch_threads=machine.cpu.logical_cores,
            sampling=2e-9,
        ),
    )
    for days, past in zip(range(len(_PAST), 0, -1), _PAST, strict=True):
        when = datetime.now(UTC) - timedelta(days=days)
        ledger.record_answer(ledger.record_load(_load(past, when)), _answer(past, when))
    return len(_PAST)


def _load(past: _Past, when: datetime) -> Load:
    forecast = Forecast(_range(past.forecast), None, "estimated")
    conditions = Conditions(
        machine="sample",
        build="sample",
        file_key=past.name,
        configuration=Configuration(past.context, past.kv_type, gpu_layers=0),
        devices=("CPU",),
        main_type="Q4_K",
        mixture=False,
    )
    return Load(
        target=past.name,
        name=past.name,
        architecture="sample",
        conditions=conditions,
        basis="dry-run",
        predicted_bytes=round(past.forecast_bytes * _GB),
        process_bytes=round(past.measured_bytes * _GB),
        devices=(),
        estimated=forecast,
        shown=forecast,
        peak_bytes=round(past.measured_bytes * _GB),
        when=when,
    )


def _answer(past: _Past, when: datetime) -> Answer:
    return Answer(
        prompt_tokens=500,
        cached_tokens=0,
        completion_tokens=past.tokens,
        depth=500,
        generation=past.measured,
        prompt=60.0,
        forecast=_range(past.forecast),
        when=when,
    )


def _range(expected: float) -> Range:
    return Range(0.8 * expected, expected, 1.2 * expected)
