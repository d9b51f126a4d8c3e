"""Machines described in files, to ask what would run on a computer that is not this one.

A profile is a JSON object. Its ``machine`` is a Machine as ``alcove doctor --json`` writes it, so
that what another computer says of itself is a profile; that object alone will do as well. Beside
it may stand ``speeds``, what a calibration of it measured, and, for people, ``title``, ``source``
(where the figures are from) and ``note``.

The profiles that ship describe a computer that has just been started and does nothing else. Where
their ``note`` says nothing else, the system and its desktop have taken 3 GiB of RAM if there are 8,
and 4 if there are more; 1 GiB of a Raspberry Pi, 2 of a server. Of a graphics card with a screen
0.5 GiB are taken, of others 0.25. Metal lets programs have two thirds of up to 32 GiB, three
quarters of more. A GPU's ``bandwidth`` is its data sheet's. A machine's is 80 % of that, about what
programs are seen to reach, and half of it on Apple's Max chips, whose processor cores alone cannot
use more.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from alcove.errors import OptionError, Remedy, TargetError, reason
from alcove.hardware import wire
from alcove.hardware.machine import Machine
from alcove.i18n import _
from alcove.paths import expanded
from alcove.resources import resource

_LARGEST_FILE = 1024**2


@dataclass(frozen=True)
class ProfileName:
    """A profile that ships with Alcove: what ``load_profile`` takes, and what people read."""

    name: str
    title: str


def profile_names() -> tuple[ProfileName, ...]:
    """List the profiles that ship with Alcove, by name."""
    return tuple(ProfileName(path.stem, _title(path)) for path in _shipped().values())


def load_profile(text: str) -> Machine:
    """Return the machine of a profile: its name or how it alone begins, or the path of a file.

    Raises TargetError if there is none, or if the file does not describe a machine.
    """
    return _machine(_found(text))


def load_calibration(text: str) -> object:
    """Return what a profile says of the machine's calibration, in JSON; None if it says nothing.

    Raises TargetError if there is no such profile, or if its file cannot be read.
    """
    document = _document(_found(text))
    return document.get("speeds") if isinstance(document, Mapping) else None


def _found(text: str) -> Path:
    shipped = _shipped()
    if path := shipped.get(text.casefold()):
        return path
    if _is_path(text):
        return expanded(text)
    if len(begun := [name for name in shipped if name.startswith(text.casefold())]) == 1:
        return shipped[begun[0]]
    inside = [name for name in shipped if text.casefold().replace(" ", "-") in name]
    close = inside or difflib.get_close_matches(text.casefold(), shipped, n=3)
    advice = (
        _("Did you mean {names}?").format(names=", ".join(close))
        if close
        else _("There are {names}; or name the file that `alcove doctor --json` wrote.").format(
            names=", ".join(shipped)
        )
    )
    raise OptionError(_("No machine is called {name}.").format(name=text), advice)


def _shipped() -> dict[str, Path]:
    return {path.stem: path for path in sorted(resource("machines").glob("*.json"))}


def _is_path(text: str) -> bool:
    path = expanded(text)
    return len(path.parts) > 1 or path.suffix.casefold() == ".json" or _exists(path)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than a name can be, or with a zero in it
        return False


def _title(path: Path) -> str:
    document = _document(path)
    title = document.get("title") if isinstance(document, Mapping) else None
    return title if isinstance(title, str) else path.stem


def _machine(path: Path) -> Machine:
    document = _document(path)
    if isinstance(document, Mapping) and "machine" in document:
        document = document["machine"]
    try:
        machine = wire.from_json(document)
        _require_plausible(machine)
    except ValueError as error:
        raise _unusable(path, str(error)) from error
    return replace(machine, elsewhere=True)


def _document(path: Path) -> object:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
        if len(content) > _LARGEST_FILE:
            raise _unusable(path, _("it is larger than 1 MB"))
        return json.loads(content)
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError | UnicodeError | RecursionError):
            raise _unusable(path, _("it is not JSON")) from error
        raise TargetError(
            _("The machine profile {path} cannot be read: {reason}.").format(
                path=path, reason=reason(error)
            ),
            _("Check the name of the file."),
            Remedy.RETRY,
        ) from error


def _unusable(path: Path, why: str) -> TargetError:
    return TargetError(
        _("{path} does not describe a machine: {reason}.").format(path=path, reason=why),
        _("Write the file with `alcove doctor --json` on that computer."),
    )


def _require_plausible(machine: Machine) -> None:
    """Raise ValueError for what cannot be, said as ``wire`` says it."""
    memory, cpu = machine.memory, machine.cpu
    _require_share("machine.memory", memory.available_bytes, memory.total_bytes)
    if not 0 < cpu.physical_cores <= cpu.logical_cores:
        raise ValueError(f"machine.cpu.physical_cores is {cpu.physical_cores}")
    _require_bandwidth("machine", machine.bandwidth)
    for gpu in machine.gpus:
        _require_share("machine.gpus", gpu.free_bytes, gpu.total_bytes)
        _require_bandwidth("machine.gpus", gpu.bandwidth)


def _require_share(place: str, part: int, whole: int) -> None:
    if whole <= 0:
        raise ValueError(f"{place}.total_bytes is {whole}")
    if not 0 <= part <= whole:
        raise ValueError(
            _("of {whole} bytes in {place}, {part} are free").format(
                place=place, whole=whole, part=part
            )
        )


def _require_bandwidth(place: str, bandwidth: float | None) -> None:
    if bandwidth is not None and not 0 < bandwidth < float("inf"):
        raise ValueError(f"{place}.bandwidth is {bandwidth}")
