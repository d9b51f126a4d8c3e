"""The JSON documents that ``--json`` promises; their names are fixed, other programs read them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from alcove.engine.answer import Readout
from alcove.fit.offer import Offer
from alcove.fit.result import DeviceShare, Fit, Forecast, Range
from alcove.library.installed import InstalledModel

Json = dict[str, Any]


def offer_document(offer: Offer, *, installed: bool) -> Json:
    """Describe one row of ``alcove list``.

    ``installed``: some quantization of the model is on this machine, and its id leads there.
    ``quality`` is in doublings of the parameters of a model of early 2024, guessed where there are
    no ``published_figures``.
    """
    model, quantization, fit = offer.model, offer.quantization, offer.fit
    return {
        "id": model.id,
        "name": model.name,
        "family": model.family,
        "publisher": model.publisher,
        "licence": model.licence.name,
        "parameters": model.parameters,
        "active_parameters": model.active_parameters,
        "repository": quantization.repository,
        "file": quantization.file,
        "quantization": quantization.name,
        "size_bytes": quantization.size_bytes,
        "context": fit.context,
        "total_bytes": fit.total_bytes,
        "verdict": fit.verdict,
        "forecast": forecast_document(fit.forecast),
        "basis": fit.basis,
        "reason": offer.reason,
        "installed": installed,
        "quality": round(offer.standing.quality.value, 2),
        "published_figures": offer.standing.quality.figures,
        "max_context": fit.max_context,
        "released": model.released,
        "country": model.country,
        "languages": list(model.languages),
        "abilities": sorted(model.abilities),
        "commercial": model.licence.commercial,
    }


def fit_document(target: str, file: str, architecture: str, fit: Fit) -> Json:
    """Describe the price of one file, in bytes."""
    return {
        "target": target,
        "file": file,
        "architecture": architecture,
        "context": fit.context,
        "kv_type": fit.kv_type,
        "gpu_layers": fit.gpu_layers,
        "devices": [_device(device) for device in fit.devices],
        "weights_bytes": fit.weights_bytes,
        "context_bytes": fit.context_bytes,
        "compute_bytes": fit.compute_bytes,
        "total_bytes": fit.total_bytes,
        "verdict": fit.verdict,
        "max_context": fit.max_context,
        "forecast": forecast_document(fit.forecast),
        "basis": fit.basis,
        "layers": fit.layers,
        "cpu_moe_layers": fit.configuration.cpu_moe_layers,
        "batch": fit.configuration.batch,
        "beside_bytes": fit.beside_bytes,
        "overhead_bytes": fit.overhead_bytes,
        "missing_bytes": fit.missing_bytes,
        "sentence": fit.sentence,
        "remarks": list(fit.remarks),
    }


def forecast_document(forecast: Forecast) -> Json:
    """Describe a forecast; null where nothing is known."""
    return {
        "generation_tokens_per_second": _range(forecast.generation),
        "prompt_tokens_per_second": _range(forecast.prompt),
        "generation_tokens_per_second_at_depth": _range(forecast.deep),
        "basis": forecast.basis,
    }


def answer_document(text: str, reasoning: str, readout: Readout) -> Json:
    """Describe one answer with its figures."""
    return {
        "text": text,
        "reasoning": reasoning,
        "finish_reason": readout.finish_reason,
        "prompt_tokens": readout.prompt_tokens,
        "cached_tokens": readout.cached_tokens,
        "completion_tokens": readout.completion_tokens,
        "time_to_first_token_s": readout.time_to_first_token_s,
        "prompt_tokens_per_second": readout.prompt_tokens_per_second,
        "generation_tokens_per_second": readout.generation_tokens_per_second,
        "peak_memory_bytes": readout.peak_memory_bytes,
    }


def installed_document(model: InstalledModel) -> Json:
    """Describe a model on this machine."""
    return {
        "target": model.target,
        "name": model.name,
        "files": [str(path) for path in model.files],
        "size_bytes": model.size_bytes,
        "source": model.source,
        "quantization": model.quantization,
        "architecture": model.architecture,
        "id": model.catalog_id,
        "repository": model.repository,
        "revision": model.revision,
        "damage": model.damage,
        "removable": model.removable,
        "projector": str(model.projector) if model.projector else None,
        "places": [
            {"source": place.source, "path": str(place.path), "name": place.name}
            for place in model.places
        ],
    }


def _device(device: DeviceShare) -> Json:
    document = asdict(device)
    del document["identity"]
    return document


def _range(value: Range | None) -> Json | None:
    return asdict(value) if value else None
