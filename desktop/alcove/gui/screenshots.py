"""Pictures of every page, in both schemes and two sizes, with what this computer really has."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QScrollArea, QToolButton, QWidget

from alcove.catalog.model import Quantization
from alcove.chat.store import ConversationStore
from alcove.errors import Cancelled, Remedy
from alcove.fit.ledger import Ledger
from alcove.fit.plan import Wish
from alcove.gui.appraising import Appraising
from alcove.gui.desktop import Desktop
from alcove.gui.messages import Action
from alcove.gui.network_scenes import scenes
from alcove.gui.pages.chat import ChatPage
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.pages.system import SystemPage
from alcove.gui.rehearsal import Rehearsal, fresh_desktop
from alcove.gui.remedies import label_of
from alcove.gui.sample_ledger import keep_sample
from alcove.gui.session import SessionState
from alcove.gui.trial_scenes import trial_scenes
from alcove.hardware.machine import Gpu
from alcove.hub.remote import RemoteModel
from alcove.i18n import _
from alcove.library.describe import STARTER_ID
from alcove.library.installed import InstalledModel

SIZES = ((1280, 800), (900, 600))
SCHEMES = ("light", "dark")
_SETTLE_MS = 100

_CARD = Gpu(
    name="NVIDIA RTX 6000 Ada Generation",
    kind="discrete",
    total_bytes=48 * 1024**3,
    free_bytes=46 * 1024**3,
    backend="CUDA",
    identity="0000:01:00.0",
)
"""A graphics card made by hand; but for it and the past, pictures show what this computer has."""

_MIXTURE = "gpt-oss-20b"

_QUESTION = "How do I read a file in Python, and what do the modes mean?"
_ANSWER = """Use `open` in a `with` block, which closes the file in any case:

```python
from pathlib import Path

with Path("notes.txt").open(encoding="utf-8") as file:
    for number, line in enumerate(file, start=1):
        print(f"{number}: {line.rstrip()}")  # one line at a time
```

| Mode | Reads | Writes | Creates |
|------|:-----:|:------:|:-------:|
| `r`  | yes   | no     | no      |
| `w`  | no    | yes    | yes     |
| `r+` | yes   | yes    | no      |
"""


def write_screenshots(directory: Path) -> int:
    """Write the pictures as PNG files into ``directory``; returns the exit code.

    The chat shows what the starter model answered. The user's own settings and chats are neither
    shown nor touched.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with fresh_desktop() as (application, desktop):
        photographer = Photographer(desktop, directory)

        def fail(reason: str) -> None:
            sys.stderr.write(f"{reason}\n")
            application.exit(1)

        rehearsal = Rehearsal(desktop)
        rehearsal.answered.connect(photographer.begin)
        rehearsal.failed.connect(fail)
        photographer.ended.connect(application.quit)
        desktop.window.show()
        return application.exec()


def _at_once() -> bool:
    return True


class _Quiet(Appraising):
    """Fetches no headers, so that the pictures are the same with and without a network."""

    def fetch(self, quantization: Quantization, report: Callable[[int], None]) -> RemoteModel:
        del quantization, report
        raise Cancelled


