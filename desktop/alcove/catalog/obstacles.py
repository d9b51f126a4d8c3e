"""Why a model of the catalog cannot be had, in sentences."""

from __future__ import annotations

from alcove.catalog.model import Model
from alcove.errors import Remedy, TargetError
from alcove.i18n import _


def out_of_reach(model: Model) -> TargetError:
    """Make the error that says why a model that has no files cannot be had, and what may be."""
    advice = _("Choose another model of the family {family}.").format(family=model.family)
    if model.obstacle == "unlisted" and model.leads:
        advice = _("Look for its files in {repository}, and name one as org/repo:QUANT.").format(
            repository=model.leads[0]
        )
    return TargetError(obstacle(model), advice, Remedy.CHOOSE_MODEL)


def obstacle(model: Model) -> str:
    """Say why a model cannot be had, in one sentence; empty where nothing is in the way."""
    if model.obstacle == "unsupported":
        return _("llama.cpp does not know the architecture of {name}.").format(name=model.name)
    if model.obstacle == "no-file":
        return _("No GGUF of {name} is known.").format(name=model.name)
    if model.obstacle == "unlisted":
        return _("The catalog does not know the files of {name}.").format(name=model.name)
    return ""
