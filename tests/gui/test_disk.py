"""What a download needs on the disk yet: what is there counts, however it came."""

from __future__ import annotations

from pathlib import Path

import pytest

from alcove.catalog.model import Quantization
from alcove.gui.disk import Space, free_space, space_for
from alcove.hub.layout import RepositoryFolder, cache_folder
from library.machine_of_files import put

SHA256 = "a" * 64
FIRST, LAST = "m-Q8_0-00001-of-00002.gguf", "m-Q8_0-00002-of-00002.gguf"
SINGLE = Quantization("Q8_0", "maker/M-GGUF", ("m-Q8_0.gguf",), 1000, sha256=SHA256)
SPLIT = Quantization("Q8_0", "maker/M-GGUF", (FIRST, LAST), 1000)


@pytest.fixture
def folder() -> RepositoryFolder:
    return RepositoryFolder(cache_folder(), "maker/M-GGUF")


def needed(quantization: Quantization) -> int:
    space = space_for(quantization)
    assert space is not None
    return space.needed_bytes


def test_a_single_file_is_there_in_part_or_whole(folder: RepositoryFolder) -> None:
    assert needed(SINGLE) == 1000
    put(folder.part(SHA256), b"x" * 400)
    assert needed(SINGLE) == 600
    folder.part(SHA256).unlink()
    put(folder.blob(SHA256), b"x" * 1000)
    assert needed(SINGLE) == 0


def test_a_part_of_a_split_model_may_be_there(folder: RepositoryFolder) -> None:
    put(folder.blob(SHA256), b"x" * 700)
    folder.place(SHA256, folder.pointer("0" * 40, FIRST))
    folder.place(SHA256, folder.pointer("1" * 40, FIRST))
    assert needed(SPLIT) == 300


def test_the_room_is_that_of_the_disk_where_the_folder_will_be(tmp_path: Path) -> None:
    assert free_space(tmp_path / "not" / "there" / "yet")


def test_what_is_lacking_is_said() -> None:
    assert Space(2_000_000_000, 1_000_000_000).lacks
    assert Space(2_000_000_000, 1_000_000_000).sentence.startswith("Needs 2.0 GB on the disk; 1.0")
