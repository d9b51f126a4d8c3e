"""What leads beyond the catalog and this computer: the hub's search, and engines elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.window import MainWindow

if TYPE_CHECKING:
    from alcove.gui.comparison import Comparison
    from alcove.gui.pages.discover import DiscoverPage
    from alcove.library.references import Reference
    from alcove.settings import Engine


class Reach(QObject):
    """Adds to Discover what the hub finds and where else a model runs, and connects to engines.

    ``open_link`` shows what a name of the hub leads to. ``engine_chosen`` carries the EngineModel
    to chat with.
    """

    engine_chosen = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        tasks: Tasks,
        preferences: Preferences,
        inventory: Inventory,
        theme: Theme,
        icons: Icons,
        open_link: Callable[[Reference], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._tasks = window, tasks
        self._preferences, self._inventory = preferences, inventory
        self._theme, self._icons = theme, icons
        self._open_link = open_link

    def extend(self, page: DiscoverPage) -> None:
        """Add to Discover what the hub finds, and where a model runs that does not fit."""
        from alcove.gui.elsewhere import ElsewhereFinder
        from alcove.gui.widgets.beyond_view import BeyondView
        from alcove.gui.widgets.files_age import FilesAge
        from alcove.gui.widgets.hub_results import HubResults

        hub = HubResults(self._tasks, self._preferences.network, self._go_online, self._icons)
        page.add_foot(hub)
        page.bar.search.textChanged.connect(hub.offer)
        hub.chosen.connect(self._open_repository)
        self._add_comparison(page)
        beyond = BeyondView(ElsewhereFinder(self._tasks, self._inventory.appraising), self._icons)
        detail = page.detail
        age = FilesAge(self._tasks, self._inventory, self._preferences.network)
        detail.add_section(age)
        detail.fitted.connect(lambda: age.follow(detail.model))
        detail.add_section(beyond)
        detail.fitted.connect(lambda: beyond.follow(detail.subject, detail.fit, detail.wish))
        beyond.connect_asked.connect(self.connect_to_engine)

    def _add_comparison(self, page: DiscoverPage) -> None:
        from alcove.gui.comparison import Comparison
        from alcove.gui.widgets.compare_parts import CompareBar, CompareToggle

        comparison = Comparison(self._tasks, self._inventory, page)
        bar, toggle = CompareBar(comparison), CompareToggle(comparison)
        page.add_foot(bar)
        page.detail.add_section(toggle)
        page.detail.fitted.connect(lambda: toggle.follow(page.detail.subject))
        bar.asked.connect(lambda: self._compare(comparison, page.context))

    def _compare(self, comparison: Comparison, context: int) -> None:
        from alcove.gui.dialogs.compare import CompareDialog

        CompareDialog.ask(comparison, context, self._window)

    def connect_to_engine(self, url: str = "", key: str = "") -> None:
        """Let the user connect to an engine elsewhere; ``engine_chosen`` may follow."""
        from alcove.gui.dialogs.connect import ConnectDialog

        dialog = ConnectDialog.ask(
            self._tasks,
            self._preferences.network,
            self._go_online,
            self._theme,
            self._window,
            url,
            key,
        )
        dialog.chosen.connect(self._keep)

    def _go_online(self) -> None:
        self._preferences.update(offline=False)

    def _keep(self, engine: Engine) -> None:
        from alcove.engine.elsewhere import EngineModel, with_engine

        known = self._preferences.settings.engines
        self._preferences.update(engines=with_engine(known, engine))
        self.engine_chosen.emit(EngineModel.of(engine))

    def _open_repository(self, name: str) -> None:
        from alcove.library.references import Reference

        self._open_link(Reference(name))
