"""The appraiser of the window, made in the first task that needs it: its imports take long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from alcove.network import Network
from alcove.paths import Paths

if TYPE_CHECKING:
    from alcove.catalog.model import Model, Quantization
    from alcove.fit.insight import Insight
    from alcove.fit.plan import Wish
    from alcove.fit.result import Fit
    from alcove.gguf.skeleton import Skeleton
    from alcove.hardware.machine import Machine
    from alcove.hub.remote import RemoteModel
    from alcove.library.appraisal import Appraiser
    from alcove.library.index import Index
    from alcove.library.installed import InstalledModel
    from alcove.library.listings import ListingStore
    from alcove.library.skeletons import Skeletons


class Appraising:
    """Gives the one appraiser; for tasks, not for the GUI thread. Threads may share it.

    ``network`` gives the door to the network as it is at that moment. For another computer than
    this one, there is no ``dry_run``.
    """

    def __init__(
        self, paths: Paths, network: Callable[[], Network], *, dry_run: bool = True
    ) -> None:
        self._paths = paths
        self._network = network
        self._dry_run = dry_run
        self._lock = threading.Lock()
        self._made: tuple[Skeletons, Appraiser] | None = None

    def appraiser(self) -> Appraiser:
        """Return what judges models by dry run."""
        return self._get()[1]

    def index(self) -> Index:
        """Return what remembers the files of the library."""
        from alcove.library.index import Index

        return Index(self._paths.database)

    def listings(self) -> ListingStore:
        """Return what the hub last said of repositories."""
        from alcove.library.listings import ListingStore

        return ListingStore(self._paths.database)

    def skeleton(
        self, quantization: Quantization, installed: InstalledModel | None
    ) -> Skeleton | None:
        """Return the skeleton of a file, None where it is not at hand; raises ModelFileError."""
        skeletons, _appraiser = self._get()
        return skeletons.of_installed(installed) if installed else skeletons.known(quantization)

    def expected_skeleton(
        self, model: Model, quantization: Quantization, installed: InstalledModel | None
    ) -> Skeleton | None:
        """Return the skeleton of a file, or the one that it should have; raises ModelFileError."""
        skeletons, _appraiser = self._get()
        known = self.skeleton(quantization, installed)
        return known or skeletons.rebuilt(model.id, quantization)

    def fetch(self, quantization: Quantization, report: Callable[[int], None]) -> RemoteModel:
        """Fetch the header of a file of the catalog, which the appraiser knows from then on.

        ``report`` is called with the bytes received, and may raise Cancelled. Raises OfflineError
        and the other kinds of HubError, TargetError and ModelFileError.
        """
        from alcove.hub.repository import Hub

        skeletons, _appraiser = self._get()
        remote = Hub(self._network()).resolve(quantization.repository, quantization.file)
        report(0)
        skeletons.of_remote(remote, report)
        return remote

    def remote(
        self,
        model: RemoteModel,
        machine: Machine,
        wish: Wish,
        insight: Insight,
        report: Callable[[int], None],
    ) -> Fit:
        """Judge a model of the hub by its header, which is fetched if it is not known.

        ``report`` and what is raised are as for ``fetch``.
        """
        skeletons, appraiser = self._get()
        report(0)
        skeletons.of_remote(model, report)
        return appraiser.remote(model, machine, wish, insight)

    def close(self) -> None:
        """End the process of the dry run, if there is one, whatever it is doing."""
        if self._made is not None:
            self._made[1].close()

    def _get(self) -> tuple[Skeletons, Appraiser]:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> tuple[Skeletons, Appraiser]:
        from alcove.fit.dryrun.process import DryRun
        from alcove.fit.dryrun.store import SkeletonStore
        from alcove.library.appraisal import Appraiser
        from alcove.library.skeletons import Skeletons

        skeletons = Skeletons(SkeletonStore(self._paths.data / "headers"), self._network)
        dry_run = DryRun(self._paths.logs / "dry-run.log") if self._dry_run else None
        return skeletons, Appraiser(skeletons, dry_run)


def usual_wish(context: int) -> Wish:
    """Return how a model is loaded where nothing was chosen for it; ``context`` is in tokens."""
    from alcove.fit.plan import MIN_CONTEXT, Wish

    return Wish(context, least_context=min(context, MIN_CONTEXT))
