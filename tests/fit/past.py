"""Loads and answers made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from alcove.fit.configuration import Configuration
from alcove.fit.records import Answer, Conditions, DeviceBytes, Entry, Load
from alcove.fit.result import Forecast, Range

MIB = 1024**2
GIB = 1024**3
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ESTIMATED = Forecast(Range(6.0, 8.0, 10.0), Range(60.0, 80.0, 100.0), "estimated")
DEEPENING = replace(ESTIMATED, deep=Range(3.0, 4.0, 5.0))


def conditions(**changes: Any) -> Conditions:
    made = Conditions(
        machine="laptop",
        build="0.3.36",
        file_key="sha256:1",
        configuration=Configuration(context=8192, gpu_layers=0),
        devices=("CPU",),
        main_type="Q4_K",
        mixture=False,
        threads=8,
        estimator="calibration 1",
    )
    return replace(made, **changes)


def load(**changes: Any) -> Load:
    made = Load(
        target="llama-3.1-8b",
        name="Llama 3.1 8B Instruct",
        architecture="llama",
        conditions=conditions(),
        basis="dry-run",
        predicted_bytes=6 * GIB,
        process_bytes=6 * GIB,
        devices=(DeviceBytes("CUDA0", 2 * GIB, 2 * GIB + MIB),),
        estimated=ESTIMATED,
        shown=ESTIMATED,
        when=NOW,
    )
    return replace(made, **changes)


def answer(**changes: Any) -> Answer:
    made = Answer(
        prompt_tokens=500,
        cached_tokens=0,
        completion_tokens=200,
        depth=500,
        generation=8.0,
        prompt=80.0,
        forecast=Range(6.0, 8.0, 10.0),
        prompt_forecast=None,
        when=NOW,
    )
    return replace(made, **changes)


def entry(
    speed: float = 8.0,
    *,
    days: float = 0.0,
    estimated: Forecast = ESTIMATED,
    of: Conditions | None = None,
    **changes: Any,
) -> Entry:
    """An answer at ``speed`` tokens per second, ``days`` ago."""
    when = NOW - timedelta(days=days)
    given = load(conditions=of or conditions(), estimated=estimated)
    return Entry(given, answer(**({"generation": speed, "when": when} | changes)))
