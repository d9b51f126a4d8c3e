"""Settings: everything that can be chosen once and for all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.request import getproxies

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLineEdit, QScrollArea, QVBoxLayout, QWidget

from alcove.gui.dialogs.choose_folder import choose_folder
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.widgets.card import card
from alcove.gui.widgets.parts import button, column, label
from alcove.gui.widgets.places import Places
from alcove.gui.widgets.select import Select
from alcove.gui.widgets.setting import Setting, from_environment
from alcove.gui.widgets.speed_limit import SpeedLimit
from alcove.gui.widgets.switch import Switch
from alcove.i18n import _
from alcove.network import Network, is_address
from alcove.network.wires import proxy_for, without_secrets

if TYPE_CHECKING:
    from alcove.hub.account import Account

_WIDEST = 760
_FIELD = 260


class SettingsPage(QWidget):
    """Appearance, network, downloads, account and folders, each in a card.

    ``help_asked``: how a token is come by. ``folder_added`` carries a list with one Path,
    ``privacy_asked`` leads to the journal.
    """

    help_asked = Signal()
    privacy_asked = Signal()
    folder_added = Signal(object)

    def __init__(
        self,
        tasks: Tasks,
        preferences: Preferences,
        places: Places,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._preferences = preferences
        self._places = places
        self._make_parts(theme)
        self._lay_out()
        preferences.changed.connect(self._show)
        self._show()

    def take_focus(self) -> None:
        """Give the focus to the first setting."""
        self.themes.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tasks.run(lambda _report: _account(), self._show_account)

    def _make_parts(self, theme: Theme) -> None:
        self.themes = Select(_("Colours"), theme)
        for key, text in (
            ("system", _("Like the system")),
            ("light", _("Light")),
            ("dark", _("Dark")),
        ):
            self.themes.addItem(text, key)
        self.themes.activated.connect(
            lambda _index: self._preferences.update(theme=self.themes.currentData())
        )
        self.offline = Switch("", theme)
        self.offline.toggled.connect(lambda on: self._preferences.update(offline=on))
        self.mirror = QLineEdit()
        self.mirror.setPlaceholderText(Network.endpoint)
        self.mirror.setFixedWidth(_FIELD)
        self.mirror.editingFinished.connect(self._choose_mirror)
        self.limit = SpeedLimit(self._preferences, theme)
        self.xet = Switch("", theme)
        self.xet.toggled.connect(lambda on: self._preferences.update(xet=on))
        self.sign_in = button(_("How to sign in"))
        self.sign_in.clicked.connect(self.help_asked)
        self.journal = button(_("Show requests"))
        self.journal.clicked.connect(self.privacy_asked)
        self.add_folder = button(_("Add folder…"))
        self.add_folder.clicked.connect(lambda: choose_folder(self.folder_added.emit, self))
        self._proxy = label(role="muted")

    def _lay_out(self) -> None:
        content = QWidget()
        content.setObjectName("content")
        content.setMaximumWidth(_WIDEST)
        body = column(label(_("Settings"), "title"), spacing=16)
        body.setContentsMargins(32, 24, 24, 24)
        for made in self._cards():
            body.addWidget(made)
        body.addStretch(1)
        content.setLayout(body)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        self.setLayout(column(scroll))

    def _cards(self) -> list[QWidget]:
        return [
            card(_("Appearance"), _section(Setting(_("Colours"), "", self.themes))),
            card(_("Network"), _section(*self._network())),
            card(_("Downloads"), _section(*self._downloads())),
            card(_("Hugging Face account"), _section(self._token())),
            card(_("Folders"), column(self._places), self.add_folder),
        ]

    def _network(self) -> list[Setting]:
        self._offline = Setting(_("Work offline"), "", self.offline)
        self._mirror = Setting(_("Mirror of the hub"), "", self.mirror)
        proxy = Setting(
            _("Proxy"),
            _(
                "Alcove goes by the settings of your system and by HTTPS_PROXY, HTTP_PROXY and "
                "NO_PROXY, and by the certificates of your system or SSL_CERT_FILE."
            ),
            self._proxy,
        )
        journal = Setting(
            _("What was sent"),
            _("Every request of Alcove is noted before it is sent."),
            self.journal,
        )
        return [self._offline, self._mirror, proxy, journal]

    def _downloads(self) -> list[Setting]:
        limit = Setting(
            _("Speed limit"), _("The highest speed of all downloads together."), self.limit
        )
        xet = Setting(
            _("Download through hf-xet"),
            _(
                "Can be faster where a connection is very fast. A download that is paused, or "
                "breaks off, begins the file anew; without hf-xet it goes on where it stopped."
            ),
            self.xet,
        )
        return [limit, xet]

    def _token(self) -> Setting:
        self._account = Setting(_("Token"), "", self.sign_in)
        return self._account

    def _show(self) -> None:
        settings, network = self._preferences.settings, self._preferences.network()
        self.themes.setCurrentIndex(self.themes.findData(settings.theme))
        self.offline.setChecked(settings.offline)
        self._offline.explain(_offline_help(network, chosen=settings.offline))
        self.xet.setChecked(settings.xet)
        if not self.mirror.hasFocus():
            self.mirror.setText(settings.mirror)
        self._mirror.explain(_mirror_help(settings.mirror))
        proxy = _proxy(network.endpoint)
        self._proxy.setText(proxy or _("None in use"))

    def _show_account(self, account: Account) -> None:
        self._account.explain(_account_help(account))

    def _choose_mirror(self) -> None:
        address = self.mirror.text().strip().rstrip("/")
        if address and "://" not in address:
            address = f"https://{address}"
        self.mirror.setText(address)
        if address and not is_address(address):
            self._mirror.explain(
                _("This is not the address of a server; {address} is asked as before.").format(
                    address=self._preferences.network().endpoint
                )
            )
            return
        self._preferences.update(mirror=address)


def _section(*parts: QWidget) -> QVBoxLayout:
    return column(*parts, spacing=16)


def _account() -> Account:
    from alcove.hub.account import read_account  # the hub's client takes long to import

    return read_account()


def _offline_help(network: Network, *, chosen: bool) -> str:
    if network.by_variable and not chosen:
        return _("Alcove was started with --offline or HF_HUB_OFFLINE: it is offline in any case.")
    return _("Nothing is asked of other computers. What is on this one works as ever.")


def _mirror_help(mirror: str) -> str:
    if variable := os.environ.get("HF_ENDPOINT"):
        return from_environment("HF_ENDPOINT", variable)
    if mirror:
        return _("Models are looked up and downloaded here. Your token is not sent to it.")
    return _("Another address that has what Hugging Face has; empty for Hugging Face itself.")


def _proxy(endpoint: str) -> str:
    """Return the proxy that leads to the hub, without name and password."""
    return without_secrets(proxy) if getproxies() and (proxy := proxy_for(endpoint)) else ""


def _account_help(account: Account) -> str:
    if account.source == "variable":
        return _(
            "{variable} is set. It is sent to the hub alone, with every request for a model."
        ).format(variable=account.variable)
    if account.source == "file":
        return _(
            "Yours is in {path}, where huggingface_hub keeps it. It is sent to the hub alone, with "
            "every request for a model."
        ).format(path=account.path)
    return _(
        "None, and most models need none. For those whose publisher wants a licence accepted, run "
        "hf auth login, which keeps it in {path}, or set HF_TOKEN."
    ).format(path=account.path)
