from __future__ import annotations

from pathlib import Path

from alcove import __version__


def test_the_changelog_begins_with_this_version() -> None:
    changelog = Path(__file__).parents[1] / "CHANGELOG.md"
    headings = [line for line in changelog.read_text().splitlines() if line.startswith("## ")]
    assert headings[0].startswith(f"## {__version__}")
