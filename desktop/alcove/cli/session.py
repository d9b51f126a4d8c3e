"""What every verb of the command line works with, made when it is first asked for."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from alcove import settings
from alcove.catalog.load import Catalog, load_catalog
from alcove.catalog.model import Model, Quantization
from alcove.cli import output
from alcove.fit import offer
from alcove.hardware import detect
from alcove.hardware.machine import Machine
from alcove.hub.remote import RemoteModel
from alcove.hub.repository import Hub
from alcove.library.installed import InstalledModel
from alcove.library.scan import installed_models
from alcove.library.targets import Reference, find_local, resolve_target
from alcove.network import Network
from alcove.paths import Paths
from alcove.settings import Settings


class Session:
    """One run of the program."""

    def __init__(self) -> None:
        self.paths = Paths.from_environment()

    @cached_property
    def settings(self) -> Settings:
        """The user's choices; what is wrong with their file is said on standard error."""
        loaded = settings.load(self.paths.settings)
        if loaded.warning:
            output.note(loaded.warning)
        return loaded.settings

    @cached_property
    def network(self) -> Network:
        """The door to the network."""
        return Network.from_environment(offline=self.settings.offline)

    @cached_property
    def hub(self) -> Hub:
        """The hub of models."""
        return Hub(self.network)

    @cached_property
    def catalog(self) -> Catalog:
        """The models that ship with Alcove's knowledge."""
        return load_catalog()

    @cached_property
    def machine(self) -> Machine:
        """The computer, as it is now."""
        return detect()

    @property
    def installed(self) -> list[InstalledModel]:
        """The models on this computer, looked up anew."""
        return installed_models(self.catalog, [Path(one) for one in self.settings.model_folders])

    def choose(self, model: Model) -> Quantization:
        """Pick the quantization of a catalog model that ``alcove list`` shows."""
        return offer.choose(model, self.machine, self.settings.context).quantization

    def find_local(self, target: str) -> InstalledModel | Reference:
        """Return the installed model that ``target`` names, or what to ask the hub for."""
        return find_local(target, self.catalog, self.installed, self.choose)

    def resolve(self, target: str) -> InstalledModel | RemoteModel:
        """Return the model that ``target`` names, asking the hub for what is not installed."""
        return resolve_target(target, self.catalog, self.installed, self.choose, self.hub)

    @property
    def engine_log(self) -> Path:
        """Where the model process of this run writes what llama.cpp says."""
        return self.paths.logs / f"model-{os.getpid()}.log"
