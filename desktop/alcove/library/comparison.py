"""Two to four models beside one another: what each takes here, may be used for, and scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from alcove.catalog.model import Model
from alcove.fit.forecast import speed
from alcove.fit.result import Fit
from alcove.i18n import _
from alcove.words import gigabytes, parameters, tokens

LEAST, MOST = 2, 4
"""How many models can be compared."""


@dataclass(frozen=True)
class Compared:
    """One model: ``file`` is what was judged, ``model`` what the catalog knows of it, if it does.

    ``quantization`` may be empty.
    """

    target: str
    name: str
    file: str
    quantization: str
    size_bytes: int
    fit: Fit
    model: Model | None


@dataclass(frozen=True)
class Row:
    """One fact of each model; ``values`` stand in the order of the models, empty if not known."""

    title: str
    values: tuple[str, ...]


def rows(models: Sequence[Compared]) -> tuple[Row, ...]:
    """Return what can be said of the models, in words; what is said of none is left out."""
    facts = [Row(title, tuple(map(fact, models))) for title, fact in _facts()]
    return tuple(row for row in (*facts, *_benchmarks(models)) if any(row.values))


def _facts() -> tuple[tuple[str, Callable[[Compared], str]], ...]:
    return (
        (_("Quantization"), lambda one: f"{one.quantization} {gigabytes(one.size_bytes)}".strip()),
        (_("Verdict"), lambda one: one.fit.sentence),
        (_("Needs"), lambda one: gigabytes(one.fit.needed_bytes)),
        (_("Speed"), _speed),
        (_("Reads prompts at"), _prompt_speed),
        (_("Context, as priced"), lambda one: _tokens(one.fit.context)),
        (_("Longest that fits"), lambda one: _tokens(one.fit.max_context)),
        (_("Trained for"), lambda one: _tokens(one.fit.context_limit)),
        (_("Parameters"), _of(_size)),
        (_("Publisher"), _of(lambda model: model.publisher)),
        (_("Released"), _of(lambda model: model.released or "")),
        (_("Licence"), _of(lambda model: model.licence.name)),
        (_("Commercial use"), _of(_commercial)),
        (_("Conditions"), _of(lambda model: model.licence.conditions or "")),
        (_("Abilities"), _of(lambda model: ", ".join(sorted(model.abilities)))),
        (_("Files"), _of(_files)),
    )


def _of(fact: Callable[[Model], str]) -> Callable[[Compared], str]:
    """Return a fact of the catalog; nothing where the model is not in it."""
    return lambda one: fact(one.model) if one.model else ""


def _speed(one: Compared) -> str:
    generation = one.fit.forecast.generation
    return speed(generation) if generation else ""


def _prompt_speed(one: Compared) -> str:
    prompt = one.fit.forecast.prompt
    return speed(prompt) if prompt else ""


def _tokens(count: int) -> str:
    return _("{count} tokens").format(count=tokens(count)) if count else ""


def _size(model: Model) -> str:
    size = parameters(model.parameters)
    if model.active_parameters and model.active_parameters != model.parameters:
        return _("{size}, {active} active").format(
            size=size, active=parameters(model.active_parameters)
        )
    return size


def _commercial(model: Model) -> str:
    return {
        "yes": _("allowed"),
        "conditional": _("under conditions"),
        "no": _("not allowed"),
        None: _("terms not checked"),
    }[model.licence.commercial]


def _files(model: Model) -> str:
    return ", ".join(f"{one.name} {gigabytes(one.size_bytes)}" for one in model.quantizations)


def _benchmarks(models: Sequence[Compared]) -> list[Row]:
    """Return the publishers' figures, those that several of the models have first."""
    scores = [
        {each.name: f"{each.score:g}" for each in one.model.benchmarks} if one.model else {}
        for one in models
    ]
    names = list(dict.fromkeys(name for each in scores for name in each))
    names.sort(key=lambda name: -sum(name in each for each in scores))
    return [Row(name, tuple(each.get(name, "") for each in scores)) for name in names]
