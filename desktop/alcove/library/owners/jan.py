"""Jan's data folder: ``llamacpp/models/<model>/model.gguf``, in older versions ``models/``.

The folder is ``Jan/data`` among the programs' data, or what ``data_folder`` in Jan's
``settings.json`` says (``default_data_folder_path`` and ``get_configuration_file_path`` in
janhq/jan, ``src-tauri/src/core/app/commands.rs``; the settings lie in a folder named after the
program or its identifier). Files that the user only imported stand in ``model.yml`` with their own
path and are found where they lie, if that folder is known. Jan itself could not be tried here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alcove.library.owners.documents import text_in_json
from alcove.library.owners.sighting import Sighting, look_into
from alcove.library.owners.system import System

_SETTINGS = ("Jan", "jan.ai.app", "jan")
_MODELS = ("llamacpp/models", "models")


def look(system: System) -> Sighting:
    """Look into Jan's folders, moved or not."""
    folders = dict.fromkeys(_data_folders(system))
    return look_into((data / models for data in folders for models in _MODELS), "jan")


def _data_folders(system: System) -> Iterator[Path]:
    for folder in dict.fromkeys((system.data, system.config)):
        for name in _SETTINGS:
            if moved := text_in_json(folder / name / "settings.json", "data_folder"):
                yield system.path(moved)
        yield folder / "Jan" / "data"
