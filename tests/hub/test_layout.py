from __future__ import annotations

from pathlib import Path

import pytest

from alcove.errors import HubError
from alcove.hub.layout import RepositoryFolder

COMMIT = "0" * 40


@pytest.mark.parametrize("name", ["../../../x", "a/../../x", "/x", "", "a//b", ".", "C:/x", "a\\b"])
def test_no_name_leads_out_of_the_folder_of_a_repository(tmp_path: Path, name: str) -> None:
    folder = RepositoryFolder(tmp_path / "cache", "org/repo")
    with pytest.raises(HubError, match="no place in the cache"):
        folder.set_branch(name, COMMIT)
    with pytest.raises(HubError, match="no place in the cache"):
        folder.pointer(COMMIT, name)
    with pytest.raises(HubError, match="no place in the cache"):
        folder.pointer(name, "m.gguf")
    assert list(tmp_path.iterdir()) == []


def test_a_branch_may_lie_in_folders(tmp_path: Path) -> None:
    folder = RepositoryFolder(tmp_path, "org/repo")
    folder.set_branch("refs/pr/1", COMMIT)
    assert (folder.path / "refs" / "refs" / "pr" / "1").read_text() == COMMIT
