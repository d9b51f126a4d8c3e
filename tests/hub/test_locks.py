from __future__ import annotations

import errno
import os
from pathlib import Path

import filelock._unix
import pytest
from huggingface_hub.utils import WeakFileLock

from alcove.hub.locks import held


def test_a_lock_is_had_at_once_or_not_at_all(tmp_path: Path) -> None:
    lock = tmp_path / "locks" / "content.lock"
    with held(lock), pytest.raises(TimeoutError), held(lock):
        pass
    with held(lock), pytest.raises(TimeoutError), WeakFileLock(lock, timeout=0.1):
        pass
    with WeakFileLock(lock), pytest.raises(TimeoutError), held(lock):
        pass
    with held(lock):
        pass


@pytest.mark.filterwarnings("ignore:flock not supported")
def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_file: int, _operation: int) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(filelock._unix.fcntl, "flock", refuse)
    lock = tmp_path / "content.lock"
    with held(lock), pytest.raises(TimeoutError), held(lock):
        pass
    with held(lock):
        pass
