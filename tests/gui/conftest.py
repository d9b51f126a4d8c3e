"""Fixtures of the window's tests: Qt without a screen, the real catalog, computers made by hand."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from alcove.catalog.load import Catalog, load_catalog
from alcove.catalog.model import Model, Quantization
from alcove.engine.load import ProcessMemory
from alcove.errors import AlcoveError, HubError, Remedy
from alcove.fit.dryrun.store import SkeletonStore
from alcove.fit.insight import Insight
from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.fit.verdict import refused
from alcove.gguf.skeleton import read_skeleton
from alcove.gui.appraising import Appraising
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.messages import Messages
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Report, Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.verdicts import Verdicts
from alcove.gui.widgets.offer_detail import OfferDetail
from alcove.hardware.machine import Cpu, Gpu, LlamaBuild, Machine, Memory
from alcove.hub.queue import TransferQueue
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.library.appraisal import Appraiser
from alcove.library.installed import InstalledModel
from alcove.library.skeletons import Skeletons
from alcove.network import Network
from alcove.paths import Paths
from alcove.settings import Settings
from gui.patience import PatientBot

GIB = 1024**3


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """Use pytest-qt's, with patience."""
    del qapp
    return PatientBot(request)


def make_machine(ram: float, vram: float = 0.0, *, usable: bool = True) -> Machine:
    """Make a computer with so much free memory, in GiB."""
    gpu = Gpu(
        name="NVIDIA GeForce RTX 4060",
        kind="discrete",
        total_bytes=round(vram * GIB),
        free_bytes=round(vram * GIB),
        backend="CUDA" if usable else None,
        identity="0000:01:00.0",
        remedy=None if usable else "pip install llama-cpp-python",
    )
    return Machine(
        system="Linux",
        memory=Memory(total_bytes=round((ram + 2) * GIB), available_bytes=round(ram * GIB)),
        cpu=Cpu(name="AMD Ryzen 7 7840U", physical_cores=8, logical_cores=16, features=("AVX2",)),
        gpus=(gpu,) if vram else (),
        llama=LlamaBuild(version="0.3.36", backends=("CPU",)),
        bandwidth=60e9,
    )


