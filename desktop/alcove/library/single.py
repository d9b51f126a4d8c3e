"""The model that a path leads to: a file, a part of one, or a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from alcove.catalog.load import Catalog
from alcove.errors import ModelFileError, Remedy
from alcove.gguf.facts import Kind, read_facts
from alcove.gguf.read import unreadable
from alcove.gguf.split import model_files, read_model
from alcove.i18n import _
from alcove.library.describe import Describer, alone_with_projectors
from alcove.library.index import Index
from alcove.library.installed import InstalledModel
from alcove.library.owners.sighting import Found, look_into, models_in

_SHOWN = 3


def inspect_file(path: Path, catalog: Catalog) -> InstalledModel:
    """Return the model that ``path`` belongs to, or the only one that lies in it.

    Raises ModelFileError, also for a file that only accompanies a model.
    """
    path = path.absolute()
    if os.path.isdir(path):  # noqa: PTH112 - never raises
        return _only_one(path, catalog)
    files = model_files(path)
    read_model(files)
    kind = read_facts(files[0]).kind
    beside = _models_beside(path, catalog)
    if kind != "model":
        raise _companion(path, kind, beside)
    listed = next((model for model in beside if path in model.files), None)
    return listed or _described([Found("folder", files)], catalog)[0]


def _only_one(folder: Path, catalog: Catalog) -> InstalledModel:
    """Return the only usable model in ``folder`` and below it."""
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise unreadable(folder, error) from error
    models = _described(look_into((folder,), "folder").models, catalog)
    usable = [model for model in models if model.damage is None] or models
    if len(usable) == 1:
        return usable[0]
    if not usable:
        raise ModelFileError(
            _("There is no GGUF file in {path}.").format(path=folder),
            _("Name a folder that holds a model, or the file itself."),
            Remedy.CHOOSE_MODEL,
        )
    raise ModelFileError(
        _("There are {count} models in {path}.").format(count=len(usable), path=folder),
        _("Name one of them: {names}.").format(names=_names(usable)),
        Remedy.CHOOSE_MODEL,
    )


def _models_beside(path: Path, catalog: Catalog) -> list[InstalledModel]:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        names = [path.name]
    return _described(models_in(path.parent, names, "folder"), catalog)


def _described(found: Sequence[Found], catalog: Catalog) -> list[InstalledModel]:
    paths = [path for one in found for path in (*one.files, *one.projectors)]
    looked, describer, alone = Index().look(paths), Describer(catalog), alone_with_projectors(found)
    described = (describer.describe(one, looked, alone=alone(one)) for one in found)
    return [model for model in described if model]


def _companion(path: Path, kind: Kind, models: Sequence[InstalledModel]) -> ModelFileError:
    """Return the error for a file that is no model itself."""
    own = [model for model in models if model.projector == path]
    advice = _("Name the file of the model itself.")
    if kind == "projector":
        cause = _("{file} is a projector, by which a model takes images or sound.")
        if own:
            advice = _("Name the model that it belongs to: {names}.").format(names=_names(own))
    elif kind == "adapter":
        cause = _("{file} is a LoRA adapter, which changes a model.")
        advice = _("Load it with its model: alcove run MODEL --lora {path}").format(path=path)
    else:
        cause = _("{file} is an importance matrix, from which quantizations are made.")
    return ModelFileError(cause.format(file=path.name), advice, Remedy.CHOOSE_MODEL)


def _names(models: Sequence[InstalledModel]) -> str:
    shown = [str(model.path) for model in models[:_SHOWN]]
    return ", ".join((*shown, "…") if len(models) > _SHOWN else shown)
