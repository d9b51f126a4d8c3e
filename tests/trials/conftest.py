from __future__ import annotations

from pathlib import Path

import pytest

from alcove.trials.store import TrialStore


@pytest.fixture
def store(tmp_path: Path) -> TrialStore:
    return TrialStore(tmp_path / "alcove.db")
