"""What is handed over: a folder counts by the same rules as a look at it later."""

from __future__ import annotations

from pathlib import Path

import pytest

from alcove.catalog.load import Catalog
from alcove.errors import TargetError
from alcove.library.handed import Handed, look_at
from library.machine_of_files import put
from local_hub.tiny_gguf import tiny_gguf


def look(folder: Path) -> Handed:
    return look_at([folder], Catalog(()), lambda _folder: None)


def test_a_folder_behind_a_link_counts(tmp_path: Path) -> None:
    put(tmp_path / "disk" / "m.gguf", tiny_gguf())
    handed = tmp_path / "models"
    handed.mkdir()
    (handed / "more").symlink_to(tmp_path / "disk")
    assert look(handed) == Handed(None, (handed,))


@pytest.mark.parametrize(
    "names", [("mmproj-F16.gguf",), ("incomplete-m.gguf",), ("m.gguf", "m.gguf.aria2")]
)
def test_companions_and_unfinished_downloads_are_no_models(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    for name in names:
        put(tmp_path / name, tiny_gguf())
    with pytest.raises(TargetError, match="holds no GGUF file"):
        look(tmp_path)
