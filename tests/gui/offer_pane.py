"""What tests do with the detail pane of Discover."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from alcove.catalog.model import Model
from alcove.fit.offer import choose
from alcove.gui.inventory import Inventory
from alcove.gui.widgets.offer_detail import OfferDetail


def show(qtbot: QtBot, pane: OfferDetail, inventory: Inventory, model: Model) -> None:
    """Offer a model to the computer, and wait for the verdict."""
    machine = inventory.machine
    assert machine is not None
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        pane.show_offer(choose(model, machine, 8192))
