"""``alcove fit``: what one model takes on this machine."""

from __future__ import annotations

from dataclasses import dataclass

import typer

from alcove.cli import output
from alcove.cli.documents import fit_document
from alcove.cli.session import Session
from alcove.fit.estimate import estimate
from alcove.fit.forecast import speed
from alcove.fit.result import KV_BYTES_PER_ELEMENT, Fit
from alcove.fit.shape import Shape, shape_from_catalog, shape_from_header
from alcove.gguf.split import read_model
from alcove.hub.headers import fetch_header
from alcove.i18n import _
from alcove.library.targets import Reference
from alcove.words import gigabytes, tokens


@dataclass(frozen=True)
class _Priced:
    """What a target leads to, as far as its price goes."""

    file: str
    architecture: str
    shape: Shape


def fit(
    context: typer.Context,
    target: str = typer.Argument(help=_("A path, a catalog id, org/repo[:QUANT] or a file of it.")),
    length: int | None = typer.Option(None, "--context", min=1, help=_("Context in tokens.")),
    kv_type: str = typer.Option("f16", "--kv-type", help=_("KV cache type.")),
    gpu_layers: int | None = typer.Option(None, "--gpu-layers", min=0, help=_("Layers on GPUs.")),
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """Say whether a model fits this machine, and what it takes."""
    session: Session = context.obj
    check_kv_type(kv_type)
    priced = _look_up(session, target)
    wanted = length or min(session.settings.context, priced.shape.context_limit)
    result = estimate(priced.shape, session.machine, wanted, kv_type, gpu_layers)
    if json_output:
        output.document(fit_document(target, priced.file, priced.architecture, result))
        return
    _describe(priced, result)


def check_kv_type(kv_type: str) -> None:
    """Raise a usage error for a KV cache type that is not known."""
    if kv_type not in KV_BYTES_PER_ELEMENT:
        raise typer.BadParameter(
            _("{given!r} is not one of {names}.").format(
                given=kv_type, names=", ".join(KV_BYTES_PER_ELEMENT)
            )
        )


def _look_up(session: Session, target: str) -> _Priced:
    """Find the shape of a target: from a header on this machine, the catalog, or the hub."""
    found = session.find_local(target)
    if not isinstance(found, Reference):
        shape = shape_from_header(read_model(found.files), found.size_bytes)
        return _Priced(str(found.path), found.architecture, shape)
    if known := session.catalog.find_file(found.repository, found.wanted or ""):
        model, quantization = known
        return _Priced(
            f"{quantization.repository}/{quantization.file}",
            model.architecture,
            shape_from_catalog(model, quantization),
        )
    remote = session.hub.resolve(found.repository, found.wanted)
    header = fetch_header(remote, session.network)
    return _Priced(
        f"{remote.repository}/{remote.files[0].path}",
        header.architecture,
        shape_from_header(header, remote.size_bytes),
    )


def _describe(priced: _Priced, fit: Fit) -> None:
    output.line(fit.sentence)
    output.line(
        _("{total}: weights {weights}, context {context}, compute {compute}").format(
            total=gigabytes(fit.total_bytes),
            weights=gigabytes(fit.weights_bytes),
            context=gigabytes(fit.context_bytes),
            compute=gigabytes(fit.compute_bytes),
        )
    )
    output.line(
        _("Context {context} with KV {kv_type}; longest that fits: {longest}").format(
            context=tokens(fit.context), kv_type=fit.kv_type, longest=tokens(fit.max_context)
        )
    )
    if fit.forecast.generation:
        output.line(
            _("Speed: {speed} ({basis})").format(
                speed=speed(fit.forecast.generation), basis=fit.forecast.basis
            )
        )
    output.line(f"{priced.file} ({priced.architecture})")
