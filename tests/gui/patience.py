"""Waiting that fails on what does not happen, not on a busy computer."""

from __future__ import annotations

from typing import Any

from pytestqt.qtbot import QtBot

PATIENCE_MS = 120_000


class PatientBot(QtBot):
    """Waits so long for everything that a busy computer is no failure."""

    def waitUntil(self, callback: Any, *, timeout: int = 0) -> None:  # noqa: N802 - pytest-qt's name
        super().waitUntil(callback, timeout=max(timeout, PATIENCE_MS))

    def waitSignal(self, signal: Any, *, timeout: int = 0, **options: Any) -> Any:  # noqa: N802
        return super().waitSignal(signal, timeout=max(timeout, PATIENCE_MS), **options)

    def waitSignals(self, signals: Any, *, timeout: int = 0, **options: Any) -> Any:  # noqa: N802
        return super().waitSignals(signals, timeout=max(timeout, PATIENCE_MS), **options)

    def waitExposed(self, widget: Any, *, timeout: int = 0) -> Any:  # noqa: N802
        return super().waitExposed(widget, timeout=max(timeout, PATIENCE_MS))
