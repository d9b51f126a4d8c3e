"""LM Studio's folder of models: ``<publisher>/<repository>/<file>.gguf``.

Its home is what ``~/.lmstudio-home-pointer`` says, else ``~/.lmstudio``, in older versions
``~/.cache/lm-studio``, on every system (https://lmstudio.ai/docs/app/basics/import-model; the
pointer is read in lmstudio-js, ``packages/lms-common-server``). A folder that the user moved
elsewhere stands as ``downloadsFolder`` in ``settings.json`` of that home, or of ``LM Studio`` among
the programs' settings. LM Studio itself could not be tried here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alcove.library.owners.documents import first_line, text_in_json
from alcove.library.owners.sighting import Sighting, look_into
from alcove.library.owners.system import System


def look(system: System) -> Sighting:
    """Look into the folders of the current and of older versions."""
    return look_into(dict.fromkeys(_folders(system)), "lm-studio")


def _folders(system: System) -> Iterator[Path]:
    homes = [system.home / ".lmstudio", system.home / ".cache" / "lm-studio"]
    if pointed := first_line(system.home / ".lmstudio-home-pointer"):
        homes.insert(0, system.path(pointed))
    for home in (*homes, system.config / "LM Studio"):
        if moved := text_in_json(home / "settings.json", "downloadsFolder"):
            yield system.path(moved)
    for home in homes:
        yield home / "models"
