"""How much memory a plan leaves alone."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024**2


@dataclass(frozen=True)
class Margins:
    """Bytes that stay free: on each discrete GPU, and of RAM for all that runs besides.

    On a GPU it is for the driver's context and the desktop, and for what the forecast of memory
    may be wrong by. What was measured at earlier loads replaces the first guess.
    """

    gpu_bytes: int = 1024 * _MIB
    host_bytes: int = 512 * _MIB


FIRST_MARGINS = Margins()
"""What is left free before anything was measured."""

SHARED_MARGIN = 32
"""Of RAM that a GPU uses too, one part in so many is left alone at least: 0.5 GiB of 16, 4 of 128.
"""
