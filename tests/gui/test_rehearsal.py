"""The program as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from pathlib import Path

from PySide6.QtGui import QImage

PAGES = (
    "discover",
    "discover-all",
    "discover-first-start",
    "discover-gpu",
    "download",
    "library",
    "library-empty",
    "chat",
    "chat-formatted",
    "chat-failed",
    "system",
    "system-gpu",
    "trials",
    "trials-empty",
    "trials-new",
    "trials-done",
    "trials-blind-answers",
    "trials-failed",
    "trials-bench",
)


def content(picture: QImage) -> QImage:
    """Return the picture without the rail, whose chosen button alone would tell pages apart."""
    return picture.copy(100, 0, picture.width() - 100, picture.height())


def blank(picture: QImage) -> QImage:
    """Return how the picture would be if its page showed nothing."""
    made = picture.copy()
    made.fill(picture.pixelColor(200, 8))
    return made


def colours_of(picture: QImage) -> int:
    """Count the colours beside the rail, at every third pixel."""
    beside = content(picture)
    return len(
        {
            beside.pixel(x, y)
            for x in range(0, beside.width(), 3)
            for y in range(0, beside.height(), 3)
        }
    )


def alcove(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alcove", *arguments],
        capture_output=True,
        text=True,
        timeout=600,  # half a minute, but on a busy computer several
        check=False,
    )


def test_the_program_tests_itself() -> None:
    run = alcove("--self-test")
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.split()) > 3
    assert "propagateSizeHints" not in run.stderr


def test_it_takes_pictures_of_itself(tmp_path: Path) -> None:
    run = alcove("--screenshots", str(tmp_path / "pictures"))
    assert run.returncode == 0, run.stderr
    pictures = {file.stem: QImage(str(file)) for file in (tmp_path / "pictures").iterdir()}
    for page in PAGES:
        light = pictures[f"{page}-light-1280x800"]
        dark = pictures[f"{page}-dark-1280x800"]
        assert (light.width(), light.height()) == (1280, 800)
        assert light.pixelColor(200, 8).lightness() > 200
        assert dark.pixelColor(200, 8).lightness() < 60
        assert colours_of(blank(light)) == 1
        assert colours_of(light) > 20
        assert colours_of(dark) > 20
    shown = [content(pictures[f"{page}-light-1280x800"]) for page in PAGES]
    assert all(one != other for one, other in combinations(shown, 2))


def test_an_unknown_option_is_wrong_usage() -> None:
    run = alcove("--screenshots")
    assert run.returncode == 2
    assert run.stderr.startswith("Usage")
