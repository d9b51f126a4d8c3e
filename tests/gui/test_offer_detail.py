"""The detail pane: estimate, dry run, and what the user decides."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from alcove.catalog.load import Catalog
from alcove.catalog.model import Model
from alcove.fit.dryrun.process import DryRun
from alcove.fit.insight import Insight
from alcove.fit.margins import Margins
from alcove.fit.offer import choose, offered
from alcove.fit.plan import Wish
from alcove.gui.appraising import Appraising
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.theme import Theme
from alcove.gui.verdicts import Verdicts
from alcove.gui.widgets.advanced import Advanced
from alcove.gui.widgets.model_facts import facts_of, licence_in_words
from alcove.gui.widgets.offer_detail import OfferDetail
from alcove.hardware.machine import Machine
from alcove.library.installed import InstalledModel
from alcove.library.presence import quantization_of
from alcove.network import Network
from alcove.paths import Paths
from gui.offer_pane import show


def test_a_verdict_by_formula_is_called_an_estimate(
    qtbot: QtBot, pane: OfferDetail, inventory: Inventory, dense: Model
) -> None:
    show(qtbot, pane, inventory, dense)
    assert "the file was not looked into" in pane.verdict.basis.text()


@pytest.mark.parametrize("height", [500, 1400])
def test_the_button_ends_where_the_content_does(
    qtbot: QtBot, pane: OfferDetail, inventory: Inventory, dense: Model, height: int
) -> None:
    pane.resize(400, height)
    show(qtbot, pane, inventory, dense)
    button, content = pane.acts.download, pane.quantizations

    def right(one: QWidget) -> int:
        return one.mapTo(pane, one.rect().topRight()).x()

    qtbot.waitUntil(lambda: right(button) == right(content), timeout=5_000)
    assert pane.findChildren(QScrollArea)[0].verticalScrollBar().isVisible() == (height == 500)


def test_facts_and_licence_say_what_their_words_are(dense: Model) -> None:
    assert "\nAbilities: " in facts_of(dense)
    assert licence_in_words(dense.licence) == (
        "Apache-2.0: commercial use allowed\nConditions: keep licence and notices"
    )


def test_only_the_last_position_of_the_slider_is_priced_after_the_first(
    qtbot: QtBot, pane: OfferDetail, inventory: Inventory, dense: Model, appraising: Any
) -> None:
    show(qtbot, pane, inventory, dense)
    appraiser = appraising.made
    appraiser.wishes.clear()
    appraiser.entered.clear()
    appraiser.released.clear()
    QTest.keyClick(pane.context.slider, Qt.Key.Key_Right)
    assert appraiser.entered.wait(10)
    QTest.keyClick(pane.context.slider, Qt.Key.Key_Home)
    QTest.keyClick(pane.context.slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: pane.verdict.basis.text() == "Checking with llama.cpp…", timeout=5_000)
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        appraiser.released.set()
    assert pane.fit is not None
    assert pane.fit.context == 4096
    assert [wish.context for wish in appraiser.wishes] == [16384, 4096]


def test_all_positions_of_the_slider_are_priced_before_they_are_asked_for(
    qtbot: QtBot,
    pane: OfferDetail,
    verdicts: Verdicts,
    inventory: Inventory,
    catalog: Catalog,
    installed: InstalledModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = inventory.appraising = Appraising(Paths(tmp_path, tmp_path, tmp_path), Network)
    starter = catalog.get("smollm2-135m")
    assert starter is not None
    inventory.installed = (replace(installed, quantization=starter.quantizations[0].name),)
    show(qtbot, pane, inventory, starter)
    with qtbot.waitSignal(verdicts.foreseen, timeout=20_000):
        pane.quantizations.setCurrentIndex(0)
    monkeypatch.setattr(DryRun, "_prices", lambda *_asked: pytest.fail("asked again"))
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Right):
        with qtbot.waitSignal(pane.shown, timeout=20_000):
            QTest.keyClick(pane.context.slider, key)
        assert pane.fit is not None
        assert pane.fit.basis == "dry-run"
    real.close()


def test_a_file_that_the_catalog_lacks_is_shown_as_it_is_here(
    qtbot: QtBot,
    pane: OfferDetail,
    inventory: Inventory,
    catalog: Catalog,
    installed: InstalledModel,
) -> None:
    model = next(one for one in catalog.models if one.id == installed.catalog_id)
    machine = inventory.machine
    assert machine is not None
    inventory.installed = (installed,)
    fit = choose(model, machine, 8192).fit
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        pane.show_offer(offered(model, quantization_of(model, installed), fit))
    assert pane.quantizations.currentText() == "Q4_1 · 98 MB"
    assert pane.quantizations.count() == len(model.quantizations) + 1
    assert pane.acts.chat.isVisible()
    inventory.installed = ()
    inventory.installed_changed.emit()
    assert pane.subject is None


def test_an_installed_file_is_judged_by_llama_cpp_itself(
    qtbot: QtBot,
    pane: OfferDetail,
    inventory: Inventory,
    catalog: Catalog,
    installed: InstalledModel,
    tmp_path: Path,
) -> None:
    real = inventory.appraising = Appraising(Paths(tmp_path, tmp_path, tmp_path), Network)
    starter = catalog.get("smollm2-135m")
    assert starter is not None
    inventory.installed = (replace(installed, quantization=starter.quantizations[0].name),)
    show(qtbot, pane, inventory, starter)
    pane.quantizations.setCurrentIndex(0)
    qtbot.waitUntil(lambda: pane.fit is not None and pane.fit.basis == "dry-run", timeout=60_000)
    assert pane.verdict.basis.text() == "Checked with llama.cpp's own dry run of this file."
    assert pane.fit is not None
    before = pane.fit.context_bytes
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        QTest.keyClick(pane.context.slider, Qt.Key.Key_Left)
    assert pane.fit.basis == "dry-run"
    assert pane.fit.context_bytes * 2 == before
    real.close()


def test_a_file_that_llama_cpp_refuses_says_why_and_nothing_of_memory(
    qtbot: QtBot, pane: OfferDetail, inventory: Inventory, dense: Model, appraising: Any
) -> None:
    appraising.made.refused = True
    show(qtbot, pane, inventory, dense)
    assert "unknown architecture" in pane.verdict.sentence.text()
    assert not pane.verdict.basis.isVisible()
    assert pane.acts.needs.text() == "Choose another quantization, or another model."
    assert not pane.acts.download.isVisible()


def test_what_is_chosen_under_advanced_is_priced_and_loaded(
    qtbot: QtBot, pane: OfferDetail, inventory: Inventory, dense: Model, installed: InstalledModel
) -> None:
    show(qtbot, pane, inventory, dense)
    before = pane.fit
    assert before is not None
    there = replace(installed, catalog_id=dense.id, quantization=pane.quantization.name)
    assert not pane.advanced.kv_type.isVisible()
    qtbot.mouseClick(pane.advanced.fold, Qt.MouseButton.LeftButton)
    assert pane.advanced.kv_type.isVisible()
    assert not pane.advanced.gpu_layers.isVisible()
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        QTest.keyClicks(pane.advanced.kv_type.select, "q4_0")
    assert pane.fit is not None
    assert pane.fit.kv_type == "q4_0"
    assert pane.fit.context_bytes < before.context_bytes / 3
    qtbot.mouseClick(pane.advanced.fold, Qt.MouseButton.LeftButton)
    assert "q4_0" in pane.advanced.fold.text()

    inventory.installed = (there,)
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        inventory.installed_changed.emit()
    with qtbot.waitSignal(pane.chat_requested) as asked:
        pane.acts.chat.click()
    assert asked.args == [there, Wish(8192, kv_type="q4_0")]


def test_another_model_is_planned_automatically_again(
    qtbot: QtBot, pane: OfferDetail, inventory: Inventory, dense: Model, mixture: Model
) -> None:
    show(qtbot, pane, inventory, dense)
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        pane.advanced.kv_type.select.setCurrentIndex(1)
    show(qtbot, pane, inventory, mixture)
    assert pane.wish == Wish(pane.context.context)


def test_layers_and_experts_are_a_choice_where_there_is_a_gpu(
    qtbot: QtBot,
    pane: OfferDetail,
    inventory: Inventory,
    dense: Model,
    mixture: Model,
    machine_with: Callable[..., Machine],
) -> None:
    inventory.machine = machine_with(32, 24)
    pane.advanced.fold.click()
    show(qtbot, pane, inventory, dense)
    assert pane.advanced.gpu_layers.isVisible()
    assert not pane.advanced.experts.isVisible()
    show(qtbot, pane, inventory, mixture)
    assert pane.advanced.experts.isVisible()
    assert pane.fit is not None
    assert pane.fit.verdict == "gpu"
    experts = pane.advanced.experts.select
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        experts.setCurrentIndex(experts.findData(10))
    assert pane.fit.configuration.cpu_moe_layers == 10
    layers = pane.advanced.gpu_layers.select
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        layers.setCurrentIndex(layers.findData(0))
    assert pane.fit.gpu_layers == 0
    assert pane.fit.verdict == "cpu"


def test_a_choice_that_the_computer_takes_away_is_planned_automatically_again(
    qtbot: QtBot,
    pane: OfferDetail,
    inventory: Inventory,
    dense: Model,
    machine_with: Callable[..., Machine],
) -> None:
    inventory.machine = machine_with(32, 24)
    show(qtbot, pane, inventory, dense)
    layers = pane.advanced.gpu_layers.select
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        layers.setCurrentIndex(layers.findData(30))
    assert "30" in pane.advanced.fold.text()
    inventory.machine = machine_with(32)
    with qtbot.waitSignals([pane.shown] * 2, timeout=20_000):
        pane.reprice()
    assert pane.wish == Wish(8192)
    assert pane.advanced.fold.text() == "Advanced"


def test_all_layers_stay_all_however_many_there_are(
    qtbot: QtBot, theme: Theme, icons: Icons
) -> None:
    advanced = Advanced(theme, icons)
    qtbot.addWidget(advanced)
    advanced.offer(33, 0, gpu=True)
    advanced.gpu_layers.select.setCurrentIndex(1)
    assert advanced.wish(8192).gpu_layers == 33
    with qtbot.assertNotEmitted(advanced.changed):
        advanced.offer(33, 0, gpu=True)
    with qtbot.waitSignal(advanced.changed):
        advanced.offer(37, 0, gpu=True)
    assert advanced.wish(8192).gpu_layers == 37
    assert "all 37" in advanced.fold.text()
    with qtbot.waitSignal(advanced.changed):
        advanced.offer(37, 0, gpu=False)
    assert advanced.wish(8192) == Wish(8192)


def test_what_was_given_up_to_fit_is_said(
    qtbot: QtBot, pane: OfferDetail, inventory: Inventory, dense: Model
) -> None:
    show(qtbot, pane, inventory, dense)
    assert pane.fit is not None
    assert not pane.verdict.remarks.isVisible()
    needed = pane.fit.total_bytes + pane.fit.overhead_bytes
    margin = Margins(host_bytes=0)
    inventory.machine = replace(
        inventory.machine,  # type: ignore[type-var]
        memory=replace(inventory.machine.memory, available_bytes=needed - 10**8),  # type: ignore[union-attr]
    )
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        inventory.learn(Insight(margins=margin))
        pane.reprice()
    assert pane.fit.kv_type == "q8_0"
    assert "q8_0" in pane.verdict.remarks.text()


def test_a_disk_that_is_too_full_is_said_before_the_download(
    qtbot: QtBot,
    pane: OfferDetail,
    inventory: Inventory,
    dense: Model,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    show(qtbot, pane, inventory, dense)
    assert pane.acts.download.isVisible()
    assert not pane.acts.full_disk.isVisible()
    full = shutil.disk_usage("/")._replace(free=1_500_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        pane.reprice()
    size = pane.quantization.size_bytes / 1e9
    assert pane.acts.full_disk.text() == f"Needs {size:.1f} GB on the disk; 1.5 GB are free."
    assert pane.acts.full_disk.isVisible()
    assert pane.acts.download.isVisible()
