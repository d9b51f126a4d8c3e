"""Ollama's models: manifests that name blobs, which are GGUF files without that ending.

The store is ``OLLAMA_MODELS``, else ``~/.ollama/models``, and ``/usr/share/ollama/.ollama/models``
where Ollama is a service of Linux (https://docs.ollama.com/faq). ``manifests/<host>/<namespace>/
<model>/<tag>`` is a JSON object whose layers have a ``mediaType`` and a ``digest``; the content of
``sha256:<hex>`` is ``blobs/sha256-<hex>`` (``server/modelpath.go`` and ``server/images.go`` of
ollama/ollama). What ``ollama pull`` has not finished has no manifest yet. Ollama itself could not
be tried here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from alcove.library.owners.documents import json_object
from alcove.library.owners.sighting import Found, Sighting
from alcove.library.owners.system import System
from alcove.library.owners.walk import walk

_MEDIA = "application/vnd.ollama.image."
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")
_SERVICE = Path("/usr/share/ollama/.ollama/models")
_HOST, _NAMESPACE = "registry.ollama.ai", "library"


def look(system: System) -> Sighting:
    """Look into the user's store and, on Linux, into that of the service."""
    models: list[Found] = []
    folders: list[Path] = []
    for store in _stores(system):
        for parent, names in walk(store / "manifests"):
            folders.append(parent)
            models += _models_in(store, parent, names)
    return Sighting(tuple(models), tuple(folders))


def _stores(system: System) -> list[Path]:
    if chosen := system.variable("OLLAMA_MODELS"):
        return [chosen]
    own = system.home / ".ollama" / "models"
    return [own, _SERVICE] if system.is_linux else [own]


def _models_in(store: Path, parent: Path, tags: list[str]) -> Iterator[Found]:
    for tag in tags:
        layers = _layers(store, json_object(parent / tag))
        files = tuple(path for kind, path in layers if kind == "model")
        if not files:
            continue
        name = _name(parent.relative_to(store / "manifests").parts, tag)
        yield Found(
            "ollama",
            files[:1],
            name=name,
            sha256=files[0].name.removeprefix("sha256-"),
            projectors=tuple(path for kind, path in layers if kind == "projector"),
            adapters=tuple(path for kind, path in layers if kind == "adapter"),
        )


def _layers(store: Path, manifest: dict[str, object]) -> list[tuple[str, Path]]:
    """Return the kind and the content of each layer: ("model", .../blobs/sha256-...)."""
    layers = manifest.get("layers")
    found = []
    for layer in layers if isinstance(layers, list) else ():
        if not isinstance(layer, dict):
            continue
        digest = _DIGEST.fullmatch(str(layer.get("digest")))
        kind = str(layer.get("mediaType"))
        if digest and kind.startswith(_MEDIA):
            found.append((kind.removeprefix(_MEDIA), store / "blobs" / f"sha256-{digest[1]}"))
    return found


def _name(parts: tuple[str, ...], tag: str) -> str:
    """Return what Ollama calls a model: "qwen3:8b", without what goes without saying."""
    if parts[:1] == (_HOST,):
        parts = parts[1:]
        if parts[:1] == (_NAMESPACE,):
            parts = parts[1:]
    return f"{'/'.join(parts)}:{tag}"
