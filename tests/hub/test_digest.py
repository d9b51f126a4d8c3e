from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from alcove.errors import Cancelled
from alcove.hub.digest import RunningDigest

CONTENT = random.Random(1).randbytes(3_500_000)


@pytest.mark.parametrize("before", [0, 1, 2_000_000, len(CONTENT)])
def test_it_is_the_hash_of_the_whole_file(tmp_path: Path, before: int) -> None:
    path = tmp_path / "part"
    path.write_bytes(CONTENT[:before])
    seen: list[int] = []
    with RunningDigest(path, seen.append) as digest, path.open("ab", buffering=0) as file:
        digest.advance(before)
        for start in range(before, len(CONTENT), 100_000):
            digest.advance(start + file.write(CONTENT[start : start + 100_000]))
        assert digest.finish(len(CONTENT)) == hashlib.sha256(CONTENT).hexdigest()
    assert seen == sorted(seen)
    assert seen[-1] == len(CONTENT)


def test_whoever_hears_of_it_can_end_it(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(CONTENT)
    seen: list[int] = []

    def report(size: int) -> None:
        seen.append(size)
        raise Cancelled

    with RunningDigest(path, report) as digest, pytest.raises(Cancelled):
        digest.finish(len(CONTENT))
    assert len(seen) == 1


def test_a_file_that_is_cut_short_has_another_hash(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(CONTENT[:1000])
    with RunningDigest(path, lambda _size: None) as digest:
        assert digest.finish(len(CONTENT)) != hashlib.sha256(CONTENT).hexdigest()


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with RunningDigest(tmp_path / "none", lambda _size: None) as digest:
        digest.advance(1)
        with pytest.raises(FileNotFoundError):
            digest.finish(1)
