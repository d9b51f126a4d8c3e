"""Where the tests find the models' templates and vocabularies that llama.cpp tests itself with.

They are in the source of the llama-cpp-python that is installed, and in no wheel of it. It is
downloaded once; ALCOVE_LLAMA_CPP_SOURCE names a folder that has it already.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tarfile
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import platformdirs

_PACKAGE = "llama-cpp-python"
_PART = "vendor/llama.cpp/"
_WANTED = "models/"
_DOWNLOAD_S = 600
_CACHE = platformdirs.user_cache_path("alcove-tests")
"""Known before a test gets a home of its own."""


@cache
def llama_cpp_source() -> Path:
    """Return the folder of llama.cpp's source, of which ``models`` is there.

    Raises RuntimeError if it can neither be found nor downloaded.
    """
    if given := os.environ.get("ALCOVE_LLAMA_CPP_SOURCE"):
        return _checked(Path(given))
    version = importlib.metadata.version(_PACKAGE)
    folder = _CACHE / f"{_PACKAGE}-{version}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="download-") as work:
            source = _extract(_download(version, Path(work)), Path(work) / "extracted")
            with suppress(OSError):  # another process was faster
                source.rename(folder)
    return _checked(folder)


def _checked(folder: Path) -> Path:
    if not (folder / "models" / "templates").is_dir():
        raise RuntimeError(f"{folder} is not llama.cpp's source: it has no models/templates")
    return folder


def _download(version: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", _PACKAGE]
    target = ["--dest", str(folder), f"{_PACKAGE}=={version}"]
    try:
        subprocess.run([*command, *target], check=True, capture_output=True, timeout=_DOWNLOAD_S)
        return next(folder.glob("*.tar.gz"))
    except (OSError, subprocess.SubprocessError, StopIteration) as error:
        said = getattr(error, "stderr", None) or b""
        raise RuntimeError(
            f"The source of {_PACKAGE} {version} cannot be downloaded, and tests need it: {error}\n"
            f"{said.decode(errors='replace')}\n"
            "Set ALCOVE_LLAMA_CPP_SOURCE to a folder vendor/llama.cpp of it."
        ) from error


def _extract(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as source:
        for member in source:
            _, found, path = member.name.partition(_PART)
            if found and path.startswith(_WANTED):
                member.name = path
                source.extract(member, folder, filter="data")
    return folder
