"""What the ledger teaches about a machine, and how more is learned."""

from __future__ import annotations

from alcove.errors import StorageError
from alcove.fit.configuration import Configuration
from alcove.fit.insight import FileKey, Insight
from alcove.fit.ledger import Ledger
from alcove.fit.residuals import margins
from alcove.fit.result import Forecast
from alcove.fit.speeds import Speeds, speeds_key
from alcove.fit.ways import way_of
from alcove.hardware.machine import Machine


def read_insight(ledger: Ledger, machine: Machine) -> Insight:
    """Gather what is known of ``machine``; nothing where the ledger cannot be read."""
    key = speeds_key(machine)
    try:
        return Insight(
            machine=key,
            speeds=_speeds(ledger, key),
            slices=ledger.all_slices(key),
            entries=ledger.answers(),
            margins=margins(ledger.loads(), key),
        )
    except StorageError:
        return Insight(machine=key)


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
    document = ledger.calibration(key)
    try:
        return Speeds.from_json(document) if document else None
    except StorageError:
        return None
