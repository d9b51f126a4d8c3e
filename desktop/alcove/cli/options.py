"""Options that several verbs have."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from alcove.cli import output
from alcove.fit.configuration import KV_BYTES_PER_ELEMENT
from alcove.fit.plan import MIN_CONTEXT, Wish
from alcove.hardware.profiles import profile_names
from alcove.i18n import _
from alcove.settings import Settings
from alcove.words import parse_tokens

_MOST_CONTEXT = 2**31 - 1


def _machine(context: typer.Context, name: str | None) -> str | None:
    """List the shipped profiles where that is what was asked for."""
    if name in ("help", "list"):
        if context.params["json_output"]:
            output.document([asdict(profile) for profile in profile_names()])
        else:
            for profile in profile_names():
                output.line(f"{profile.name:28}{profile.title}")
        raise typer.Exit
    if name == "":
        raise typer.BadParameter(_("Name a profile or a file."))
    return name


def _tokens(text: str) -> int:
    """Read a number of tokens."""
    try:
        count = parse_tokens(text)
    except ValueError:
        count = 0
    if not 0 < count <= _MOST_CONTEXT:
        raise typer.BadParameter(
            _("{given!r} is no number of tokens, such as 8192, 32k or 1m.").format(given=text)
        )
    return count


CONTEXT = typer.Option(
    None,
    "--context",
    parser=_tokens,
    metavar="TOKENS",
    help=_("Context in tokens: 8192, 32k or 1m."),
)
KV_TYPE = typer.Option(
    None,
    "--kv-type",
    help=_("KV cache type: f16, q8_0 or q4_0; f16 while that fits, if not given."),
)
GPU_LAYERS = typer.Option(
    None, "--gpu-layers", min=0, help=_("Layers on GPUs; as many as fit, if not given.")
)
MOE_LAYERS = typer.Option(
    None, "--cpu-moe-layers", min=0, help=_("Layers whose experts stay in RAM.")
)
MMPROJ = typer.Option(
    None,
    "--mmproj",
    exists=True,
    dir_okay=False,
    help=_("A projector for images that must have room beside the model."),
)
LORA = typer.Option(
    [],
    "--lora",
    metavar="FILE[:SCALE]",
    help=_("A LoRA adapter for this model; may be given several times."),
)
DRAFT = typer.Option(
    "", "--draft", help=_("A smaller model of the same family, which guesses tokens ahead.")
)
JSON = typer.Option(False, "--json", is_eager=True, help=_("Write JSON."))
"""Known before ``--machine help`` is answered."""
MACHINE = typer.Option(
    None,
    "--machine",
    callback=_machine,
    help=_(
        "Another computer: a profile (`help` lists them), or what `alcove doctor --json` wrote."
    ),
)


def adapters(given: list[str]) -> tuple[tuple[Path, float], ...]:
    """Read what --lora was given; raises a usage error for what is no file or no number."""
    return tuple(map(_adapter, given))


def _adapter(given: str) -> tuple[Path, float]:
    name, colon, scale = given.rpartition(":")
    try:
        path, share = (Path(name), float(scale)) if colon else (Path(given), 1.0)
    except ValueError:
        path, share = Path(given), 1.0  # a colon in the name of the file
    if not path.is_file():
        raise typer.BadParameter(_("There is no file {path}.").format(path=path))
    return path, share


def wish(
    settings: Settings,
    context: int | None,
    kv_type: str | None,
    gpu_layers: int | None,
    cpu_moe_layers: int | None,
) -> Wish:
    """Put together what was asked for; a context that was not may be lowered to make a model fit.

    Raises a usage error for a KV cache type that is not known.
    """
    kv_type = kv_type.casefold() if kv_type else None
    if kv_type is not None and kv_type not in KV_BYTES_PER_ELEMENT:
        raise typer.BadParameter(
            _("{given!r} is not one of {names}.").format(
                given=kv_type, names=", ".join(KV_BYTES_PER_ELEMENT)
            )
        )
    return Wish(
        context=context or settings.context,
        least_context=None if context else min(MIN_CONTEXT, settings.context),
        kv_type=kv_type,
        gpu_layers=gpu_layers,
        cpu_moe_layers=cpu_moe_layers,
    )
