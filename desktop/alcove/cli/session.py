"""What every verb of the command line works with, made when it is first asked for."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType

from alcove import settings
from alcove.catalog.listing import Listings, updated
from alcove.catalog.load import Catalog, usable_catalog
from alcove.catalog.model import Model, Quantization
from alcove.cli import output
from alcove.errors import Cancelled, StorageError
from alcove.fit import offer
from alcove.fit.dryrun.process import DryRun
from alcove.fit.dryrun.store import SkeletonStore
from alcove.fit.insight import Insight
from alcove.fit.learning import insight_of, read_insight
from alcove.fit.ledger import Ledger
from alcove.hardware import detect
from alcove.hardware.machine import Machine
from alcove.hardware.profiles import load_calibration, load_profile
from alcove.hub.options import TransferOptions
from alcove.hub.queue import TransferQueue
from alcove.hub.remote import RemoteModel
from alcove.hub.repository import Hub
from alcove.library.appraisal import Appraiser
from alcove.library.index import Index
from alcove.library.installed import InstalledModel
from alcove.library.links import read_link
from alcove.library.listings import ListingStore
from alcove.library.references import Reference
from alcove.library.scan import installed_models
from alcove.library.skeletons import Skeletons
from alcove.library.targets import find_local, resolve_target
from alcove.network import Network
from alcove.paths import Paths
from alcove.settings import Settings

_HARMLESS = (SystemExit, Cancelled, BrokenPipeError)
"""Ends of a run that need no log: typer's own, and those that the user wanted."""


class Session:
    """One run of the program; leaving its block ends the processes that it started.

    What they logged is deleted then, unless something went wrong.
    """

    def __init__(self) -> None:
        self.paths = Paths.from_environment()
        self.profile: str | None = None
        """The other computer for which models are priced, if it is not this one."""
        self._processes = ExitStack()
        self._logs: set[Path] = set()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._processes.close()
        if error is None or isinstance(error, _HARMLESS):
            for log in self._logs:
                with suppress(OSError):
                    log.unlink()

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
        return Network.from_environment(offline=self.settings.offline, mirror=self.settings.mirror)

    @cached_property
    def hub(self) -> Hub:
        """The hub of models."""
        return Hub(self.network)

    @cached_property
    def queue(self) -> TransferQueue:
        """The downloads of all programs of this user."""
        return TransferQueue(self.paths.database)

    @property
    def transfer_options(self) -> TransferOptions:
        """How downloads shall be done."""
        return TransferOptions(self.network, self.settings.speed_limit, self.settings.xet)

    @cached_property
    def catalog(self) -> Catalog:
        """The models that ship with Alcove's knowledge, and what the hub said of them since.

        Its faults are said on standard error.
        """
        catalog = updated(usable_catalog(), self.known_listings())
        if catalog.fault:
            output.note(str(catalog.fault))
        return catalog

    @cached_property
    def listings(self) -> ListingStore:
        """What the hub last said of repositories."""
        return ListingStore(self.paths.database)

    def known_listings(self) -> Listings:
        """Return them as far as they can be read: without, the catalog is as it was shipped."""
        try:
            return self.listings.all()
        except StorageError as error:
            output.note(str(error))
            return {}

    @cached_property
    def machine(self) -> Machine:
        """The computer, as it is now, or the other one that was asked for."""
        return load_profile(self.profile) if self.profile else detect()

    @cached_property
    def insight(self) -> Insight:
        """What was learned about the computer; of another one, what its description says."""
        if self.profile:
            return insight_of(self.machine, load_calibration(self.profile))
        return read_insight(self.ledger, self.machine)

    def learn(self) -> None:
        """Look again what was learned."""
        self.insight = read_insight(self.ledger, self.machine)

    @cached_property
    def ledger(self) -> Ledger:
        """Forecasts and measurements."""
        return Ledger(self.paths.database)

    @cached_property
    def skeletons(self) -> Skeletons:
        """The headers of models, on this machine, kept, and on the hub."""
        return Skeletons(SkeletonStore(self.paths.data / "headers"), lambda: self.network)

    @cached_property
    def appraiser(self) -> Appraiser:
        """What judges models; another computer is not there for a dry run."""
        if self.profile:
            return Appraiser(self.skeletons, None)
        dry_run = DryRun(self.log("dry-run"))
        self._processes.callback(dry_run.close)
        return Appraiser(self.skeletons, dry_run)

    @property
    def installed(self) -> list[InstalledModel]:
        """The models on this computer, looked up anew."""
        folders = [Path(one) for one in self.settings.model_folders]
        return installed_models(self.catalog, folders, Index(self.paths.database))

    def choose(self, model: Model) -> Quantization:
        """Pick the quantization of a catalog model that ``alcove list`` shows."""
        context = self.settings.context
        return offer.choose(model, self.machine, context, self.insight).quantization

    def find_local(self, target: str) -> InstalledModel | Reference:
        """Return the installed model that ``target`` names, or what to ask the hub for."""
        link = self.link(target)
        if link and link.revision:
            return link
        name = link.target if link else target
        return find_local(name, self.catalog, self.installed, self.choose)

    def resolve(self, target: str) -> InstalledModel | RemoteModel:
        """Return the model that ``target`` names, asking the hub for what is not installed."""
        link = self.link(target)
        if link and link.revision:
            return self.hub.resolve(link.repository, link.wanted, link.revision)
        name = link.target if link else target
        return resolve_target(name, self.catalog, self.installed, self.choose, self.hub)

    def link(self, target: str) -> Reference | None:
        """Return what a link to the hub names; None if ``target`` is none."""
        return read_link(target, self.network.endpoint)

    def log(self, name: str) -> Path:
        """Return where a process of this run writes what llama.cpp says."""
        log = self.paths.logs / f"{name}-{os.getpid()}.log"
        self._logs.add(log)
        return log
