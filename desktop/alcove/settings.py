"""The user's choices: typed, versioned, saved in one step."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from itertools import count
from pathlib import Path
from typing import Any

from alcove.errors import StorageError, reason
from alcove.i18n import _

VERSION = 1

Migration = Callable[[dict[str, Any]], dict[str, Any]]
_MIGRATIONS: tuple[Migration, ...] = ()  # the first one turns version 1 into version 2
_BROKEN = (ValueError, TypeError, RecursionError)
_THEMES = ("system", "light", "dark")
_LEAST_CONTEXT = 256
_OFFLINE = re.compile(r"""\boffline["']?\s*[:=]\s*["']?(true|yes|on|1)\b""", re.IGNORECASE)


@dataclass(frozen=True)
class Engine:
    """A server of the user's that knows OpenAI's protocol.

    ``key`` is what it wants, ``model`` which of its models is asked; either may be empty.
    """

    url: str
    key: str = ""
    model: str = ""


@dataclass(frozen=True)
class Settings:
    """Everything the user can choose; the defaults are what a new user gets."""

    theme: str = "system"
    """``system``, ``light`` or ``dark``."""
    context: int = 8192
    """Context, in tokens, that models are priced and loaded with."""
    offline: bool = False
    """Whether Alcove refuses to use the network."""
    mirror: str = ""
    """The address of a hub that is asked instead of the usual one; HF_ENDPOINT goes first."""
    model_folders: tuple[str, ...] = ()
    """Folders, besides the Hugging Face cache, in which the user keeps GGUF files."""
    last_model: str = ""
    """The target that the chat used last."""
    speed_limit: int = 0
    """The highest speed of downloads in bytes per second, 0 for none."""
    xet: bool = False
    """Whether downloads go through hf-xet, which begins a file anew after each pause."""
    calibration_declined: bool = False
    """Whether the user does not want to be asked to measure this computer."""
    window: str = ""
    """The window's geometry, as Qt encodes it (base64)."""
    price: str = ""
    """The hosted price that work done here is compared with: its name, or dollars for a million
    tokens of input and output, as "0.5/1.5".
    """
    engines: tuple[Engine, ...] = ()
    """Servers that can be asked instead of a model on this machine; with their keys, so that only
    the user may read the file.
    """


@dataclass(frozen=True)
class LoadedSettings:
    """The settings, and what went wrong while they were read, if anything."""

    settings: Settings
    warning: str | None = None


class _NewerVersion(Exception):
    """The file is of a version that this Alcove does not know yet."""


def load(path: Path) -> LoadedSettings:
    """Read ``path``; what is wrong with it is reported, and nothing of it is lost.

    A file that names no version is taken for one of this version. A broken one is renamed to
    ``.broken-1`` and so on; one that cannot be read, or is of a newer version, stays where it is.
    What of these asks to stay offline is heeded all the same.
    """
    try:
        return LoadedSettings(_read(path))
    except FileNotFoundError:
        return LoadedSettings(Settings())
    except _BROKEN as error:
        return _set_aside(path, str(error))
    except OSError as error:
        warning = _(
            "The settings in {path} cannot be read: {reason}. Alcove started with its default "
            "settings; check the permissions of the file and its folder."
        ).format(path=path, reason=reason(error))
        return LoadedSettings(Settings(), warning)
    except _NewerVersion:
        warning = _(
            "The settings in {path} are of a newer version of Alcove. This one started with its "
            "default settings; update it to use yours."
        ).format(path=path)
        return LoadedSettings(Settings(offline=_asks_for_offline(path)), warning)


def save(path: Path, settings: Settings) -> None:
    """Write ``settings`` so that a crash leaves either the old file or the new one.

    An old file that this Alcove cannot read is kept beside it as ``.kept-1`` and so on.
    """
    _save(path, settings, "kept")


def _save(path: Path, settings: Settings, suffix: str) -> None:
    document = {"version": VERSION, **asdict(settings)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".settings-", suffix=".json")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(document, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            _keep_foreign(path, suffix)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(
            _("The settings could not be saved to {path}: {reason}.").format(
                path=path, reason=reason(error)
            ),
            _("Free disk space or make the folder writable; the old settings are untouched."),
        ) from error


def _read(path: Path) -> Settings:
    return _parse(json.loads(path.read_text(encoding="utf-8-sig")))


def _parse(document: object) -> Settings:
    if not isinstance(document, dict):
        raise TypeError(_("it is no JSON object"))
    version = document.get("version", VERSION)
    if not isinstance(version, int) or version < 1:
        raise ValueError(_("its version is {version!r}").format(version=version))
    if version > VERSION:
        raise _NewerVersion
    for migrate in _MIGRATIONS[version - 1 :]:
        document = migrate(document)
    return _checked(_from_fields(document))


def _from_fields(document: Mapping[str, Any]) -> Settings:
    settings = Settings()
    for field in fields(Settings):
        if field.name not in document:
            continue
        value = document[field.name]
        default = getattr(settings, field.name)
        if field.name == "engines":
            value = _engines(value)
        elif isinstance(default, tuple):
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise TypeError(_("{name} is no list of texts").format(name=field.name))
            value = tuple(value)
        elif type(value) is not type(default):
            kind = type(default).__name__
            raise TypeError(_("{name} is no {kind}").format(name=field.name, kind=kind))
        settings = replace(settings, **{field.name: value})
    return settings


def _engines(value: object) -> tuple[Engine, ...]:
    names = {field.name for field in fields(Engine)}
    for each in value if isinstance(value, list) else [None]:
        if not (isinstance(each, dict) and "url" in each and each.keys() <= names):
            raise TypeError(_("{name} is no list of servers").format(name="engines"))
        if not all(isinstance(text, str) for text in each.values()):
            raise TypeError(_("{name} is no list of servers").format(name="engines"))
    return tuple(Engine(**each) for each in value)  # type: ignore[attr-defined]


def _checked(settings: Settings) -> Settings:
    if settings.context < _LEAST_CONTEXT:
        raise ValueError(
            _("context is {context}, and has to be at least {least}").format(
                context=settings.context, least=_LEAST_CONTEXT
            )
        )
    if settings.speed_limit < 0:
        raise ValueError(
            _("speed_limit is {limit}, and has to be 0 or more").format(limit=settings.speed_limit)
        )
    if settings.theme not in _THEMES:
        raise ValueError(
            _("theme is {theme!r}, and has to be one of {themes}").format(
                theme=settings.theme, themes=", ".join(_THEMES)
            )
        )
    return settings


def _set_aside(path: Path, why: str) -> LoadedSettings:
    """Rename a broken file, and say so; whoever wrote there to stay offline does."""
    settings = Settings(offline=_asks_for_offline(path))
    kept = _free_name(path, "broken")
    try:
        if settings.offline:
            _save(path, settings, "broken")  # or it would be forgotten at the next start
        else:
            path.replace(kept)
    except (OSError, StorageError):
        kept = path
    warning = _(
        "The settings file could not be read ({reason}). It was kept as {kept}; "
        "Alcove started with its default settings."
    ).format(reason=reason(why), kept=kept)
    if settings.offline:
        warning += " " + _("It stays offline, as was asked there.")
    advice = _("Correct that file and name it {name} again, or delete it.").format(name=path.name)
    return LoadedSettings(settings, f"{warning} {advice}")


def _asks_for_offline(path: Path) -> bool:
    """Whether a file that cannot be read as settings says to stay offline, as far as one sees."""
    try:
        text = path.read_bytes().decode(errors="replace").replace("\0", "")
    except OSError:
        return False
    return _OFFLINE.search(text) is not None


def _keep_foreign(path: Path, suffix: str) -> None:
    """Rename the file that is about to be replaced if it holds what this Alcove cannot read."""
    try:
        _read(path)
    except FileNotFoundError:
        return
    except (*_BROKEN, OSError, _NewerVersion):
        path.replace(_free_name(path, suffix))


def _free_name(path: Path, suffix: str) -> Path:
    names = (path.with_name(f"{path.name}.{suffix}-{number}") for number in count(1))
    return next(name for name in names if not name.exists())
