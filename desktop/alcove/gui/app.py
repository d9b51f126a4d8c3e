"""Where the program enters the window."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from alcove.i18n import _


def run(arguments: Sequence[str]) -> int:
    """Open the window, or do what the option in ``arguments`` says; returns the exit code."""
    match list(arguments):
        case []:
            return _open()
        case ["--self-test"]:
            from alcove.gui.rehearsal import self_test

            return self_test()
        case ["--screenshots", directory]:
            from alcove.gui.screenshots import write_screenshots

            return write_screenshots(Path(directory))
    sys.stderr.write(_("Usage: alcove [--self-test | --screenshots DIR]") + "\n")
    return 2


def _open() -> int:
    if not _has_screen():
        sentence = _(
            "Error: There is no screen to open a window on. "
            "The command line works without one: alcove --help"
        )
        sys.stderr.write(sentence + "\n")
        return 1
    gc.disable()  # what is imported now stays; the desktop's collector takes over
    from PySide6.QtWidgets import QApplication

    from alcove.gui.desktop import Desktop
    from alcove.paths import Paths

    application = QApplication(["alcove"])
    application.setApplicationName("alcove")
    application.setApplicationDisplayName("Alcove")
    desktop = Desktop(application, Paths.from_environment())
    sys.excepthook = desktop.show_exception
    desktop.window.show()
    return application.exec()


def _has_screen() -> bool:
    """Tell whether Qt will find a screen; it would abort the process if there is none."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
