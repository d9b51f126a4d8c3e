"""How long a device takes for a given work: its measured rates, and those of like kernels."""

from __future__ import annotations

from collections.abc import Mapping

from alcove.fit.speeds import AttentionSpeed, DeviceSpeeds
from alcove.fit.workload import Workload

_EXPERTS_SHARE = 0.8
"""Of the speed of other weights that experts reach, where that is not measured."""

_RELATIVES: Mapping[str, tuple[str, ...]] = {
    "F32": ("F16",),
    "F16": ("BF16", "Q8_0"),
    "BF16": ("F16",),
    "Q8_0": ("Q6_K", "F16"),
    "Q6_K": ("Q8_0", "Q5_K"),
    "Q5_K": ("Q6_K", "Q8_0"),
    "Q5_0": ("Q5_1", "Q5_K"),
    "Q5_1": ("Q5_0", "Q5_K"),
    "Q4_K": ("Q4_0", "Q8_0"),
    "Q4_0": ("Q4_K",),
    "Q4_1": ("Q4_0", "Q4_K"),
    "IQ4_NL": ("Q4_0", "IQ4_XS"),
    "IQ4_XS": ("IQ4_NL", "Q3_K", "Q5_K"),
    "MXFP4": ("IQ4_NL", "IQ4_XS"),
    "NVFP4": ("MXFP4",),
    "Q3_K": ("Q2_K", "Q5_K"),
    "Q2_K": ("Q3_K", "Q5_K"),
    "IQ3_XXS": ("IQ3_S",),
    "IQ2_XXS": ("IQ2_XS", "IQ3_S"),
    "IQ2_XS": ("IQ3_S",),
    "IQ2_S": ("IQ2_XS", "IQ3_S"),
    "IQ1_S": ("IQ2_XS", "IQ3_S"),
    "IQ1_M": ("IQ2_XS", "IQ3_S"),
    "TQ1_0": ("Q2_K",),
    "TQ2_0": ("Q2_K",),
}
"""Types whose kernels are like that of a type which was not measured, the likest first."""


def token_seconds(work: Workload, device: DeviceSpeeds) -> float:
    """Return what the weights and layers of ``work`` cost for one token that is generated."""
    fixed = work.layers * device.layer + work.routed * device.routing
    plain, experts = device.dense.generation, device.experts.generation
    return (
        fixed
        + _seconds(work.dense, plain)
        + _seconds(work.output, plain)
        + _expert_seconds(work.experts, experts, plain)
    )


def prompt_seconds(work: Workload, device: DeviceSpeeds) -> float | None:
    """Return what ``work`` costs for one token of a prompt; None where that is not known."""
    plain, experts = device.dense.prompt, device.experts.prompt
    if not plain:
        return None
    return _seconds(work.dense, plain) + _expert_seconds(work.experts, experts, plain)


def attention_seconds(
    speeds: Mapping[str, AttentionSpeed], kv_type: str, elements: int
) -> float | None:
    """Return what one query head of ``elements`` costs per token that it looks at."""
    speed = speeds.get(kv_type)
    if speed is None:
        if "f16" not in speeds:
            return None
        # Quantized caches are smaller, but have to be unpacked.
        speed = speeds.get("q8_0", speeds["f16"])
    return speed.head + elements * speed.element


def _seconds(sizes: Mapping[str, float], rates: Mapping[str, float]) -> float:
    return sum(size / _rate(kind, rates) for kind, size in sizes.items())


def _expert_seconds(
    sizes: Mapping[str, float], rates: Mapping[str, float], plain: Mapping[str, float]
) -> float:
    return sum(
        size / (rates[kind] if kind in rates else _loss(rates, plain) * _rate(kind, plain))
        for kind, size in sizes.items()
    )


def _loss(rates: Mapping[str, float], plain: Mapping[str, float]) -> float:
    """Return how fast experts are beside other weights of the same type."""
    known = [rates[kind] / plain[kind] for kind in rates if kind in plain]
    return sum(known) / len(known) if known else _EXPERTS_SHARE


def _rate(kind: str, rates: Mapping[str, float]) -> float:
    if kind in rates:
        return rates[kind]
    for relative in _RELATIVES.get(kind, ()):
        if relative in rates:
            return rates[relative]
    return min(rates.values())
