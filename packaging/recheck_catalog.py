"""Compares every pinned file of the catalog with the hub, and says what changed.

    python packaging/recheck_catalog.py [--catalog FILE] [--only ID ...] [--changes FILE] [--write]

Asks the hub at HF_ENDPOINT once for each repository. Prints a report; ``--changes`` also writes the
changes as JSON, ``--write`` also enters them into the catalog. Files that are gone are only told:
what to offer instead is for people to choose. Exits 1 where a repository could not be asked.
After ``--write``, run packaging/outline_catalog.py.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from catalog_file import write_catalog

from alcove.errors import HubError
from alcove.gguf.names import grouped, is_companion, is_gguf, missing_parts, quantization_of
from alcove.hub.remote import RemoteFile, RemoteRepository
from alcove.hub.repository import Hub
from alcove.network import Network
from alcove.resources import resource


@dataclass(frozen=True)
class Change:
    """One fact that the hub tells otherwise; ``entry`` is a file, or the repository itself."""

    model: str
    repository: str
    entry: str
    fact: str
    before: Any
    now: Any


def main(arguments: list[str] | None = None) -> int:
    """Ask, report and write; return the exit status."""
    asked = _parsed(arguments)
    content: dict[str, Any] = json.loads(asked.catalog.read_bytes())
    models = [m for m in content["models"] if not asked.only or m["id"] in asked.only]
    hub, unreachable = Hub(Network.from_environment()), {}
    changes: list[Change] = []
    for name in _repositories(models):
        try:
            found = hub.contents(name)
        except HubError as error:
            unreachable[name] = str(error)
            continue
        for model in models:
            changes += _compare(model, found)
    _report(changes, unreachable)
    if asked.changes:
        listed = {"changes": [asdict(change) for change in changes], "unreachable": unreachable}
        asked.changes.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    if asked.write and changes:
        write_catalog(asked.catalog, content)
    return 1 if unreachable else 0


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare the catalog with the hub.")
    shipped = resource("catalog", "models.json")
    parser.add_argument("--catalog", type=Path, default=shipped, help="the file to look through")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="only these models")
    parser.add_argument("--changes", type=Path, help="write what changed as JSON")
    parser.add_argument("--write", action="store_true", help="enter what changed")
    return parser.parse_args(arguments)


def _repositories(models: Iterable[dict[str, Any]]) -> list[str]:
    """Return the repositories that models name, each once."""
    return list(dict.fromkeys(r["name"] for m in models for r in m.get("repositories", ())))


def _compare(model: dict[str, Any], found: RemoteRepository) -> Iterator[Change]:
    """Yield what the hub tells otherwise of a model's files, having entered it."""
    for repository in model.get("repositories", ()):
        if repository["name"] != found.name:
            continue
        files = {file.path: file for file in found.files}
        if _is_unlisted(model, repository) and (listed := _listed(files, _names(model))):
            repository["files"] = listed
            model.pop("obstacle", None)
            names = [file["name"] for file in listed]
            yield Change(model["id"], found.name, "", "files", None, names)
        facts = {"revision": found.revision, "gated": found.gated or None}
        yield from _enter(model, found.name, "", repository, facts)
        for file in repository.get("files", ()):
            yield from _enter(model, found.name, file["file"], file, _facts(file, files))
        for projector in repository.get("projectors", ()):
            there = files.get(projector["file"])
            facts = {"gone": True} if there is None else _pinned(there)
            yield from _enter(model, found.name, projector["file"], projector, facts)


def _is_unlisted(model: dict[str, Any], repository: dict[str, Any]) -> bool:
    """Whether a repository's files are only missing in the catalog: other obstacles stay."""
    return "files" not in repository and model.get("obstacle", "unlisted") == "unlisted"


def _names(model: dict[str, Any]) -> set[str]:
    """Return the quantizations that the catalog lists of a model."""
    return {file["name"] for r in model["repositories"] for file in r.get("files", ())}


def _listed(files: dict[str, RemoteFile], known: set[str]) -> list[dict[str, Any]]:
    """Return the models among ``files`` as the catalog lists them, the first of each new name."""
    listed: dict[str, dict[str, Any]] = {}
    for paths in grouped(path for path in files if is_gguf(path) and not is_companion(path)):
        name = quantization_of(paths[0])
        if name is None or name in known or missing_parts(paths):
            continue
        entry: dict[str, Any] = {"name": name, "file": paths[0]}
        if len(paths) > 1:
            entry["parts"] = len(paths)
        entry["size_bytes"] = sum(files[path].size_bytes for path in paths)
        listed.setdefault(name, entry)
    return sorted(listed.values(), key=lambda entry: int(entry["size_bytes"]))


def _facts(file: dict[str, Any], files: dict[str, RemoteFile]) -> dict[str, Any]:
    """Return what the hub says of a file of the catalog, whichever number of parts it has."""
    paths = next((paths for paths in grouped(files) if file["file"] == paths[0]), ())
    if not paths or missing_parts(paths):
        return {"gone": True}
    facts = {"parts": len(paths) if len(paths) > 1 else None, "rounded": None, "computed": None}
    facts["size_bytes"] = sum(files[path].size_bytes for path in paths)
    return facts | (_pinned(files[paths[0]]) if len(paths) == 1 else {})


def _pinned(file: RemoteFile) -> dict[str, Any]:
    return {"size_bytes": file.size_bytes, "sha256": file.sha256}


def _enter(
    model: dict[str, Any],
    repository: str,
    entry: str,
    record: dict[str, Any],
    facts: Mapping[str, object],
) -> Iterator[Change]:
    """Enter facts into a record and yield those that were others; None removes a member."""
    for fact, now in facts.items():
        before = record.get(fact)
        if before == now:
            continue
        yield Change(model["id"], repository, entry, fact, before, now)
        if now is None:
            del record[fact]
        elif fact != "gone":
            record[fact] = now


def _report(changes: list[Change], unreachable: dict[str, str]) -> None:
    """Print what changed, model by model, and what could not be asked."""
    for model in dict.fromkeys(change.model for change in changes):
        _print(model)
        for change in (change for change in changes if change.model == model):
            place = f"{change.repository} {change.entry}".rstrip()
            if change.fact == "gone":
                _print(f"  {place}: is gone")
            else:
                _print(f"  {place}: {change.fact} {change.before} -> {change.now}")
    for name, reason in unreachable.items():
        _print(f"{name}: {reason}")
    _print(f"{len(changes)} changes, {len(unreachable)} repositories that could not be asked")


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
