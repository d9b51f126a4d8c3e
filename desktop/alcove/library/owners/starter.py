"""The starter model, a package of its own that ships beside Alcove."""

from __future__ import annotations

from alcove.library.owners.sighting import Found, Sighting
from alcove.library.owners.system import System
from alcove.library.starter import find_starter


def look(_system: System) -> Sighting:
    """Find the file of the package, if it is installed."""
    path = find_starter()
    return Sighting((Found("starter", (path,)),)) if path else Sighting()
