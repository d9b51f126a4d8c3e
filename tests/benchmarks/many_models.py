"""A catalog of thousands: the shipped one, and made-up relatives of its models."""

from __future__ import annotations

import random
from dataclasses import replace

from alcove.catalog.load import Catalog, load_catalog
from alcove.catalog.model import Model, Quantization

_FIRST = ("astra", "bolt", "cinder", "delta", "ember", "flux", "gale", "harbor", "iris", "jade")
_LAST = ("mind", "scribe", "forge", "weaver", "sage", "pilot", "quill", "lens", "spark", "node")


def many_models(count: int) -> Catalog:
    """Return a catalog of so many models that chat, the same each time."""
    shipped = load_catalog()
    dice = random.Random(count)
    models = list(shipped.models)
    while len(models) < count + len(shipped.models) - len(shipped.chat_models):
        models.append(_relative(dice.choice(shipped.chat_models), len(models), dice))
    return Catalog(tuple(models), shipped.out_of_reach)


def _relative(model: Model, number: int, dice: random.Random) -> Model:
    """Make a model that somebody might have made out of another one."""
    maker = f"{dice.choice(_FIRST)}{dice.choice(_LAST)}{dice.randrange(60)}"
    day = f"{dice.randrange(2024, 2027)}-{dice.randrange(1, 12):02}-{dice.randrange(1, 28):02}"
    name = f"{dice.choice(_FIRST).title()}{dice.choice(_LAST).title()} {number} {model.name}"
    return replace(
        model,
        id=f"{model.id}-{maker}-{number}",
        name=name,
        publisher=maker.title(),
        aliases=(),
        released=day,
        quantizations=tuple(
            _renamed(quantization, f"{maker}/{name.replace(' ', '-')}-GGUF")
            for quantization in model.quantizations
        ),
    )


def _renamed(quantization: Quantization, repository: str) -> Quantization:
    return replace(quantization, repository=repository, sha256=None)
