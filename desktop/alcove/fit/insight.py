"""What was learned about one machine: how fast it is, and how right earlier forecasts were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial

from alcove.fit.configuration import Configuration
from alcove.fit.experience import corrected, experience
from alcove.fit.forecast import forecast
from alcove.fit.formula import targets
from alcove.fit.margins import FIRST_MARGINS, Margins
from alcove.fit.records import Conditions, Entry, main_type_of
from alcove.fit.result import Forecast
from alcove.fit.shape import Shape
from alcove.fit.speeds import Speeds
from alcove.fit.ways import carried, nearest, places, way_of
from alcove.hardware.machine import Machine

FileKey = str
"""Tells files apart: the SHA-256 of the skeleton, empty where only the catalog is known."""


@dataclass(frozen=True)
class Insight:
    """The calibration, what slices of files ran at, what answers measured, and the margins.

    ``machine`` is the key of the machine that all this is true of. ``slices`` are by file key and
    by the configuration in which they ran. ``bandwidth`` is the highest of RAM that was seen, in
    bytes per second: what is seen while other programs are busy is too low.
    """

    machine: str = ""
    speeds: Speeds | None = None
    slices: Mapping[tuple[FileKey, Configuration], Forecast] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    margins: Margins = FIRST_MARGINS
    bandwidth: float | None = None

    def at_best(self, machine: Machine) -> Machine:
        """Return the machine with the highest bandwidth that was seen."""
        seen = max(self.bandwidth or 0.0, machine.bandwidth or 0.0)
        return replace(machine, bandwidth=seen) if seen else machine

    def estimate(
        self, shape: Shape, configuration: Configuration, machine: Machine, key: FileKey = ""
    ) -> Forecast:
        """Forecast the speed of a model from slices of it, or else from its shape.

        Slices that ran in another way on the same devices count too, by what a forecast says of
        the difference.
        """
        machine = self.at_best(machine)
        sliced = self._sliced(shape, configuration, key)
        if sliced is None:
            return forecast(shape, configuration, machine, self.speeds)
        measured = self.slices[key, sliced]
        if way_of(sliced) == way_of(configuration):
            return measured
        theirs, wanted = (
            forecast(shape, each, machine, self.speeds) for each in (sliced, configuration)
        )
        return carried(measured, theirs, wanted) or wanted

    def forecast(
        self, shape: Shape, configuration: Configuration, machine: Machine, key: FileKey = ""
    ) -> Forecast:
        """Forecast the speed of a model, corrected by what answers have measured."""
        estimate = self.estimate(shape, configuration, machine, key)
        if not self.entries:
            return estimate
        alike = self._by_kind.get((main_type_of(shape), shape.moe_layers > 0))
        if not alike:
            return estimate
        wanted = self.conditions(shape, configuration, machine, key)
        estimate_of = partial(self.estimate, shape, machine=machine, key=key)
        return corrected(estimate, experience(alike, wanted, datetime.now(UTC), estimate_of))

    def conditions(
        self, shape: Shape, configuration: Configuration, machine: Machine, key: FileKey
    ) -> Conditions:
        """Return what decides how fast a file runs."""
        on_gpus, in_ram = places(configuration, shape.layers)
        return Conditions(
            machine=self.machine,
            build=machine.llama.version if machine.llama else "",
            file_key=key,
            configuration=configuration,
            devices=(
                *(gpu.name for gpu in targets(machine) if on_gpus),
                *((machine.cpu.name,) if in_ram else ()),
            ),
            main_type=main_type_of(shape),
            mixture=shape.moe_layers > 0,
            threads=self.speeds.threads if self.speeds else None,
            estimator=self._estimator(shape, configuration, key),
        )

    def _estimator(self, shape: Shape, configuration: Configuration, key: FileKey) -> str:
        if self._sliced(shape, configuration, key) is not None:
            return "slices"
        return f"calibration {self.speeds.date}" if self.speeds else "bandwidth"

    def _sliced(
        self, shape: Shape, configuration: Configuration, key: FileKey
    ) -> Configuration | None:
        """Return the way most like ``configuration`` in which slices of a file ran, if any is."""
        return nearest(configuration, self._by_file.get(key, ()), shape.layers)

    @cached_property
    def _by_file(self) -> dict[FileKey, list[Configuration]]:
        files: dict[FileKey, list[Configuration]] = {}
        for key, configuration in self.slices:
            files.setdefault(key, []).append(configuration)
        return files

    @cached_property
    def _by_kind(self) -> dict[tuple[str, bool], list[Entry]]:
        kinds: dict[tuple[str, bool], list[Entry]] = {}
        for entry in self.entries:
            conditions = entry.load.conditions
            if conditions.machine == self.machine:
                kinds.setdefault((conditions.main_type, conditions.mixture), []).append(entry)
        return kinds


NOTHING_KNOWN = Insight()
"""Before anything was measured."""
