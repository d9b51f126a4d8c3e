"""What was learned about one machine: how fast it is, and how right earlier forecasts were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from alcove.fit.configuration import Configuration
from alcove.fit.experience import corrected, experience
from alcove.fit.forecast import forecast
from alcove.fit.formula import targets
from alcove.fit.margins import FIRST_MARGINS, Margins
from alcove.fit.records import Conditions, Entry, main_type_of
from alcove.fit.result import DEPTH, Forecast
from alcove.fit.shape import Shape
from alcove.fit.speeds import Speeds
from alcove.hardware.machine import Machine

FileKey = str
"""Tells files apart: the SHA-256 of the skeleton, empty where only the catalog is known."""


@dataclass(frozen=True)
class Insight:
    """The calibration, what slices of files ran at, what answers measured, and the margins.

    ``machine`` is the key of the machine that all this is true of. ``slices`` are by file key and
    by ``way_of`` the configuration.
    """

    machine: str = ""
    speeds: Speeds | None = None
    slices: Mapping[tuple[FileKey, str], Forecast] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    margins: Margins = FIRST_MARGINS

    def estimate(
        self, shape: Shape, configuration: Configuration, machine: Machine, key: FileKey = ""
    ) -> Forecast:
        """Forecast the speed of a model from slices of it, or else from its shape."""
        measured = self.slices.get((key, way_of(configuration)))
        return measured or forecast(shape, configuration, machine, self.speeds)

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
        return corrected(estimate, experience(alike, wanted, datetime.now(UTC)))

    def conditions(
        self, shape: Shape, configuration: Configuration, machine: Machine, key: FileKey
    ) -> Conditions:
        """Return what decides how fast a file runs."""
        whole = configuration.gpu_layers == shape.layers and not configuration.cpu_moe_layers
        gpus = [gpu.name for gpu in targets(machine)] if configuration.gpu_layers else []
        return Conditions(
            machine=self.machine,
            build=machine.llama.version if machine.llama else "",
            file_key=key,
            configuration=configuration,
            devices=(*gpus, *(() if whole else (machine.cpu.name,))),
            main_type=main_type_of(shape),
            mixture=shape.moe_layers > 0,
            threads=self.speeds.threads if self.speeds else None,
            estimator=self._estimator(key, configuration),
        )

    def _estimator(self, key: FileKey, configuration: Configuration) -> str:
        if (key, way_of(configuration)) in self.slices:
            return "slices"
        return f"calibration {self.speeds.date}" if self.speeds else "bandwidth"

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


def way_of(configuration: Configuration) -> str:
    """Return what of a configuration decides its speed, from the start to ``Forecast.deep``."""
    parts = asdict(configuration) | {"context": min(configuration.context, DEPTH)}
    del parts["tensor_split"]  # it follows the memory that is free
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
