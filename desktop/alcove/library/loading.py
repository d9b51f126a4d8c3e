"""From a model on this machine to the process that serves it."""

from __future__ import annotations

from dataclasses import replace

from alcove.engine.load import LoadOptions
from alcove.errors import ModelMemoryError, Remedy
from alcove.fit.estimate import estimate
from alcove.fit.result import Fit
from alcove.fit.shape import Shape, shape_from_header
from alcove.gguf.split import read_model
from alcove.hardware.machine import Machine
from alcove.hardware.memory import read_memory
from alcove.i18n import _
from alcove.library.installed import InstalledModel


def shape_of(model: InstalledModel) -> Shape:
    """Read from its header what an installed model needs; raises ModelFileError."""
    return shape_from_header(read_model(model.files), model.size_bytes)


def price(
    shape: Shape,
    machine: Machine,
    context: int,
    kv_type: str = "f16",
    gpu_layers: int | None = None,
) -> Fit:
    """Price a model against the RAM that is free at this moment; ``context`` is in tokens.

    The free memory of GPUs is taken as it is in ``machine``.
    """
    now = replace(machine, memory=read_memory())
    return estimate(shape, now, context, kv_type, gpu_layers)


def load_options(model: InstalledModel, fit: Fit) -> LoadOptions:
    """Turn the fit that was shown into what is loaded; raises ModelMemoryError if it is "no"."""
    if not fit.fits:
        raise ModelMemoryError(
            _("{name} does not fit at a context of {context} tokens: {sentence}.").format(
                name=model.name, context=fit.context, sentence=fit.sentence
            ),
            _("Close other programs, choose a smaller context, or a smaller quantization."),
            Remedy.LESS_CONTEXT,
            Remedy.SMALLER_MODEL,
        )
    has_gpu = any(device.kind == "gpu" for device in fit.devices)
    return LoadOptions(
        path=model.path,
        name=model.target,
        context=fit.context,
        kv_type=fit.kv_type,
        gpu_layers=fit.gpu_layers if has_gpu else None,
    )
