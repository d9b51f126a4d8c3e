"""The price of a model on a machine by formula: quick, and close enough for a list."""

from __future__ import annotations

from bisect import bisect_left

from alcove.fit.forecast import forecast
from alcove.fit.kv import BATCH, CELLS
from alcove.fit.placement import Load, Placement, place
from alcove.fit.result import Fit
from alcove.fit.shape import Shape
from alcove.hardware.machine import Machine
from alcove.i18n import _, ngettext
from alcove.words import decimal, gigabytes, tokens

_COMPUTE_BYTES_PER_WIDTH = 29 * 1024


def compute_bytes(shape: Shape, context: int) -> int:
    """Estimate llama.cpp's compute buffer with flash attention and one row of output.

    The mask takes 2 bytes per token of context and token of a batch, which is exact. The rest was
    fitted to what llama.cpp takes for Llama 3.1 8B (116 MiB), Llama 3.3 70B (192), gpt-oss 20B
    and 120B (89), Qwen3 30B-A3B (88), SmolLM2 135M (14) and Gemma 3 270M (18): 18 to 29 KiB per
    unit of width, taken at the top. So it is right for Llama 3.1 8B and at most 40 MiB too large
    for the others; latent attention, as in DeepSeek-V3 (384), is overestimated twofold or more.
    """
    return shape.width * _COMPUTE_BYTES_PER_WIDTH + context * BATCH * 2


def estimate(
    shape: Shape,
    machine: Machine,
    context: int,
    kv_type: str = "f16",
    gpu_layers: int | None = None,
) -> Fit:
    """Price a model at a context in tokens; ``gpu_layers`` None puts as many as fit on GPUs."""
    placement = placed(shape, machine, context, kv_type, gpu_layers)
    longest = max_context(shape, machine, kv_type, gpu_layers)
    return Fit(
        context=context,
        kv_type=kv_type,
        gpu_layers=placement.gpu_layers,
        devices=placement.devices,
        verdict=placement.verdict,
        max_context=longest,
        forecast=forecast(shape, machine, placement, kv_type),
        basis=shape.basis,
        sentence=_sentence(placement, longest),
    )


def placed(
    shape: Shape,
    machine: Machine,
    context: int,
    kv_type: str = "f16",
    gpu_layers: int | None = None,
) -> Placement:
    """Place a model at a context in tokens."""
    load = Load(
        weights_bytes=shape.weights_bytes,
        context_bytes=shape.kv.size(context, kv_type),
        compute_bytes=compute_bytes(shape, context),
        layers=shape.layers + 1,
    )
    return place(load, machine, gpu_layers)


def max_context(
    shape: Shape, machine: Machine, kv_type: str = "f16", gpu_layers: int | None = None
) -> int:
    """Return the longest context in tokens that fits: the model's limit, or a multiple of 256.

    0 if none fits.
    """

    def lacks(context: int) -> bool:
        return placed(shape, machine, context, kv_type, gpu_layers).missing_bytes > 0

    if not lacks(shape.context_limit):
        return shape.context_limit
    contexts = range(CELLS, shape.context_limit + 1, CELLS)
    return bisect_left(contexts, True, key=lacks) * CELLS


def _sentence(placement: Placement, longest: int) -> str:
    """Say the verdict, with the figures that explain it."""
    host = placement.devices[-1]
    used = [share for share in placement.devices[:-1] if share.needed_bytes]
    if placement.missing_bytes:
        missing = gigabytes(placement.missing_bytes)
        if longest:
            return _("Needs {missing} more; fits with {context} context").format(
                missing=missing, context=tokens(longest)
            )
        return _("Needs {missing} more").format(missing=missing)
    if placement.verdict == "partial":
        return _("Fits with {count} of {layers} layers in RAM").format(
            count=placement.layers - placement.gpu_layers, layers=placement.layers
        )
    if placement.verdict == "cpu":
        return _("Fits in memory: {needed} of {free} GB free").format(
            needed=decimal(host.needed_bytes / 1e9), free=decimal(host.free_bytes / 1e9)
        )
    return ngettext(
        "Fits on the GPU: {needed} of {free} GB free",
        "Fits on {count} GPUs: {needed} of {free} GB free",
        len(used),
    ).format(
        count=len(used),
        needed=decimal(sum(share.needed_bytes for share in used) / 1e9),
        free=decimal(sum(share.free_bytes for share in used) / 1e9),
    )
