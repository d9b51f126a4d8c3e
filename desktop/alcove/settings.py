"""The user's choices: typed, versioned, saved in one step."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from alcove.errors import StorageError
from alcove.i18n import _

VERSION = 1

Migration = Callable[[dict[str, Any]], dict[str, Any]]
_MIGRATIONS: tuple[Migration, ...] = ()  # the first one turns version 1 into version 2


@dataclass(frozen=True)
class Settings:
    """Everything the user can choose; the defaults are what a new user gets."""

    theme: str = "system"
    """``system``, ``light`` or ``dark``."""
    context: int = 8192
    """Context, in tokens, that models are priced and loaded with."""
    offline: bool = False
    """Whether Alcove refuses to use the network."""
    model_folders: tuple[str, ...] = ()
    """Folders, besides the Hugging Face cache, in which the user keeps GGUF files."""
    last_model: str = ""
    """The target that the chat used last."""
    window: str = ""
    """The window's geometry, as Qt encodes it (base64)."""


@dataclass(frozen=True)
class LoadedSettings:
    """The settings, and what went wrong while they were read, if anything."""

    settings: Settings
    warning: str | None = None


def load(path: Path) -> LoadedSettings:
    """Read ``path``. A broken file is kept beside it with the suffix ``.broken`` and reported."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return LoadedSettings(Settings())
    except (OSError, UnicodeDecodeError) as error:
        return _set_aside(path, str(error))
    try:
        return LoadedSettings(_parse(json.loads(text)))
    except (ValueError, TypeError) as error:
        return _set_aside(path, str(error))


def save(path: Path, settings: Settings) -> None:
    """Write ``settings`` so that a crash leaves either the old file or the new one."""
    document = {"version": VERSION, **asdict(settings)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".settings-", suffix=".json")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(document, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(
            _("The settings could not be saved to {path}: {reason}.").format(
                path=path, reason=error.strerror or error
            ),
            _("Free disk space or make the folder writable; the old settings are untouched."),
        ) from error


def _parse(document: object) -> Settings:
    if not isinstance(document, dict):
        raise TypeError("the top level is not an object")
    version = document.get("version")
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        raise ValueError(f"version {version!r} is not known")
    for migrate in _MIGRATIONS[version - 1 :]:
        document = migrate(document)
    return _from_fields(document)


def _from_fields(document: Mapping[str, Any]) -> Settings:
    settings = Settings()
    for field in fields(Settings):
        if field.name not in document:
            continue
        value = document[field.name]
        default = getattr(settings, field.name)
        if isinstance(default, tuple):
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise TypeError(f"{field.name} is not a list of strings")
            value = tuple(value)
        elif type(value) is not type(default):
            raise TypeError(f"{field.name} is not {type(default).__name__}")
        settings = replace(settings, **{field.name: value})
    return settings


def _set_aside(path: Path, reason: str) -> LoadedSettings:
    kept = path.with_name(path.name + ".broken")
    try:
        path.replace(kept)
    except OSError:
        kept = path
    warning = _(
        "The settings file could not be read ({reason}). It was kept as {kept}; "
        "Alcove started with its default settings."
    ).format(reason=reason, kept=kept)
    return LoadedSettings(Settings(), warning)
