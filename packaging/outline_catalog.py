"""Writes the outlines of the catalog's files anew, from the layouts of its models.

    python packaging/outline_catalog.py [FILE]

Needed after a change of ``models.json`` or ``layouts.json``; a test tells when it was forgotten.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from alcove.catalog.layout import Build
from alcove.catalog.layouts import load_builds
from alcove.catalog.load import load_catalog
from alcove.catalog.model import Model
from alcove.catalog.rebuild import rebuild
from alcove.fit.outline import file_outline, outline_of
from alcove.fit.shape import shape_from_skeleton
from alcove.resources import resource


def main() -> int:
    """Write the file; return the exit status."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else resource("catalog", "outlines.tsv")
    builds = load_builds()
    models = {m.id: outline(m, builds[m.id]) for m in load_catalog().models if m.id in builds}
    lines = (f"{name}\t{json.dumps(one, separators=(',', ':'))}\n" for name, one in models.items())
    target.write_text("".join(lines), encoding="utf-8")
    return 0


def outline(model: Model, build: Build) -> dict[str, Any]:
    """Return the outline of all files of one model."""
    shapes = {q.name: shape_from_skeleton(rebuild(build, q)) for q in model.quantizations}
    found = outline_of(next(iter(shapes.values())))
    found["files"] = {name: file_outline(shape) for name, shape in shapes.items()}
    return found


if __name__ == "__main__":
    sys.exit(main())
