"""A dry run without a process: it says what a test wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DeviceMemory, DryRun
from alcove.fit.price import Price
from alcove.gguf.skeleton import Skeleton


class HandFedDryRun(DryRun):
    """Prices by ``say``; its devices have the memory of ``devices``."""

    def __init__(
        self, say: Callable[[Skeleton, Configuration], Price], devices: Sequence[DeviceMemory] = ()
    ) -> None:
        super().__init__(Path("nowhere"))
        self._say = say
        self.devices = tuple(devices)
        self.asked: list[tuple[Skeleton, Configuration]] = []

    def price(
        self, skeleton: Skeleton, configurations: Sequence[Configuration]
    ) -> tuple[Price, ...]:
        self.asked += [(skeleton, each) for each in configurations]
        return tuple(self._say(skeleton, each) for each in configurations)

    def memory(self) -> tuple[DeviceMemory, ...]:
        return () if self._rests else self.devices
