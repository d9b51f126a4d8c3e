"""What happens before a verb runs."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from alcove.__main__ import main


class _Interrupting:
    """Stands in for a module that takes long to import: Ctrl+C comes meanwhile."""

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        if name == "alcove.cli.app":
            os.kill(os.getpid(), signal.SIGINT)


def test_control_c_while_modules_are_imported_ends_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "alcove.cli.app", raising=False)
    monkeypatch.setattr(sys, "meta_path", [_Interrupting(), *sys.meta_path])
    assert main(["list"]) == 1
    assert capsys.readouterr().err == ""