class Photographer(QObject):
    """Goes through the scenes once the window has something to show."""

    ended = Signal()

    def __init__(self, desktop: Desktop, directory: Path) -> None:
        super().__init__(desktop)
        self._desktop = desktop
        self._directory = directory
        self._scenes = self._plan()
        self._ready: Callable[[], bool] = _at_once
        self._past = 0
        """How many loads the System page is to know of."""
        self._appraising = _Quiet(desktop.paths, desktop.preferences.network)
        desktop.inventory.appraising = self._appraising

    def begin(self) -> None:
        """Take one picture after the other."""
        self._next()

    def _next(self) -> None:
        """Prepare the next picture, and take it once the window came to rest."""
        name = next(self._scenes, None)
        if name is None:
            self.ended.emit()
            return
        QTimer.singleShot(_SETTLE_MS, self, lambda: self._take(name))

    def _take(self, name: str) -> None:
        page, chat = self._desktop.window.page("discover"), self._desktop.chat
        assert isinstance(page, DiscoverPage)
        if (
            page.pricing
            or page.verdicts.busy
            or len(self._desktop.learning.loads) < self._past
            or (chat and chat.session.state is SessionState.LOADING)
            or not self._ready()
        ):
            QTimer.singleShot(_SETTLE_MS, self, lambda: self._take(name))
            return
        for one in self._desktop.window.rail.findChildren(QToolButton):
            QApplication.sendEvent(one, QEvent(QEvent.Type.Leave))  # without a mouse, none hovers
        subject = QApplication.activeModalWidget() or self._desktop.window
        subject.grab().save(str(self._directory / f"{name}.png"))
        self._next()

    def _plan(self) -> Iterator[str]:
        """Yield the name of each picture after it was prepared."""
        window, preferences = self._desktop.window, self._desktop.preferences
        for scheme, (width, height) in itertools.product(SCHEMES, SIZES):
            preferences.update(theme=scheme)
            window.resize(width, height)
            scenes = (
                self._discover(),
                self._first_start(),
                self._graphics_card(),
                self._network(),
                self._library(),
                self._others(),
                self._formatted_answer(),
                self._failed_load(),
            )
            for scene in scenes:
                for name in scene:
                    yield f"{name}-{scheme}-{width}x{height}"
        self._invent_past()
        for scheme, (width, height) in itertools.product(SCHEMES, SIZES):
            preferences.update(theme=scheme)
            window.resize(width, height)
            for name in self._measured():
                yield f"{name}-{scheme}-{width}x{height}"

    def _invent_past(self) -> None:
        """Keep a calibration and a ledger made by hand; last, as every forecast follows them."""
        machine = self._desktop.inventory.machine
        assert machine is not None
        self._past = keep_sample(Ledger(self._desktop.paths.database), machine)
        self._desktop.learning.read()

    def _measured(self) -> Iterator[str]:
        page = self._desktop.window.page("system")
        assert isinstance(page, SystemPage)
        self._desktop.window.open_page("system")
        yield "system-measured"
        self._look_at(page.ledger)
        yield "system-ledger"
        self._look_at(page.speed)

    def _discover(self) -> Iterator[str]:
        page = self._desktop.window.page("discover")
        assert isinstance(page, DiscoverPage)
        self._desktop.window.open_page("discover")
        yield "discover"
        page.bar.fold.setChecked(True)
        page.bar.filters.abilities["tools"].setChecked(True)
        page.bar.filters.commercial.setChecked(True)
        yield "discover-filters"
        page.bar.filters.clear()
        page.bar.fold.setChecked(False)
        page.panes.ask(True)
        yield "discover-detail"
        preferences = self._desktop.preferences
        preferences.update(offline=True)
        page.verdicts.retry()
        yield "discover-offline"
        preferences.update(offline=False)
        page.detail.advanced.fold.click()
        self._look_at(page.detail.advanced)
        yield "discover-advanced"
        page.detail.advanced.fold.click()
        installed = self._install(STARTER_ID)
        page.select(STARTER_ID)
        yield "discover-installed"
        self._desktop.inventory.installed = installed
        self._desktop.inventory.installed_changed.emit()
        page.detail.closed.emit()
        page.bar.unfit.setChecked(True)
        page.list.setCurrentIndex(page.offers.index(page.offers.rowCount() - 1))
        yield "discover-all"
        page.bar.unfit.setChecked(False)
        page.list.setCurrentIndex(page.offers.index(0))
        page.list.scrollToTop()
        retry = Action(label_of(Remedy.RETRY), self._desktop.messages.clear)
        sentence = _("The hub did not answer. Try again when the network is back.")
        self._desktop.messages.post(sentence, "error", retry)
        yield "discover-error"
        self._desktop.messages.clear()

    def _install(self, model_id: str) -> tuple[InstalledModel, ...] | None:
        """Let the starter's file pass for what the catalog has; returns what is installed."""
        inventory = self._desktop.inventory
        installed, starter = inventory.installed, inventory.starter
        model = inventory.catalog.get(model_id) if inventory.catalog else None
        assert model is not None
        assert starter is not None
        inventory.installed = tuple(
            replace(starter, quantization=one.name) for one in model.quantizations
        )
        inventory.installed_changed.emit()
        return installed

    @staticmethod
    def _look_at(widget: QWidget) -> None:
        """Scroll a widget into view."""
        parent = widget.parentWidget()
        while not isinstance(parent, QScrollArea):
            assert parent is not None
            parent = parent.parentWidget()
        bar = parent.verticalScrollBar()
        QTimer.singleShot(_SETTLE_MS // 2, widget, lambda: bar.setValue(widget.y() - 40))

    def _first_start(self) -> Iterator[str]:
        preferences = self._desktop.preferences
        last = preferences.settings.last_model
        preferences.update(last_model="")
        yield "discover-first-start"
        preferences.update(last_model=last)

    def _graphics_card(self) -> Iterator[str]:
        inventory = self._desktop.inventory
        machine = inventory.machine
        assert machine is not None
        page = self._desktop.window.page("discover")
        assert isinstance(page, DiscoverPage)
        network = self._desktop.preferences.network
        inventory.appraising = _Quiet(self._desktop.paths, network, dry_run=False)
        inventory.machine = replace(machine, gpus=(_CARD,))
        inventory.machine_changed.emit()
        yield "discover-gpu"
        page.panes.ask(True)
        page.select(_MIXTURE)
        page.detail.advanced.fold.click()
        self._look_at(page.detail.advanced)
        experts = page.detail.advanced.experts.select
        experts.setCurrentIndex(experts.findData(12))
        yield "discover-gpu-advanced"
        page.detail.advanced.fold.click()
        page.detail.closed.emit()
        page.list.setCurrentIndex(page.offers.index(0))
        self._desktop.window.open_page("system")
        yield "system-gpu"
        inventory.appraising = self._appraising
        inventory.machine = machine
        inventory.machine_changed.emit()

    def _network(self) -> Iterator[str]:
        for name, ready in itertools.chain(scenes(self._desktop), trial_scenes(self._desktop)):
            self._ready = ready
            yield name
        self._ready = _at_once

    def _formatted_answer(self) -> Iterator[str]:
        chat = self._desktop.chat
        assert chat is not None
        conversation = chat.page.dialogue.conversation
        with closing(ConversationStore(self._desktop.paths.database)) as store:
            formatted = store.create("").id
            asked = store.append(formatted, None, "user", _QUESTION)
            store.append(formatted, asked.id, "assistant", _ANSWER)
        self._desktop.window.open_page("chat")
        chat.page.show_conversation(formatted)
        yield "chat-formatted"
        yield from self._chat_parts(chat.page)
        chat.page.show_conversation(conversation)

    def _chat_parts(self, page: ChatPage) -> Iterator[str]:
        """Show what opens beside a conversation: what was searched for, and the drawer."""
        found: list[bool] = []

        def note() -> None:
            found.append(True)

        page.conversations.searched.connect(note)
        page.sidebar.search.setText("python mode")
        self._ready = lambda: bool(found)
        yield "chat-search"
        page.conversations.searched.disconnect(note)
        page.sidebar.search.clear()
        page.header.drawer.click()
        self._ready = lambda: bool(page.memory.cost.text())
        yield "chat-drawer"
        self._ready = _at_once
        page.header.drawer.click()

    def _failed_load(self) -> Iterator[str]:
        chat, starter = self._desktop.chat, self._desktop.inventory.starter
        assert chat is not None
        assert starter is not None
        conversation, wish = chat.page.dialogue.conversation, Wish(2048)
        self._desktop.window.open_page("chat")
        chat.page.show_conversation(None)
        chat.session.load(replace(starter, files=(starter.path.with_name("gone.gguf"),)), wish)
        yield "chat-failed"
        chat.session.load(starter, wish)
        chat.page.show_conversation(conversation)

    def _library(self) -> Iterator[str]:
        self._desktop.window.open_page("library")
        yield "library"
        inventory = self._desktop.inventory
        installed, inventory.installed = inventory.installed, ()
        inventory.installed_changed.emit()
        yield "library-empty"
        inventory.installed = installed
        inventory.installed_changed.emit()

    def _others(self) -> Iterator[str]:
        for key in ("chat", "system"):
            self._desktop.window.open_page(key)
            yield key
