"""What a link to the hub leads to: the models of its repository, and the verdict on one of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from alcove.catalog.load import Catalog
from alcove.errors import AlcoveError
from alcove.fit.insight import Insight
from alcove.fit.result import Fit
from alcove.gui.appraising import Appraising, usual_wish
from alcove.gui.disk import Space, space_for_remote
from alcove.gui.inventory import Inventory
from alcove.gui.latest import Latest
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Report, Tasks
from alcove.hardware.machine import Machine
from alcove.hub.remote import RemoteModel
from alcove.library.installed import InstalledModel
from alcove.library.references import Reference
from alcove.network import Network


@dataclass(frozen=True)
class Choice:
    """The models of a repository, smallest first, and the one that was asked for.

    ``told`` says what the hub tells of the repository, ``warning`` that nobody checked it.
    """

    models: tuple[RemoteModel, ...]
    chosen: RemoteModel
    told: str = ""
    warning: str = ""


@dataclass(frozen=True)
class LinkVerdict:
    """How a model of the hub fits, and the room on the disk that its download needs yet."""

    model: RemoteModel
    fit: Fit
    space: Space | None


class Linked(QObject):
    """Asks the hub and the dry run in tasks; of what is asked meanwhile, only the last counts.

    ``found`` carries a Choice, ``judged`` a LinkVerdict, ``received`` bytes of a header, ``failed``
    an AlcoveError.
    """

    found = Signal(object)
    judged = Signal(object)
    received = Signal(int)
    failed = Signal(object)

    def __init__(
        self,
        tasks: Tasks,
        inventory: Inventory,
        preferences: Preferences,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._preferences = preferences
        self._asking = Latest(tasks, self)

    def look(self, link: Reference) -> None:
        """Ask the hub what there is; ``found`` or ``failed`` follows."""
        network = self._preferences.network()
        operation = partial(_choice, network, link, self._inventory.catalog)
        self._asking.ask(operation, self.found.emit, self.failed.emit)

    def judge(self, model: RemoteModel) -> None:
        """Judge a model by its header, which is fetched; ``judged`` or ``failed`` follows."""
        machine = self._inventory.machine
        if machine is None:
            return
        operation = partial(
            _judge,
            self._inventory.appraising,
            model,
            machine,
            self._preferences.settings.context,
            self._inventory.insight,
        )
        self._asking.ask(
            operation,
            self.judged.emit,
            self.failed.emit,
            lambda sizes: self.received.emit(sizes[-1]),
        )

    def installed(self, model: RemoteModel) -> InstalledModel | None:
        """Return where a model of the hub lies on this computer, if it does."""
        catalog, installed = self._inventory.catalog, self._inventory.installed
        return _installed(model, catalog, installed) if catalog and installed else None

    def forget(self) -> None:
        """Drop what is on its way."""
        self._asking.forget()


def _choice(
    network: Network, link: Reference, catalog: Catalog | None, _report: Report[int]
) -> Choice:
    from alcove.catalog.listing import has_repository
    from alcove.hub.counts import in_words, unchecked
    from alcove.hub.repository import Hub, models_in, pick

    found = Hub(network).contents(link.repository, link.revision)
    models = models_in(found, link.revision)
    checked = catalog is not None and has_repository(catalog, found.name)
    return Choice(
        models,
        pick(link.repository, models, link.wanted),
        in_words(found.downloads, found.likes),
        "" if checked else unchecked(),
    )


def _judge(
    appraising: Appraising,
    model: RemoteModel,
    machine: Machine,
    context: int,
    insight: Insight,
    report: Report[int],
) -> LinkVerdict:
    fit = appraising.remote(model, machine, usual_wish(context), insight, report)
    return LinkVerdict(model, fit, space_for_remote(model))


def _installed(
    model: RemoteModel, catalog: Catalog, installed: tuple[InstalledModel, ...]
) -> InstalledModel | None:
    from alcove.library.targets import find_local

    name = f"{model.repository}/{model.files[0].path}"
    usable = [one for one in installed if one.damage is None]
    try:
        found = find_local(name, catalog, usable, lambda known: known.quantizations[0])
    except AlcoveError:
        return None
    return found if isinstance(found, InstalledModel) else None
