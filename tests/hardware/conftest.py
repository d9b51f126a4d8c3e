"""Fake trees of /proc and /sys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Tree = Callable[[Mapping[str, object]], Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Write files, given as path and content, and return the root that they lie under."""

    def write(files: Mapping[str, object]) -> Path:
        for name, content in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{content}\n")
        return tmp_path

    return write
