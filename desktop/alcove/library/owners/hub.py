"""The Hugging Face cache, which Alcove, `hf`, transformers and `llama.cpp -hf` share."""

from __future__ import annotations

import os
import re
from itertools import chain, groupby
from pathlib import Path

from alcove.gguf.names import grouped, is_companion, is_projector
from alcove.hub.cache import cached_files
from alcove.hub.layout import cache_folder
from alcove.library.installed import Source
from alcove.library.owners.sighting import Found, Sighting
from alcove.library.owners.system import System

_SHA256 = re.compile(r"[0-9a-f]{64}")


def look(system: System) -> Sighting:
    """Look into the cache that HF_HUB_CACHE, HF_HOME and the like name."""
    return look_into_cache(cache_folder(system.environment), "hub")


def look_into_cache(cache: Path, source: Source) -> Sighting:
    """Look into a folder that is laid out as the Hugging Face cache is."""
    found: list[Found] = []
    folders: dict[Path, None] = {}
    snapshots = groupby(cached_files(cache), lambda cached: (cached.repository, cached.revision))
    for (repository, revision), group in snapshots:
        paths = {cached.file: cached.path for cached in group}
        projectors = tuple(path for file, path in paths.items() if is_projector(file))
        folders |= {path.parent: None for path in paths.values()}
        found += [
            Found(
                source,
                tuple(paths[file] for file in files),
                repository=repository,
                revision=revision,
                file=files[0],
                sha256=_sha256(paths[files[0]]),
                projectors=projectors,
            )
            for files in grouped(file for file in paths if not is_companion(file))
        ]
    folders |= dict.fromkeys(_repository_folders(cache))
    return Sighting(tuple(found), tuple(folders))


def _repository_folders(cache: Path) -> list[Path]:
    """Return the folders in which a download makes the next one, and then its files."""
    if not cache.is_dir():
        return []
    patterns = ("models--*", "models--*/snapshots", "models--*/snapshots/*")
    made = chain.from_iterable(cache.glob(pattern) for pattern in patterns)
    return [cache, *(path for path in made if path.is_dir())]


def _sha256(path: Path) -> str:
    """Return the SHA-256 that the name of a file's content is; empty where it is no such name."""
    name = os.path.basename(os.path.realpath(path))  # noqa: PTH119 - never raises, as resolve does
    return name if _SHA256.fullmatch(name) else ""
