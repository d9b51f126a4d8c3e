"""What the catalog says of a model, in words."""

from __future__ import annotations

from alcove.catalog.model import Licence, Model
from alcove.i18n import _
from alcove.words import parameters, tokens


def facts_of(model: Model) -> str:
    """Say its size, its context and what it can do."""
    size = _("{count} parameters").format(count=parameters(model.parameters))
    if model.active_parameters and model.active_parameters != model.parameters:
        active = parameters(model.active_parameters)
        size = _("{size}, {active} active").format(size=size, active=active)
    context = _("trained for {count} tokens").format(count=tokens(model.context))
    lines = [f"{size} · {context}"]
    if abilities := [words for key, words in ability_words().items() if key in model.abilities]:
        lines.append(_("Abilities: {abilities}").format(abilities=", ".join(abilities)))
    return "\n".join(lines)


def ability_words() -> dict[str, str]:
    """Say what a model may be able to do beside answering, by the catalog's names of it."""
    return {
        "reasoning": _("reasoning"),
        "tools": _("tools"),
        "code": _("code"),
        "vision": _("vision"),
        "audio": _("audio"),
        "embedding": _("embeddings"),
    }


def licence_in_words(licence: Licence) -> str:
    """Say what the publisher allows."""
    use = {
        "yes": _("commercial use allowed"),
        "conditional": _("commercial use under conditions"),
        "no": _("no commercial use"),
        None: _("terms not checked"),
    }[licence.commercial]
    lines = [f"{licence.name}: {use}"]
    if licence.conditions:
        lines.append(_("Conditions: {conditions}").format(conditions=licence.conditions))
    return "\n".join(lines)


def figures_of(model: Model) -> str:
    """Say what its publisher measured; empty where nothing is known."""
    return "\n".join(f"{one.name}: {one.score:g}" for one in model.benchmarks)
