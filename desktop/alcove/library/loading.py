"""From a model on this machine to the process that serves it."""

from __future__ import annotations

from dataclasses import replace

from alcove.engine.load import LoadOptions
from alcove.errors import ModelMemoryError, Remedy
from alcove.fit.estimate import estimate
from alcove.fit.result import Fit
from alcove.fit.shape import shape_from_header
from alcove.gguf.split import read_model
from alcove.hardware.machine import Machine
from alcove.hardware.memory import read_memory
from alcove.i18n import _
from alcove.library.installed import InstalledModel


def price(
    model: InstalledModel,
    machine: Machine,
    context: int,
    kv_type: str = "f16",
    gpu_layers: int | None = None,
) -> Fit:
    """Price an installed model, from its header, against the RAM that is free at this moment.

    ``context`` is in tokens. Raises ModelFileError if the file cannot be read.
    """
    shape = shape_from_header(read_model(model.files), model.size_bytes)
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


def default_context(model: InstalledModel, wanted: int) -> int:
    """Return ``wanted`` tokens, or what the model was trained for if that is less."""
    header = read_model(model.files)
    return min(wanted, header.number("context_length") or wanted)
