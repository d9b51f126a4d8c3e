"""What the hub finds for the words of Discover's search, below the list of the catalog."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from alcove.errors import AlcoveError, Remedy
from alcove.gui.icons import Icons
from alcove.gui.latest import Latest
from alcove.gui.remedies import actions_for
from alcove.gui.tasks import Report, Tasks
from alcove.gui.widgets.parts import button, clear, column, icon_button, label, row
from alcove.hub.counts import in_words
from alcove.i18n import _
from alcove.library.links import may_be_link
from alcove.network import Network

if TYPE_CHECKING:
    from alcove.hub.search import FoundRepository

_LIMIT = 30
_HEIGHT = 190


class HubResults(QFrame):
    """Asks the hub only when the user wants that; ``chosen`` carries a repository's name.

    ``network`` gives the door as it is at that moment, ``go_online`` opens it.
    """

    chosen = Signal(str)

    def __init__(
        self,
        tasks: Tasks,
        network: Callable[[], Network],
        go_online: Callable[[], None],
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._network = network
        self._go_online = go_online
        self._searching = Latest(tasks, self)
        self._words = ""
        self._make_parts(icons)
        self._lay_out()
        self.offer("")

    def offer(self, words: str) -> None:
        """Offer to search for ``words``; what was found for others goes."""
        self._words = words.strip()
        self._searching.forget()
        wanted = bool(self._words) and not may_be_link(self._words)
        self.ask.setText(_("Search the hub for “{words}”").format(words=_short(self._words)))
        self.setVisible(wanted)
        self._fold()

    def search(self) -> None:
        """Ask the hub."""
        words, network = self._words, self._network()
        self._say(_("Asking {hub} …").format(hub=network.endpoint))
        self._searching.ask(partial(_search, network, words), self.show_found, self._failed)

    def _make_parts(self, icons: Icons) -> None:
        self.ask = button("", "link")
        self.ask.clicked.connect(self.search)
        self.close_button = icon_button(icons, "x", _("Close what the hub found"))
        self.close_button.clicked.connect(self._fold)
        self.sentence = label(role="muted", wrap=True)
        self.list = QListWidget()
        self.list.setAccessibleName(_("What the hub found"))
        self.list.setMaximumHeight(_HEIGHT)
        self.list.itemClicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        self._remedies = QHBoxLayout()
        self._remedies.setSpacing(8)

    def _lay_out(self) -> None:
        head = row(self.ask, None, self.close_button, spacing=8)
        layout = column(head, self.sentence, self._remedies, self.list, spacing=6)
        layout.setContentsMargins(0, 0, 0, 12)
        self.setLayout(layout)

    def _fold(self) -> None:
        self._searching.forget()
        clear(self._remedies)
        for part in (self.sentence, self.list, self.close_button):
            part.hide()

    def _say(self, sentence: str) -> None:
        self._fold()
        self.sentence.setText(sentence)
        self.sentence.show()
        self.close_button.show()

    def show_found(self, found: tuple[FoundRepository, ...]) -> None:
        """List what the hub found."""
        if not found:
            self._say(_("The hub has no GGUF files under that name."))
            return
        self._say(
            _("Nobody checked these: look at who published them. Choose one for its verdict.")
        )
        self.list.clear()
        for repository in found:
            item = QListWidgetItem(_line(repository))
            item.setData(Qt.ItemDataRole.UserRole, repository.name)
            self.list.addItem(item)
        self.list.show()
        self.list.setCurrentRow(0)
        self.list.setFocus()

    def _failed(self, error: AlcoveError) -> None:
        self._say(str(error))
        handlers: dict[Remedy, Callable[[], None]] = {
            Remedy.RETRY: self.search,
            Remedy.GO_ONLINE: self._retry_online,
        }
        for action in actions_for(error, handlers):
            made = button(action.label)
            made.clicked.connect(action.run)
            self._remedies.addWidget(made)
        self._remedies.addStretch(1)

    def _retry_online(self) -> None:
        self._go_online()
        self.search()

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


def _search(network: Network, words: str, _report: Report[int]) -> tuple[FoundRepository, ...]:
    from alcove.hub.search import search_repositories

    return search_repositories(network, words, _LIMIT)


def _line(found: FoundRepository) -> str:
    facts = [found.name]
    if counted := in_words(found.downloads, found.likes):
        facts.append(counted)
    if found.updated:
        facts.append(found.updated)
    if found.gated:
        facts.append(_("gated"))
    return "  ·  ".join(facts)


def _short(words: str, most: int = 40) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"
