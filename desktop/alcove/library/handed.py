"""What files and folders that the user hands over lead to: one model, or folders with models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from alcove.catalog.load import Catalog
from alcove.errors import ModelFileError, Remedy, TargetError
from alcove.gguf.names import is_companion
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.library.owners.walk import complete_models, walk
from alcove.library.single import inspect_file


@dataclass(frozen=True)
class Handed:
    """One model to talk to, or else the folders in which there are models."""

    model: InstalledModel | None
    folders: tuple[Path, ...]


def look_at(paths: Sequence[Path], catalog: Catalog, report: Callable[[Path], None]) -> Handed:
    """Return what ``paths`` lead to: the parts of a split model are one model.

    Several models stand for the folders that hold them. ``report`` gets every folder that is looked
    into, and may raise Cancelled. Raises ModelFileError for a file that is no model, TargetError
    for a folder without any.
    """
    files = [path for path in paths if not path.is_dir()]
    models = {model.files: model for model in (_inspect(file, catalog) for file in files)}
    folders = [path for path in paths if path.is_dir()]
    for folder in folders:
        _require_model(folder, report)
    if len(models) == 1 and not folders:
        return Handed(next(iter(models.values())), ())
    folders += [model.path.parent for model in models.values()]
    return Handed(None, tuple(dict.fromkeys(folder.absolute() for folder in folders)))


def _inspect(file: Path, catalog: Catalog) -> InstalledModel:
    if is_companion(file.name):
        raise ModelFileError(
            _("{file} only accompanies a model.").format(file=file.name),
            _("Drop the model's own GGUF file."),
            Remedy.CHOOSE_MODEL,
        )
    return inspect_file(file, catalog)


def _require_model(folder: Path, report: Callable[[Path], None]) -> None:
    for parent, names in walk(folder):
        report(parent)
        if not all(map(is_companion, complete_models(names))):
            return
    raise TargetError(
        _("{folder} holds no GGUF file.").format(folder=folder),
        _("Drop a folder with files whose names end in .gguf."),
    )
