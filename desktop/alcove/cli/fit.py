"""``alcove fit``: what one model takes on this machine, or on another one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from alcove.catalog.model import Model, Quantization
from alcove.cli import output
from alcove.cli.documents import fit_document
from alcove.cli.options import CONTEXT, GPU_LAYERS, JSON, KV_TYPE, MACHINE, MMPROJ, MOE_LAYERS, wish
from alcove.cli.session import Session
from alcove.errors import HubError, ModelFileError, StorageError, TargetError
from alcove.fit.forecast import speed
from alcove.fit.formula import targets
from alcove.fit.learning import keep_slices
from alcove.fit.plan import Wish
from alcove.fit.process_memory import projector_bytes
from alcove.fit.result import DEPTH, Basis, Fit
from alcove.gguf.read import read_header
from alcove.gguf.skeleton import Skeleton
from alcove.hardware.machine import Machine
from alcove.hub.remote import RemoteModel
from alcove.i18n import _, ngettext
from alcove.library.installed import InstalledModel
from alcove.library.references import Reference
from alcove.words import gigabytes, tokens


@dataclass(frozen=True)
class Judged:
    """What a target leads to, and the verdict on it; ``size_bytes`` is 0 where nobody told."""

    file: str
    architecture: str
    fit: Fit
    skeleton: Skeleton | None
    size_bytes: int = 0


def fit(
    context: typer.Context,
    target: str = typer.Argument(
        help=_("A path, a catalog id, org/repo[:QUANT], a file of it, or a link.")
    ),
    length: int | None = CONTEXT,
    kv_type: str | None = KV_TYPE,
    gpu_layers: int | None = GPU_LAYERS,
    cpu_moe_layers: int | None = MOE_LAYERS,
    mmproj: Path | None = MMPROJ,
    machine: str | None = MACHINE,
    measure: bool = typer.Option(
        False, "--measure", help=_("Time some layers of this model; takes 2 to 20 seconds.")
    ),
    json_output: bool = JSON,
) -> None:
    """Say whether a model fits this machine, and what it takes."""
    session: Session = context.obj
    session.profile = machine
    asked = wish(session.settings, length, kv_type, gpu_layers, cpu_moe_layers)
    if mmproj:
        _warn_of_no_projector(mmproj)
        asked = replace(asked, beside_bytes=projector_bytes(mmproj.stat().st_size))
    if measure and machine:
        raise typer.BadParameter(_("--measure times this computer; --machine names another one."))
    judged = judge_target(session, target, asked)
    if measure:
        _measure(session, judged)
        judged = judge_target(session, target, asked)
    if json_output:
        output.document(fit_document(target, judged.file, judged.architecture, judged.fit))
        return
    if machine:
        output.line(_("On {name}:").format(name=_named(session.machine)))
    _describe(judged)
    if not judged.fit.fits and judged.fit.missing_bytes:
        output.line(_("Where it would run: alcove beyond {target}").format(target=target))


def _warn_of_no_projector(path: Path) -> None:
    """Say it where a file is a model of its own; what it takes is counted all the same."""
    with suppress(ModelFileError):
        architecture = read_header(path).architecture
        if architecture != "clip":
            output.note(
                _("{path} is no projector for images, but a model ({architecture}).").format(
                    path=path, architecture=architecture
                )
            )


def judge_target(session: Session, target: str, asked: Wish) -> Judged:
    """Judge a target by its header, from this machine or the hub, or by what the catalog says."""
    found = session.find_local(target)
    if isinstance(found, InstalledModel):
        fit = session.appraiser.installed(found, session.machine, asked, session.insight)
        skeleton = session.skeletons.of_installed(found)
        return Judged(str(found.path), found.architecture, fit, skeleton)
    if found.revision:
        remote = session.hub.resolve(found.repository, found.wanted, found.revision)
        return _judge_remote(session, remote, asked, None)
    if known := session.catalog.find_file(found.repository, found.wanted or ""):
        return _judge_catalogued(session, found, *known, asked)
    try:
        remote = session.hub.resolve(found.repository, found.wanted)
        return _judge_remote(session, remote, asked, found)
    except (HubError, StorageError):
        fit_before = session.appraiser.known(found, session.machine, asked, session.insight)
        before = session.skeletons.known(found)
        if fit_before is None or before is None:
            raise
        return Judged(target, before.header.architecture, fit_before, before)


def _judge_catalogued(
    session: Session, found: Reference, model: Model, quantization: Quantization, asked: Wish
) -> Judged:
    """Judge a model of the catalog; where its header cannot be had, by a rebuilt one."""
    file = f"{quantization.repository}/{quantization.file}"
    fit = session.appraiser.known(quantization, session.machine, asked, session.insight)
    if fit is None:
        try:
            remote = session.hub.resolve(found.repository, found.wanted)
            return _judge_remote(session, remote, asked, found)
        except (HubError, StorageError) as error:
            output.note(_("The file was not looked into. {reason}").format(reason=error))
        fit = session.appraiser.catalogued(
            model, quantization, session.machine, asked, session.insight
        )
    return Judged(file, model.architecture, fit, session.skeletons.known(quantization))


def _judge_remote(
    session: Session, remote: RemoteModel, asked: Wish, found: Reference | None
) -> Judged:
    fit = session.appraiser.remote(remote, session.machine, asked, session.insight, found)
    skeleton = session.skeletons.of_remote(remote)
    file = f"{remote.repository}/{remote.files[0].path}"
    return Judged(file, skeleton.header.architecture, fit, skeleton, remote.size_bytes)


def _measure(session: Session, judged: Judged) -> None:
    """Time some layers of a model and keep the result, which is what is forecast from then on."""
    if judged.skeleton is None:
        raise TargetError(
            _("The header of {file} is needed to measure its speed.").format(file=judged.file),
            _("Connect to the network, or download the model."),
        )
    configuration = judged.fit.configuration
    with output.measuring() as report:
        forecast = session.appraiser.measure(
            judged.skeleton,
            configuration,
            session.machine,
            session.insight,
            report,
            session.log("slices"),
        )
    keep_slices(session.ledger, session.machine, judged.skeleton.key, configuration, forecast)
    session.learn()


def _describe(judged: Judged) -> None:
    fit = judged.fit
    output.line(fit.sentence)
    for remark in fit.remarks:
        output.line(remark)
    output.line(_total(fit))
    output.line(
        _("Context {context} with KV {kv_type}; {longest}").format(
            context=tokens(fit.context), kv_type=fit.kv_type, longest=_longest(fit)
        )
    )
    if fit.forecast.generation:
        output.line(
            _("Speed: {speed} ({basis})").format(
                speed=speed(fit.forecast.generation), basis=fit.forecast.basis
            )
        )
    if fit.forecast.deep:
        output.line(
            ngettext(
                "After {count} token of chat: {speed}",
                "After {count} tokens of chat: {speed}",
                depth := min(fit.context, DEPTH),
            ).format(count=tokens(depth), speed=speed(fit.forecast.deep))
        )
    if fit.forecast.prompt:
        output.line(
            _("Reads prompts of some hundred tokens at {speed}").format(
                speed=speed(fit.forecast.prompt)
            )
        )
    output.line(f"{judged.file} ({judged.architecture})")
    output.line(_basis(fit.basis))


def _longest(fit: Fit) -> str:
    """Say how long a context can be, and what bounds it."""
    if not fit.max_context:
        return _("no context fits")
    if fit.max_context >= fit.context_limit > 0:
        return _("longest: {longest}, which it was trained for").format(
            longest=tokens(fit.max_context)
        )
    return _("longest that fits: {longest}").format(longest=tokens(fit.max_context))


def _total(fit: Fit) -> str:
    """Say what a model takes in all, and of what that is made up."""
    parts = [
        _("weights {size}").format(size=gigabytes(fit.weights_bytes)),
        _("context {size}").format(size=gigabytes(fit.context_bytes)),
        _("compute {size}").format(size=gigabytes(fit.compute_bytes)),
    ]
    if fit.beside_bytes:
        parts.append(_("other files {size}").format(size=gigabytes(fit.beside_bytes)))
    parts.append(_("the process {size}").format(size=gigabytes(fit.overhead_bytes)))
    return f"{gigabytes(fit.needed_bytes)}: {', '.join(parts)}"


def _named(machine: Machine) -> str:
    names = (*(gpu.name for gpu in targets(machine)), machine.cpu.name)
    return ", ".join(dict.fromkeys(names))


def _basis(basis: Basis) -> str:
    return {
        "dry-run": _("Memory by llama.cpp's own dry run of this file."),
        "header": _("Memory from the header that this file has or should have."),
        "catalog": _("Memory estimated from the catalog."),
    }[basis]
