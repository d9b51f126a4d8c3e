from __future__ import annotations

import os
from pathlib import Path

from alcove.catalog.load import Catalog
from alcove.library.scan import survey
from library.machine_of_files import put, system_at
from local_hub.tiny_gguf import tiny_gguf


def test_a_folder_that_is_not_there_yet_is_awaited(tmp_path: Path) -> None:
    missing = tmp_path / "disk" / "models"
    assert survey(Catalog(()), [missing], system=system_at(tmp_path)).folders[0] == missing


def test_the_user_s_own_folders_come_before_those_of_programs(tmp_path: Path) -> None:
    studio = put(tmp_path / ".lmstudio" / "models" / "a" / "b" / "m.gguf", tiny_gguf()).parent
    deep = put(tmp_path / "own" / "deep" / "m.gguf", tiny_gguf(name="Own")).parent
    folders = survey(Catalog(()), [tmp_path / "own"], system=system_at(tmp_path)).folders
    assert folders.index(deep) < folders.index(studio)


def test_damage_that_is_old_is_settled(tmp_path: Path) -> None:
    os.utime(put(tmp_path / "own" / "cut.gguf", tiny_gguf()[:-8]), (1, 1))
    seen = survey(Catalog(()), [tmp_path / "own"], system=system_at(tmp_path))
    assert ([model.damage is None for model in seen.models][-1], seen.unsettled) == (False, ())