@pytest.fixture(scope="session")
def machine_with() -> Callable[..., Machine]:
    return make_machine


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def installed(smollm2_path: Path) -> InstalledModel:
    """The starter model."""
    return InstalledModel(
        target="starter",
        name="SmolLM2 135M Instruct",
        files=(smollm2_path,),
        size_bytes=smollm2_path.stat().st_size,
        source="starter",
        quantization="Q4_1",
        architecture="llama",
        catalog_id="smollm2-135m",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Qt without a screen says this of every window that has a least size."""
    config.addinivalue_line("qt_log_ignore", "This plugin does not support propagateSizeHints")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect on this thread what a test left: in a task's thread, Qt's objects may not end."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


class Failures(list[AlcoveError]):
    """The failures that reached the user."""


@pytest.fixture
def failures() -> Failures:
    return Failures()


@pytest.fixture
def tasks(qapp: QApplication, failures: Failures) -> Iterator[Tasks]:
    del qapp
    made = Tasks(failures.append)
    yield made
    made.close()


@pytest.fixture
def preferences(qapp: QApplication, tmp_path: Path, failures: Failures) -> Preferences:
    del qapp
    return Preferences(tmp_path / "settings.json", Settings(), failures.append)


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, "light")
    yield made
    shiboken6.delete(made)
    qapp.setStyleSheet("")


@pytest.fixture
def icons(theme: Theme) -> Icons:
    return Icons(theme)


@pytest.fixture
def messages(qapp: QApplication) -> Messages:
    del qapp
    return Messages()


@pytest.fixture
def transfers(tasks: Tasks, preferences: Preferences, alcove_home: Path) -> Iterator[Transfers]:
    """An empty queue; ``open`` it where something is to happen."""
    made = Transfers(tasks, TransferQueue(alcove_home / "alcove.db"), preferences.transfer_options)
    preferences.changed.connect(made.configure)
    yield made
    made.close()


class RecordedAppraiser(Appraiser):
    """Prices by formula, as for another computer; reads no free memory, and may be made to wait.

    ``entered`` tells that a price was asked for; it comes once ``released`` is set.
    """

    def __init__(self, skeletons: Skeletons) -> None:
        super().__init__(skeletons, None)
        self.wishes: list[Wish] = []
        self.available: list[int] = []
        self.returned: list[ProcessMemory | None] = []
        self.rests = 0
        """How many things are loaded or measured now."""
        self.refused = False
        self.entered = threading.Event()
        self.released = threading.Event()
        self.released.set()

    def refreshed(self, machine: Machine, held: ProcessMemory | None = None) -> Machine:
        """Say that as much is free as the last of ``available``."""
        self.returned.append(held)
        free = self.available[-1] if self.available else machine.memory.available_bytes
        return replace(machine, memory=replace(machine.memory, available_bytes=free))

    @contextmanager
    def resting(self) -> Iterator[None]:
        self.rests += 1
        yield
        self.rests -= 1

    def catalogued(
        self,
        model: Model,
        quantization: Quantization,
        machine: Machine,
        wish: Wish,
        insight: Insight,
    ) -> Fit:
        self.wishes.append(wish)
        self.entered.set()
        assert self.released.wait(10)
        fit = super().catalogued(model, quantization, machine, wish, insight)
        return refused(fit, "unknown architecture") if self.refused else fit


class HandFedAppraising(Appraising):
    """Gives the appraiser above; what ``headers`` says becomes of a header that is asked for."""

    def __init__(self, tmp_path: Path) -> None:
        super().__init__(Paths(tmp_path, tmp_path, tmp_path), Network)
        self.store = SkeletonStore(tmp_path / "skeletons")
        self.made = RecordedAppraiser(Skeletons(self.store, Network))
        self.asked: list[str] = []
        self.headers: Callable[[Quantization, Report[int]], RemoteModel] = unreachable

    def appraiser(self) -> RecordedAppraiser:
        return self.made

    def fetch(self, quantization: Quantization, report: Report[int]) -> RemoteModel:
        self.asked.append(quantization.file)
        return self.headers(quantization, report)

    def know(self, quantization: Quantization, path: Path) -> RemoteModel:
        """Keep the header of the file ``path`` as that of a file on the hub."""
        sha256 = "ab" * 32
        self.store.note(quantization.repository, quantization.file, (sha256,))
        self.store.keep((sha256,), read_skeleton((path,)))
        file = RemoteFile(quantization.file, path.stat().st_size, sha256)
        commit, name = "0" * 40, quantization.name
        return RemoteModel(quantization.repository, commit, (file,), name, "main")


def unreachable(_quantization: Quantization, _report: Report[int]) -> RemoteModel:
    raise HubError("The hub does not answer.", "Try again later.", Remedy.RETRY)


@pytest.fixture
def appraising(tmp_path: Path) -> HandFedAppraising:
    return HandFedAppraising(tmp_path)


@pytest.fixture
def inventory(
    tasks: Tasks,
    preferences: Preferences,
    appraising: Appraising,
    catalog: Catalog,
    installed: InstalledModel,
) -> Inventory:
    """An inventory that knows a laptop with 16 GiB free, the catalog and the starter model."""
    made = Inventory(tasks, preferences, appraising)
    made.machine, made.catalog, made.installed = make_machine(16), catalog, (installed,)
    return made


@pytest.fixture
def verdicts(tasks: Tasks, inventory: Inventory, preferences: Preferences) -> Verdicts:
    return Verdicts(tasks, inventory, preferences)


@pytest.fixture
def pane(
    qtbot: QtBot,
    inventory: Inventory,
    transfers: Transfers,
    verdicts: Verdicts,
    theme: Theme,
    icons: Icons,
) -> Iterator[OfferDetail]:
    made = OfferDetail(inventory, transfers, verdicts, theme, icons)
    qtbot.addWidget(made)
    made.resize(400, 900)
    made.show()
    yield made
    made.hide()


@pytest.fixture
def dense(catalog: Catalog) -> Model:
    return next(one for one in catalog.models if one.id.startswith("qwen3-8b"))


@pytest.fixture
def mixture(catalog: Catalog) -> Model:
    return next(one for one in catalog.models if one.id.startswith("gpt-oss-20b"))
