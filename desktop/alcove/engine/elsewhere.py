"""Models that engines elsewhere serve: servers at an address that know OpenAI's protocol."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urlsplit

from alcove.engine.client import Client
from alcove.network.door import Door
from alcove.settings import Engine


@dataclass(frozen=True)
class EngineModel:
    """One model of an engine; without ``model``, its first. ``key`` is what the engine wants."""

    url: str
    model: str = ""
    key: str = field(default="", repr=False)

    @classmethod
    def of(cls, engine: Engine) -> EngineModel:
        """Return the model that is asked of an engine in the settings."""
        return cls(engine.url, engine.model, engine.key)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.model.rpartition("/")[2] or self.place

    @property
    def place(self) -> str:
        """Where it answers: the host, and the port where that is not the usual one."""
        return urlsplit(self.url).netloc.rpartition("@")[2] or self.url

    @property
    def target(self) -> str:
        """What `alcove run` knows it by."""
        return f"{self.url}#{self.model}" if self.model else self.url

    def client(self, door: Door) -> Client:
        """Return a client that asks it through ``door``; raises OfflineError where that is shut."""
        door.network.require_host(self.url)
        return Client(self.url, self.key, model=self.model, door=door)


def is_engine_address(text: str) -> bool:
    """Whether a text is an address at which an engine may answer."""
    return text.startswith(("http://", "https://"))


def engine_address(url: str) -> str:
    """Write an address in one way: without "/v1" and without a slash at its end."""
    return url.strip().rstrip("/").removesuffix("/v1").rstrip("/")


def engine_at(target: str, engines: Iterable[Engine]) -> EngineModel:
    """Return what is asked at an address, which may end in "#" and a model's name.

    Model and key are those of ``engines`` where the address is among them.
    """
    url, model = urldefrag(target)
    address = engine_address(url)
    known = next((each for each in engines if engine_address(each.url) == address), Engine(url))
    return EngineModel(url, model or known.model, known.key)


def with_engine(engines: tuple[Engine, ...], new: Engine) -> tuple[Engine, ...]:
    """Return ``engines`` with a new one, in place of that at the same address."""
    return (*without_engine(engines, new.url), new)


def without_engine(engines: tuple[Engine, ...], url: str) -> tuple[Engine, ...]:
    """Return ``engines`` without the one at an address."""
    return tuple(each for each in engines if each.url != url)
