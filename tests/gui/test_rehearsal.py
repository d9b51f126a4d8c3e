"""The program as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QImage


def alcove(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alcove", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_program_tests_itself() -> None:
    run = alcove("--self-test")
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.split()) > 3


def test_it_takes_pictures_of_itself(tmp_path: Path) -> None:
    run = alcove("--screenshots", str(tmp_path / "pictures"))
    assert run.returncode == 0, run.stderr
    pictures = {file.stem: QImage(str(file)) for file in (tmp_path / "pictures").iterdir()}
    for page in ("discover", "discover-all", "library", "library-empty", "chat", "system"):
        light = pictures[f"{page}-light-1280x800"]
        dark = pictures[f"{page}-dark-1280x800"]
        assert (light.width(), light.height()) == (1280, 800)
        assert light.pixelColor(200, 8).lightness() > 200
        assert dark.pixelColor(200, 8).lightness() < 60


def test_an_unknown_option_is_wrong_usage() -> None:
    run = alcove("--screenshots")
    assert run.returncode == 2
    assert run.stderr.startswith("Usage")
