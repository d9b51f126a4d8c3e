"""The composition root: builds the long-lived objects of the window and joins them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QWidget

from alcove import settings as storage
from alcove.errors import AlcoveError, Cancelled, GatedError, Remedy
from alcove.gui.appraising import Appraising
from alcove.gui.arrivals import Arrivals
from alcove.gui.garbage import Collector
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.learning import Learning, calibrate_into
from alcove.gui.messages import Action, Messages
from alcove.gui.preferences import Preferences
from alcove.gui.reach import Reach
from alcove.gui.remedies import actions_for
from alcove.gui.tasks import Surprise, Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.window import MainWindow
from alcove.hub.items import Item, Wanted
from alcove.hub.queue import TransferQueue
from alcove.i18n import _
from alcove.paths import Paths

if TYPE_CHECKING:
    from alcove.engine.elsewhere import EngineModel
    from alcove.fit.plan import Wish
    from alcove.gui.chat_room import ChatRoom
    from alcove.gui.measuring import Measuring
    from alcove.gui.trial_room import TrialRoom
    from alcove.hub.remote import RemoteModel
    from alcove.library.installed import InstalledModel

_TOKEN_HELP = "https://huggingface.co/docs/huggingface_hub/quick-start#authentication"


class Desktop(QObject):
    """Everything that lives as long as the window.

    Pages and dialogs are imported when they are built, so that the first frame does not wait.
    """

    def __init__(self, application: QApplication, paths: Paths) -> None:
        super().__init__()
        loaded = storage.load(paths.settings)
        self._closed = False
        self._garbage = Collector(self)
        self.paths = paths
        self.theme = Theme(application, loaded.settings.theme)
        self.preferences = Preferences(
            paths.settings, loaded.settings, self.show_error, self, paths.database
        )
        self.tasks = Tasks(self.show_error, self)
        self.icons = Icons(self.theme, self)
        self.messages = Messages(self)
        self.transfers = Transfers(
            self.tasks, TransferQueue(paths.database), self.preferences.transfer_options, self
        )
        self.appraising = Appraising(paths, self.preferences.network)
        self.inventory = Inventory(self.tasks, self.preferences, self.appraising, self)
        self.learning = Learning(
            self.tasks,
            self.inventory,
            paths.database,
            calibrate_into(paths.logs / "calibration.log"),
            lambda: self._chat_work() or self._measuring_work() or self._trial_work(),
            self,
        )
        self.window = MainWindow(
            self.preferences, self.theme, self.icons, self.messages, self.transfers
        )
        self.arrivals = Arrivals(
            self.window,
            self.tasks,
            self.inventory,
            self.preferences,
            self.messages,
            self.theme,
            self.icons,
            self._handlers,
            self,
        )
        self.reach = Reach(
            self.window,
            self.tasks,
            self.preferences,
            self.inventory,
            self.theme,
            self.icons,
            self.arrivals.open_link,
            self,
        )
        self.chat: ChatRoom | None = None
        """There once the Chat page was opened."""
        self.measuring: Measuring | None = None
        """There once the Discover page was opened."""
        self.trials: TrialRoom | None = None
        """There once the Trials page was opened."""
        self._add_pages()
        self._connect()
        if loaded.warning:
            self.messages.post(loaded.warning, "error")

    def show_error(self, error: AlcoveError) -> None:
        """Show an expected failure that no page handled; on standard error after the window."""
        from alcove.gui.dialogs.failure import FailureDialog

        if isinstance(error, Cancelled | Surprise):
            return
        if self._closed:
            sys.__excepthook__(type(error), error, error.__traceback__)
            return
        FailureDialog.show_error(error, actions_for(error, self._handlers()), self.window)

    def show_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Show a failure that nobody expected; fits ``sys.excepthook``."""
        from alcove.gui.dialogs.failure import FailureDialog

        sys.__excepthook__(kind, error, trace)
        if not self._closed and not issubclass(kind, KeyboardInterrupt):
            FailureDialog.show_exception(kind, error, trace, self.window)

    def open_chat(self, model: InstalledModel, wish: Wish | None) -> None:
        """Open the chat page with ``model`` loaded; None leaves how to the settings."""
        self.window.open_page("chat")
        if self.chat is not None:
            self.chat.page.open_model(model, wish)

    def _open_engine(self, model: EngineModel) -> None:
        self.window.open_page("chat")
        if self.chat is not None:
            self.chat.page.open_engine(model)

    def _add_pages(self) -> None:
        self.window.add_page("discover", _("Discover"), "compass", self._discover)
        self.window.add_page("library", _("Library"), "books", self._library)
        self.window.add_page("chat", _("Chat"), "chats-circle", self._chat)
        self.window.add_page("trials", _("Trials"), "scales", self._trials)
        self.window.add_page("system", _("System"), "cpu", self._system)
        self.window.add_page(
            "downloads", _("Downloads"), "download-simple", self._downloads, "Ctrl+J"
        )
        self.window.add_page("privacy", _("Privacy"), "shield-check", self._privacy, "Ctrl+Shift+P")
        self.window.add_page("settings", _("Settings"), "gear-six", self._settings, "Ctrl+,")

    def _discover(self) -> QWidget:
        from alcove.gui.measuring import slices_into
        from alcove.gui.pages.discover import DiscoverPage
        from alcove.gui.widgets.calibration_button import CalibrationButton
        from alcove.gui.widgets.calibration_offer import CalibrationOffer

        page = DiscoverPage(
            self.tasks,
            self.inventory,
            self.preferences,
            self.transfers,
            self.theme,
            self.icons,
            slices_into(self.appraising, self.paths.database, self.paths.logs / "slices.log"),
            lambda: self._chat_work() or self.learning.work or self._trial_work(),
        )
        self.measuring = page.measuring
        page.chat_requested.connect(self.open_chat)
        page.link_given.connect(self.arrivals.drops.take_text)
        page.failed.connect(self.show_error)
        offer = CalibrationOffer(self.learning, self.inventory, self.preferences)
        page.add_notice(offer)
        offer.update_state()
        page.detail.speed.offer_calibration(CalibrationButton(self.learning))
        self.reach.extend(page)
        return page

    def _downloads(self) -> QWidget:
        from alcove.gui.pages.downloads import DownloadsPage

        page = DownloadsPage(
            self.tasks,
            self.inventory,
            self.preferences,
            self.transfers,
            self._helping,
            self.theme,
            self.icons,
        )
        page.chat_requested.connect(lambda model: self.open_chat(model, None))
        page.discover_requested.connect(lambda: self.window.open_page("discover"))
        page.library_requested.connect(lambda: self.window.open_page("library"))
        return page

    def _library(self) -> QWidget:
        from alcove.gui.pages.library import LibraryPage

        page = LibraryPage(self.tasks, self.inventory, self.preferences, self.icons)
        page.folder_added.connect(self.arrivals.drops.take_paths)
        page.chat_requested.connect(self.open_chat)
        page.failed.connect(self.show_error)
        page.discover_requested.connect(lambda: self.window.open_page("discover"))
        return page

    def _chat(self) -> QWidget:
        from alcove.gui.chat_room import ChatRoom

        self.chat = ChatRoom(
            self.paths,
            self.tasks,
            self.inventory,
            self.preferences,
            self.messages,
            self.theme,
            self.icons,
            self,
        )
        self.chat.discover_requested.connect(lambda: self.window.open_page("discover"))
        self.chat.library_requested.connect(lambda: self.window.open_page("library"))
        self.chat.connect_requested.connect(self.reach.connect_to_engine)
        self.chat.session.failed.connect(self.inventory.find_installed)
        self.chat.failed.connect(self.show_error)
        self._learn_from(self.chat)
        return self.chat.page

    def _learn_from(self, chat: ChatRoom) -> None:
        """Let measurements give way to the chat, and read what it recorded."""
        dialogue = chat.page.dialogue
        for begins in (chat.session.changed, dialogue.appended, dialogue.opened):
            begins.connect(self._give_way)
        for ends in (chat.session.changed, dialogue.settled):
            ends.connect(self.learning.read)

    def _give_way(self) -> None:
        self.learning.give_way()
        if self.measuring is not None:
            self.measuring.give_way()
        if self.trials is not None:
            self.trials.work.give_way()

    def _chat_work(self) -> str:
        return self.chat.work if self.chat else ""

    def _measuring_work(self) -> str:
        return self.measuring.work if self.measuring else ""

    def _trial_work(self) -> str:
        return self.trials.work.work if self.trials else ""

    def _trials(self) -> QWidget:
        from alcove.gui.trial_room import TrialRoom

        self.trials = TrialRoom(
            self.paths,
            self.tasks,
            self.inventory,
            self.preferences,
            self.theme,
            self.icons,
            lambda: self.chat.session if self.chat else None,
            lambda: self._chat_work() or self.learning.work or self._measuring_work(),
            self,
        )
        return self.trials.page

    def _system(self) -> QWidget:
        from alcove.gui.pages.system import SystemPage
        from alcove.gui.widgets.worth_card import WorthCard
        from alcove.hardware.memory import read_memory

        page = SystemPage(self.inventory, self.learning, self.theme, self.icons, read_memory)
        worth = WorthCard(self.tasks, self.paths, self.preferences, self.theme)
        self.learning.recorded.connect(worth.read)
        page.add_card(worth)
        return page

    def _privacy(self) -> QWidget:
        from alcove.gui.journal import JournalView
        from alcove.gui.pages.privacy import PrivacyPage
        from alcove.network.journal import Journal

        journal = JournalView(self.tasks, Journal(self.paths.database))
        return PrivacyPage(journal, self.preferences, self.theme)

    def _settings(self) -> QWidget:
        from alcove.gui.pages.settings import SettingsPage
        from alcove.gui.widgets.places import Places

        places = Places(self.paths, self.inventory, self.preferences, self.icons)
        page = SettingsPage(self.tasks, self.preferences, places, self.theme)
        page.privacy_asked.connect(lambda: self.window.open_page("privacy"))
        page.help_asked.connect(lambda: _open(_TOKEN_HELP))
        page.folder_added.connect(self.arrivals.drops.take_paths)
        return page

    def _connect(self) -> None:
        queued = Qt.ConnectionType.QueuedConnection
        self.window.first_frame.connect(self._start, queued)
        self.window.closing.connect(self._close)
        self.preferences.changed.connect(lambda: self.theme.choose(self.preferences.settings.theme))
        self.preferences.changed.connect(self.transfers.configure)
        self.window.transfer_bar.opened.connect(lambda: self.window.open_page("downloads"))
        self.transfers.troubled.connect(lambda error: self.messages.post(str(error), "error"))
        self.transfers.held.connect(self._transfer_held)
        self.transfers.finished.connect(self._transfer_finished)
        self.transfers.failed.connect(self._transfer_failed)
        self.learning.calibrated.connect(self._calibrated)
        self.inventory.catalog_changed.connect(self._say_fault)
        self.arrivals.chat_requested.connect(lambda model: self.open_chat(model, None))
        self.arrivals.download_requested.connect(self._download)
        self.reach.engine_chosen.connect(self._open_engine)

    def _start(self) -> None:
        self.inventory.load()
        self.transfers.open()
        self.window.open_page("discover")
        self.icons.load()

    def _close(self) -> None:
        """End the work first: what it brings would reach pages and a store that are gone."""
        self._closed = True
        self.window.hide()
        self.transfers.close()
        if self.trials is not None:
            self.trials.work.stop()
        if self.chat is not None:
            self.chat.page.stop()
        self.tasks.close()
        self.appraising.close()
        if self.chat is not None:
            self.chat.close()
        self._garbage.close()

    def _calibrated(self) -> None:
        self.messages.post(
            _("This computer is measured. Speeds are forecast from that now."), "good"
        )

    def _say_fault(self) -> None:
        """Say which models the catalog lacks; where it lacks all, Discover says so."""
        catalog = self.inventory.catalog
        if catalog and catalog.models and catalog.fault:
            self.messages.post(str(catalog.fault), "error")

    def _download(self, model: RemoteModel) -> None:
        self.transfers.add(Wanted.of(model), model)

    def _transfer_finished(self, item: Item) -> None:
        self.inventory.find_installed()
        self.messages.post(
            _("{name} is on this computer.").format(name=item.name),
            "good",
            Action(_("Open library"), lambda: self.window.open_page("library")),
        )

    def _transfer_failed(self, item: Item, error: AlcoveError) -> None:
        if not self.window.shows("downloads"):  # which says it where the download is
            self.messages.post(str(error), "error", *self._helping(item))

    def _transfer_held(self, error: AlcoveError) -> None:
        self.messages.post(str(error), "error", *actions_for(error, self._handlers()))

    def _helping(self, item: Item) -> tuple[Action, ...]:
        """Return the buttons that help where a download does not go on."""
        if item.problem is None:
            return ()
        error = item.problem.error()
        actions = actions_for(error, self._handlers(retry=lambda: self.transfers.retry(item)))
        if not isinstance(error, GatedError):
            return actions
        page = f"{self.preferences.network().endpoint}/{item.repository}"
        return (Action(_("Open licence page"), lambda: _open(page)), *actions)

    def _handlers(
        self, retry: Callable[[], None] | None = None
    ) -> dict[Remedy, Callable[[], None]]:
        handlers: dict[Remedy, Callable[[], None]] = {
            Remedy.GO_ONLINE: lambda: self._go_online(retry),
            Remedy.SMALLER_MODEL: lambda: self.window.open_page("discover"),
            Remedy.CHOOSE_MODEL: lambda: self.window.open_page("library"),
            Remedy.DOWNLOAD_AGAIN: lambda: self.window.open_page("discover"),
            Remedy.FREE_DISK: lambda: self.window.open_page("library"),
            Remedy.SIGN_IN: lambda: _open(_TOKEN_HELP),
        }
        if retry is not None:
            handlers |= {Remedy.RETRY: retry, Remedy.DOWNLOAD_AGAIN: retry}
        return handlers

    def _go_online(self, retry: Callable[[], None] | None) -> None:
        self.preferences.update(offline=False)
        if retry is not None:
            retry()


def _open(address: str) -> None:
    QDesktopServices.openUrl(QUrl(address))
