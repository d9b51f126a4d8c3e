"""Where the data that ships with Alcove lies."""

from __future__ import annotations

from pathlib import Path


def resource(*parts: str) -> Path:
    """Return the path of a shipped file: beside the package in a wheel, else in the checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "_resources"
    root = shipped if shipped.is_dir() else package.parents[1] / "resources"
    return root.joinpath(*parts)
