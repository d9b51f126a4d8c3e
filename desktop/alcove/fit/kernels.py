"""What is measured of a device, one small model at a time, and what follows from the seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Literal

from alcove.fit.configuration import Configuration
from alcove.fit.probes import probe
from alcove.fit.speeds import AttentionSpeed, DeviceSpeeds, KernelSpeeds
from alcove.fit.timing.job import Job, Measure, Timing
from alcove.gguf.skeleton import Skeleton

PROMPT = 64
"""Tokens of a prompt: enough to keep the kernels for batches busy."""

_EXPERT_PROMPT = 192
_WIDTH, _INNER = 2048, 4096
_EXPERTS, _USED, _EXPERT_INNER, _EXPERT_LAYERS = 32, 4, 1024, 2
_THIN_LAYERS = (4, 36)
_DEPTH, _HEADS, _HEAD_SIZES, _ATTENTION_LAYERS = 4096, 16, (64, 128), 4
_CHOICES = 65536
_ATTENTION_TYPE = "Q4_K"
"""What the attention of the models with experts is in; measured first."""

_ROOM_TOKENS = 512

_MOST_WAITING = 1.5
"""What many small operations take on several threads beside one: more than that is the waiting for
threads whose cores other programs have.
"""

What = tuple[Literal["overhead", "sampling", "dense", "experts", "attention"], str]

_ORDER: tuple[What, ...] = (
    ("overhead", ""),
    ("dense", "Q4_K"),
    ("attention", "f16"),
    ("dense", "Q6_K"),
    ("sampling", ""),
    ("dense", "Q8_0"),
    ("experts", "MXFP4"),
    ("experts", "Q4_K"),
    ("dense", "Q5_K"),
    ("attention", "q8_0"),
    ("dense", "F16"),
    ("dense", "Q5_0"),
    ("dense", "Q4_0"),
    ("experts", "Q6_K"),
    ("dense", "IQ4_XS"),
    ("dense", "BF16"),
    ("dense", "Q3_K"),
    ("dense", "Q4_1"),
    ("dense", "MXFP4"),
    ("dense", "IQ4_NL"),
    ("experts", "Q8_0"),
    ("dense", "Q2_K"),
    ("experts", "Q5_K"),
    ("dense", "IQ3_S"),
    ("dense", "Q5_1"),
    ("dense", "IQ2_XS"),
    ("dense", "F32"),
)

KINDS = sum(what[0] in ("dense", "experts") for what in _ORDER)
"""Of weights, whose speed is measured."""

ESSENTIAL = 2
"""The first steps, without which nothing can be said of a device: what a token costs in any model,
and the weights that others are compared with.
"""


@dataclass(frozen=True)
class Place:
    """Where the models run, and how many bytes of weights one must have to outgrow the caches."""

    gpu_layers: int
    split: tuple[float, ...]
    weights_bytes: int

    def configuration(self, context: int, kv_type: str = "f16") -> Configuration:
        """Return how a model is loaded there."""
        return Configuration(context, kv_type, self.gpu_layers, tensor_split=self.split)


@dataclass(frozen=True)
class Step:
    """One thing to measure. ``what`` names it: ("dense", "Q4_K")."""

    what: What
    job: Job


Done = Mapping[What, tuple[Step, Timing]]


def steps(place: Place, threads: int, batch_threads: int) -> list[Step]:
    """Return everything there is to measure, what matters most first."""
    return [Step(what, _job(what, place, threads, batch_threads)) for what in _ORDER]


def dense(kind: str, place: Place) -> Skeleton:
    """Return a model whose weights outgrow the caches."""
    layer = _weights(probe(kind, 1, width=_WIDTH, inner=_INNER), experts=False)
    layers = max(ceil(place.weights_bytes / layer), 2)
    return probe(kind, layers, width=_WIDTH, inner=_INNER)


def device_speeds(done: Done) -> tuple[DeviceSpeeds, float]:
    """Return what a device can do, and how long choosing a token takes per token to choose from.

    At least the first ``ESSENTIAL`` steps must have been done.
    """
    overhead = _overhead(done["overhead", ""][1])
    plain = _dense_speeds(done, overhead)
    attention = {what[1]: each for what, each in done.items() if what[0] == "attention"}
    sampling = done.get(("sampling", ""))
    speeds = DeviceSpeeds(
        dense=plain,
        experts=_expert_speeds(done, overhead, plain),
        token=overhead.token,
        layer=overhead.layer,
        routing=overhead.routing,
        attention={kv: _attention(timing[:2]) for kv, (_step, timing) in attention.items()},
        prompt_attention={kv: _attention(timing[2:]) for kv, (_step, timing) in attention.items()},
    )
    return speeds, sampling[1][0][0] / _CHOICES if sampling else 0.0


@dataclass(frozen=True)
class _Overhead:
    """Seconds that a token costs beside reading weights: in any model, and in each layer."""

    token: float
    layer: float
    routing: float


def _job(what: What, place: Place, threads: int, batch_threads: int) -> Job:
    kind, name = what
    models: tuple[Skeleton, ...]
    measures: tuple[Measure, ...]
    if kind == "overhead":
        few, many = _THIN_LAYERS
        models = _thin(few), _thin(many), _thin(many, experts=_EXPERTS)
        measures = Measure("token", threads, tokens=120), Measure("token", 1, tokens=60)
        return Job(models, place.configuration(1024), measures)
    if kind == "sampling":
        model = _thin(1, vocabulary=_CHOICES)
        measure = Measure("sampling", threads, tokens=12)
        return Job((model,), place.configuration(_ROOM_TOKENS), (measure,))
    if kind == "attention":
        models = tuple(
            probe("Q8_0", _ATTENTION_LAYERS, width=256, heads=_HEADS, head=size)
            for size in _HEAD_SIZES
        )
        measures = (
            *(Measure("token", threads, depth, 16) for depth in (0, _DEPTH)),
            *(Measure("prompt", batch_threads, depth, PROMPT) for depth in (0, _DEPTH)),
        )
        return Job(models, place.configuration(_DEPTH + _ROOM_TOKENS, name), measures)
    model = dense(name, place) if kind == "dense" else _mixture(name)
    prompt = PROMPT if kind == "dense" else _EXPERT_PROMPT
    return Job(
        (model,),
        place.configuration(_ROOM_TOKENS),
        (Measure("token", threads), Measure("prompt", batch_threads, tokens=prompt)),
    )


def _thin(layers: int, *, experts: int = 0, vocabulary: int = 256) -> Skeleton:
    return probe(
        "F16",
        layers,
        width=256,
        heads=4,
        head=64,
        experts=experts,
        used=_USED if experts else 0,
        vocabulary=vocabulary,
    )


def _mixture(kind: str) -> Skeleton:
    return probe(
        kind,
        _EXPERT_LAYERS,
        width=_WIDTH,
        inner=_EXPERT_INNER,
        experts=_EXPERTS,
        used=_USED,
        attention=_ATTENTION_TYPE,
    )


def _overhead(timing: Timing) -> _Overhead:
    together, alone = timing
    few, many, routed = (
        min(seconds, _MOST_WAITING * one) for seconds, one in zip(together, alone, strict=True)
    )
    least, most = _THIN_LAYERS
    layer = max(many - few, 0.0) / (most - least)
    return _Overhead(
        token=max(few - least * layer, 0.0),
        layer=layer,
        routing=max(routed - many, 0.0) / most,
    )


def _dense_speeds(done: Done, overhead: _Overhead) -> KernelSpeeds:
    generation, prompt = {}, {}
    for (kind, name), (step, timing) in done.items():
        if kind == "dense":
            (model,) = step.job.models
            size = _weights(model, experts=False)
            (token,), (read,) = timing
            generation[name] = size / _rest(token, overhead.token + _layers(model) * overhead.layer)
            prompt[name] = size / read
    return KernelSpeeds(generation, prompt)


def _expert_speeds(done: Done, overhead: _Overhead, plain: KernelSpeeds) -> KernelSpeeds:
    generation, prompt = {}, {}
    for (kind, name), (step, timing) in done.items():
        if kind == "experts":
            (model,) = step.job.models
            active = _weights(model, experts=True) * _USED / _EXPERTS
            others = _weights(model, experts=False)
            (token,), (read,) = timing
            fixed = overhead.token + _layers(model) * (overhead.layer + overhead.routing)
            fixed += others / plain.generation[_ATTENTION_TYPE]
            generation[name] = active / _rest(token, fixed)
            prompt[name] = active / _rest(read, others / plain.prompt[_ATTENTION_TYPE])
    return KernelSpeeds(generation, prompt)


def _rest(seconds: float, known: float) -> float:
    """Return what remains of a time; never less than a fifth, should a measurement be disturbed."""
    return max(seconds - known, seconds / 5)


def _attention(timing: Timing) -> AttentionSpeed:
    start, deep = timing
    small, large = (
        max(late - early, 0.0) / (_DEPTH * _ATTENTION_LAYERS * _HEADS)
        for early, late in zip(start, deep, strict=True)
    )
    narrow, wide = (2 * size for size in _HEAD_SIZES)  # a key and a value
    element = max(large - small, 0.0) / (wide - narrow)
    element = min(element, small / narrow)
    return AttentionSpeed(head=small - narrow * element, element=element)


def _weights(model: Skeleton, *, experts: bool) -> int:
    return sum(
        tensor.size_bytes
        for tensor in model.header.tensors
        if tensor.name.startswith("blk.") and ("_exps" in tensor.name) == experts
    )


def _layers(model: Skeleton) -> int:
    return model.header.number("block_count") or 0
