from __future__ import annotations

from alcove.hardware.survey import survey
from hardware.conftest import Tree


def test_the_windows_subsystem_for_linux_lends_its_ram(tree: Tree) -> None:
    root = tree({"proc/version": "Linux version 5.15.167.4-microsoft-standard-WSL2"})
    (warning,) = survey(root).warnings
    assert ".wslconfig" in warning


def test_an_ordinary_kernel_needs_no_warning(tree: Tree) -> None:
    assert survey(tree({"proc/version": "Linux version 6.8.0-45-generic"})).warnings == ()
