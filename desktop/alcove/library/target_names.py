"""Targets by which every model on this machine can be named, and no two by the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from alcove.library.installed import InstalledModel


def with_distinct_targets(models: Sequence[InstalledModel]) -> list[InstalledModel]:
    """Add quantizations where they tell models apart; what is still the same goes by its path."""
    uses = Counter(model.target for model in models)
    named = [
        replace(model, target=f"{model.target}:{model.quantization}")
        if model.catalog_id and model.quantization and uses[model.target] > 1
        else model
        for model in models
    ]
    first: dict[str, Path] = {}
    for model in sorted(named, key=lambda model: model.damage is not None):
        first.setdefault(model.target, model.path)
    return [
        model if first[model.target] == model.path else replace(model, target=str(model.path))
        for model in named
    ]
