"""What the ledger teaches about a machine, and how more is learned."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from alcove.errors import StorageError
from alcove.fit.configuration import Configuration
from alcove.fit.insight import NOTHING_KNOWN, FileKey, Insight
from alcove.fit.ledger import Ledger
from alcove.fit.residuals import margins
from alcove.fit.result import Forecast
from alcove.fit.speeds import Speeds, speeds_key
from alcove.fit.ways import way_of
from alcove.hardware.machine import Machine


def read_insight(ledger: Ledger, machine: Machine) -> Insight:
    """Gather what is known of ``machine``; nothing where the ledger cannot be read.

    Its bandwidth is kept if it is the best so far.
    """
    key = speeds_key(machine)
    try:
        known = Insight(
            machine=key,
            speeds=_speeds(ledger, key),
            slices=ledger.all_slices(key),
            entries=ledger.answers(),
            margins=margins(ledger.loads(), key),
            bandwidth=ledger.bandwidth(key),
        )
    except StorageError:
        return Insight(machine=key)
    if (seen := machine.bandwidth or 0.0) <= (known.bandwidth or 0.0):
        return known
    with suppress(StorageError):
        ledger.keep_bandwidth(key, seen)
    return replace(known, bandwidth=seen)


def insight_of(machine: Machine, calibration: object) -> Insight:
    """Return what is known of a machine that is only described.

    ``calibration`` is what its description says of one, in JSON; what cannot be read, or is of
    another machine, is left out.
    """
    speeds = _read(calibration)
    if speeds is None or speeds.key != speeds_key(machine):
        return NOTHING_KNOWN
    return replace(NOTHING_KNOWN, speeds=speeds)


def keep_speeds(ledger: Ledger, speeds: Speeds) -> None:
    """Keep a calibration; raises StorageError."""
    ledger.keep_calibration(speeds.key, speeds.to_json())


def keep_slices(
    ledger: Ledger,
    machine: Machine,
    file: FileKey,
    configuration: Configuration,
    forecast: Forecast,
) -> None:
    """Keep what slices of a file ran at; raises StorageError."""
    key = speeds_key(machine) + way_of(configuration)
    ledger.keep_slices(file, key, configuration, forecast)


def _speeds(ledger: Ledger, key: str) -> Speeds | None:
    """Read the calibration; one that cannot be read is as good as none."""
    return _read(ledger.calibration(key))


def _read(document: object) -> Speeds | None:
    try:
        return Speeds.from_json(document) if isinstance(document, Mapping) else None
    except StorageError:
        return None
