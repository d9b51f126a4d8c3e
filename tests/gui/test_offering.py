"""What the list offers of models that are on this computer already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from alcove.catalog.load import Catalog
from alcove.fit.offer import Offer
from alcove.gui.inventory import Inventory
from alcove.gui.offering import Offering
from alcove.gui.tasks import Tasks
from alcove.hardware.machine import Machine
from alcove.library.installed import InstalledModel


@pytest.mark.parametrize(("wanted", "got"), [(8192, 8192), (32768, 8192), (2048, 2048)])
def test_a_file_is_offered_the_context_that_is_wanted_whatever_the_catalog_could_give(
    qtbot: QtBot,
    tasks: Tasks,
    inventory: Inventory,
    catalog: Catalog,
    installed: InstalledModel,
    machine_with: Callable[..., Machine],
    wanted: int,
    got: int,
) -> None:
    """The file is the starter's, which has a context of 8192 and fits where the model does not."""
    model = next(one for one in catalog.models if one.id.startswith("qwen3-8b"))
    inventory.machine = machine_with(1.0)
    offering = Offering(tasks, inventory)

    def offered(*files: InstalledModel) -> Offer:
        inventory.installed = files
        with qtbot.waitSignal(offering.repriced, timeout=20_000) as priced:
            offering.price_one(model, wanted)
        offer: Offer = priced.args[0]
        return offer

    without = offered()
    assert not without.fit.fits
    name = without.quantization.name
    there = offered(replace(installed, catalog_id=model.id, quantization=name))
    assert there.fit.fits
    assert there.fit.context == got
