"""GPT4All's folder of models.

It is ``nomic.ai/GPT4All`` among the programs' data, unless ``modelPath`` in the settings,
``nomic.ai/GPT4All.ini``, names another (``defaultLocalModelsPath`` in nomic-ai/gpt4all,
``gpt4all-chat/src/mysettings.cpp``, which uses Qt's AppLocalDataLocation, and the documentation of
its "Download Path"). Its Python package has ``~/.cache/gpt4all``. GPT4All itself could not be tried
here, and the place of its settings on macOS and Windows is that of Qt's documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alcove.library.owners.documents import value_in_ini
from alcove.library.owners.sighting import Sighting, look_into
from alcove.library.owners.system import System

_PUBLISHER = "nomic.ai"


def look(system: System) -> Sighting:
    """Look into GPT4All's folder, moved or not."""
    return look_into(dict.fromkeys(_folders(system)), "gpt4all")


def _folders(system: System) -> Iterator[Path]:
    for folder in (system.config, system.home / ".config"):
        if moved := value_in_ini(folder / _PUBLISHER / "GPT4All.ini", "modelPath"):
            yield system.path(moved)
    yield system.local_data / _PUBLISHER / "GPT4All"
    yield system.home / ".cache" / "gpt4all"
