from __future__ import annotations

import os
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import alcove.library.index
from alcove.gguf.facts import read_facts
from alcove.library.index import Index
from library.machine_of_files import put
from local_hub.tiny_gguf import STRING, U64, TinyGguf, tiny_gguf


def names(index: Index, folder: Path) -> dict[str, str]:
    looked = index.look(sorted(folder.iterdir()))
    return {path.name: seen.facts.name if seen.facts else "" for path, seen in looked.items()}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the files whose headers were read."""
    read: list[str] = []

    def note(path: Path) -> object:
        read.append(path.name)
        return read_facts(path)

    monkeypatch.setattr(alcove.library.index, "read_facts", note)
    return read


def test_a_file_is_read_once_and_again_when_it_changes(tmp_path: Path, reads: list[str]) -> None:
    folder, index = tmp_path / "own", Index(tmp_path / "alcove.db")
    put(folder / "a.gguf", tiny_gguf(name="A"))
    changing = put(folder / "b.gguf", tiny_gguf(name="B"))
    expected = {"a.gguf": "A", "b.gguf": "B"}
    assert names(index, folder) == names(Index(tmp_path / "alcove.db"), folder) == expected
    assert reads == ["a.gguf", "b.gguf"]
    put(changing, tiny_gguf(name="C"))
    os.utime(changing, ns=(1, 1))
    assert names(index, folder) == expected | {"b.gguf": "C"}
    assert reads == ["a.gguf", "b.gguf", "b.gguf"]


def test_a_file_that_took_the_place_of_another_is_read(tmp_path: Path) -> None:
    folder, index = tmp_path / "own", Index(tmp_path / "alcove.db")
    path = put(folder / "a.gguf", tiny_gguf(name="A"))
    names(index, folder)
    new = put(tmp_path / "new", tiny_gguf(name="B"))
    times = path.stat()
    os.utime(new, ns=(times.st_atime_ns, times.st_mtime_ns))
    new.replace(path)
    assert names(index, folder) == {"a.gguf": "B"}


def test_what_is_damaged_is_looked_at_each_time(tmp_path: Path, reads: list[str]) -> None:
    folder, index = tmp_path / "own", Index(tmp_path / "alcove.db")
    put(folder / "a.gguf", b"GGUF")
    assert names(index, folder) == names(index, folder) == {"a.gguf": ""}
    assert reads == ["a.gguf", "a.gguf"]


def test_what_is_gone_is_forgotten(tmp_path: Path) -> None:
    folder, database = tmp_path / "own", tmp_path / "alcove.db"
    put(folder / "a.gguf", tiny_gguf()).rename(folder / "b.gguf")
    names(Index(database), folder)
    (folder / "b.gguf").rename(folder / "c.gguf")
    names(Index(database), folder)
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT path FROM library_files").fetchall()
    connection.close()
    assert rows == [(os.fsencode(folder / "c.gguf"),)]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"m\xff.gguf")
    put(tmp_path / "own" / name, tiny_gguf())
    for _look in range(2):
        assert names(Index(tmp_path / "alcove.db"), tmp_path / "own") == {name: "Tiny"}


@pytest.mark.parametrize("content", [b"", b"no database at all" * 99])
def test_without_a_file_that_can_be_used_it_only_takes_longer(
    tmp_path: Path, content: bytes
) -> None:
    put(tmp_path / "own" / "a.gguf", tiny_gguf())
    database = put(tmp_path / "alcove.db", content)
    assert names(Index(database), tmp_path / "own") == {"a.gguf": "Tiny"}
    assert names(Index(tmp_path / "own" / "a.gguf" / "db"), tmp_path / "own") == {"a.gguf": "Tiny"}
    assert names(Index(), tmp_path / "own") == {"a.gguf": "Tiny"}


def test_a_width_that_no_model_has_is_none(tmp_path: Path) -> None:
    writer, folder = TinyGguf(), tmp_path / "own"
    for name, width in (("large", 2**63), ("largest", 2**64 - 1), ("usual", 4096)):
        architecture = ("general.architecture", STRING, writer.text("llama"))
        stated = ("llama.embedding_length", U64, struct.pack("<Q", width))
        put(folder / f"{name}.gguf", TinyGguf([architecture, stated]).content())
    for _look in range(2):
        looked = Index(tmp_path / "alcove.db").look(sorted(folder.iterdir()))
        widths = [seen.facts.width for seen in looked.values() if seen.facts]
        assert widths == [0, 0, 4096]


LOOKING = """
import sys
from pathlib import Path
from alcove.library.index import Index

database, folder = map(Path, sys.argv[1:])
for _look in range(5):
    looked = Index(database).look(sorted(folder.iterdir()))
    Index(database).fingerprints(looked.values())
print(sum(seen.facts is not None for seen in looked.values()))
"""


def test_several_programs_at_once(tmp_path: Path) -> None:
    for number in range(100):
        put(tmp_path / "own" / f"{number}.gguf", tiny_gguf())
    command = [sys.executable, "-c", LOOKING, str(tmp_path / "alcove.db"), str(tmp_path / "own")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [program.communicate()[0].strip() for program in running] == ["100"] * 4
    with sqlite3.connect(tmp_path / "alcove.db") as connection:
        query = "SELECT count(*), sum(fingerprint != '') FROM library_files"
        assert connection.execute(query).fetchone()[0] == 100
    connection.close()
