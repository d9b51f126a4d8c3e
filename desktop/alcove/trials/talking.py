"""A model of a run that can be asked, wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from alcove.engine.answer import Event, Request


class Talker(Protocol):
    """What a run asks of a model; ``Client`` and ``RecordingClient`` can do it."""

    def stream(self, request: Request) -> Generator[Event]:
        """Answer ``request``; closing the iterator ends the answer."""

    def cancel(self) -> None:
        """End every answer that is streamed now; callable from any thread."""


@dataclass(frozen=True)
class Opened:
    """A model that can be asked; ``sampling`` is what its publisher advises."""

    talker: Talker
    sampling: Request


Open = Callable[[str, Callable[[float], None]], AbstractContextManager[Opened]]
"""Brings up the model that a target names, and takes it down when the block is left.

How far it is is reported as a fraction of 1. Raises every kind of AlcoveError.
"""
