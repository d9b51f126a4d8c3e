"""The Discover page, without and with prices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers


@pytest.fixture
def page(
    qtbot: QtBot,
    tasks: Tasks,
    inventory: Inventory,
    preferences: Preferences,
    transfers: Transfers,
    theme: Theme,
    icons: Icons,
) -> Iterator[DiscoverPage]:
    made = DiscoverPage(tasks, inventory, preferences, transfers, theme, icons)
    qtbot.addWidget(made)
    made.resize(1196, 800)
    made.show()
    yield made
    made.hide()


@pytest.fixture
def priced(qtbot: QtBot, page: DiscoverPage) -> DiscoverPage:
    with qtbot.waitSignal(page.priced, timeout=20_000):
        page.price()
    return page
