"""What the ledger keeps of each load and each answer: the forecast beside the measurement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

from alcove.fit.configuration import Configuration
from alcove.fit.result import Basis, Forecast, Range
from alcove.fit.shape import Shape

LONG_ENOUGH = 32
"""Tokens from which an answer tells how fast a model is: shorter ones are mostly noise."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Conditions:
    """What decides how fast a file runs.

    ``machine`` is the key of the machine, ``build`` of llama.cpp. ``file_key`` tells files apart:
    a hash, or path and size. ``devices`` are those that compute, by name. ``main_type`` is ggml's
    name of the type that most weights have; ``mixture`` says that there are experts. ``threads``
    are those for generation, None where llama.cpp's caller chose. ``estimator`` names what made
    the first forecast, such as one calibration: what is learned of one says nothing of another.
    """

    machine: str
    build: str
    file_key: str
    configuration: Configuration
    devices: tuple[str, ...]
    main_type: str
    mixture: bool
    threads: int | None = None
    estimator: str = ""


@dataclass(frozen=True)
class DeviceBytes:
    """Bytes of one GPU: what a load was to take of it, and what it took."""

    name: str
    predicted: int
    measured: int


@dataclass(frozen=True)
class Load:
    """One load of a model.

    ``predicted_bytes`` and ``process_bytes`` are RAM of the whole model process, the latter when
    it was ready; ``peak_bytes`` is the most that it took since, None before the first answer.
    ``devices`` are the GPUs. ``estimated`` is the first forecast of speed, before anything that was
    learned; ``shown`` is the one that the user saw. ``id`` is the ledger's.
    """

    target: str
    name: str
    architecture: str
    conditions: Conditions
    basis: Basis
    predicted_bytes: int
    process_bytes: int
    devices: tuple[DeviceBytes, ...]
    estimated: Forecast
    shown: Forecast
    peak_bytes: int | None = None
    when: datetime = field(default_factory=_now)
    id: int = 0

    @property
    def measured_bytes(self) -> int:
        """The most RAM that was seen to be taken."""
        return max(self.process_bytes, self.peak_bytes or 0)

    @property
    def predicted_total(self) -> int:
        """What RAM and GPUs together were to give."""
        return self.predicted_bytes + sum(device.predicted for device in self.devices)

    @property
    def measured_total(self) -> int:
        """What RAM and GPUs together gave."""
        return self.measured_bytes + sum(device.measured for device in self.devices)


@dataclass(frozen=True)
class Answer:
    """How one answer went.

    ``depth`` is how many tokens the context held when generation began. Speeds are tokens per
    second: measured, and the forecasts of them that were shown, at that depth.
    """

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    depth: int
    generation: float
    prompt: float
    forecast: Range | None = None
    prompt_forecast: Range | None = None
    when: datetime = field(default_factory=_now)
    id: int = 0

    @property
    def is_long_enough(self) -> bool:
        """Whether its speed of generation says something."""
        return self.completion_tokens >= LONG_ENOUGH

    @property
    def middle_depth(self) -> float:
        """The depth at which the answer's average speed was reached, in tokens."""
        return self.depth + self.completion_tokens / 2

    @property
    def error(self) -> float | None:
        """How far the measured speed was from the forecast, as a share of the forecast."""
        if self.forecast is None or self.forecast.expected <= 0:
            return None
        return abs(self.generation / self.forecast.expected - 1)


@dataclass(frozen=True)
class Entry:
    """An answer together with the load that it came from."""

    load: Load
    answer: Answer


@dataclass(frozen=True)
class Accuracy:
    """How far ``count`` forecasts were off in the middle and at worst, as shares of 1."""

    count: int
    middle: float
    worst: float


def accuracy(errors: Iterable[float | None]) -> Accuracy | None:
    """Sum up shares of 1 that forecasts were off; None where there is none."""
    known = [error for error in errors if error is not None]
    return Accuracy(len(known), median(known), max(known)) if known else None


def main_type_of(shape: Shape) -> str:
    """Return ggml's name of the type that most bytes of the layers have."""
    sums: Counter[str] = Counter()
    for block in shape.blocks:
        sums.update(block.dense)
        sums.update(block.experts)
    return sums.most_common(1)[0][0] if sums else ""
