"""Pictures of every page, in both schemes and two sizes, with what this computer really has."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QToolButton

from alcove.chat.store import ConversationStore
from alcove.errors import Remedy
from alcove.gui.desktop import Desktop
from alcove.gui.messages import Action
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.rehearsal import Rehearsal, fresh_desktop
from alcove.gui.remedies import label_of
from alcove.gui.session import SessionState
from alcove.gui.transfers import Transfer
from alcove.hardware.machine import Gpu
from alcove.hub.remote import TransferProgress
from alcove.i18n import _

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
"""A graphics card made by hand; everything else in the pictures is what this computer has."""

_TRANSFER = Transfer(
    name="Qwen3 8B Q4_K_M",
    repository="Qwen/Qwen3-8B-GGUF",
    file="Qwen3-8B-Q4_K_M.gguf",
    size_bytes=5_030_000_000,
    progress=TransferProgress(
        "Qwen3-8B-Q4_K_M.gguf", 1_870_000_000, 5_030_000_000, 41_000_000.0, 77.0
    ),
)

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


class Photographer(QObject):
    """Goes through the scenes once the window has something to show."""

    ended = Signal()

    def __init__(self, desktop: Desktop, directory: Path) -> None:
        super().__init__(desktop)
        self._desktop = desktop
        self._directory = directory
        self._scenes = self._plan()

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
        if page.pricing or (chat and chat.session.state is SessionState.LOADING):
            QTimer.singleShot(_SETTLE_MS, self, lambda: self._take(name))
            return
        for one in self._desktop.window.rail.findChildren(QToolButton):
            QApplication.sendEvent(one, QEvent(QEvent.Type.Leave))  # without a mouse, none hovers
        self._desktop.window.grab().save(str(self._directory / f"{name}.png"))
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
                self._download(),
                self._library(),
                self._others(),
                self._formatted_answer(),
                self._failed_load(),
            )
            for scene in scenes:
                for name in scene:
                    yield f"{name}-{scheme}-{width}x{height}"

    def _discover(self) -> Iterator[str]:
        page = self._desktop.window.page("discover")
        assert isinstance(page, DiscoverPage)
        self._desktop.window.open_page("discover")
        yield "discover"
        page.panes.ask(True)
        yield "discover-detail"
        page.detail.closed.emit()
        page.unfit.setChecked(True)
        page.list.setCurrentIndex(page.filter.index(page.filter.rowCount() - 1, 0))
        yield "discover-all"
        page.unfit.setChecked(False)
        page.list.setCurrentIndex(page.filter.index(0, 0))
        page.list.scrollToTop()
        retry = Action(label_of(Remedy.RETRY), self._desktop.messages.clear)
        sentence = _("The hub did not answer. Try again when the network is back.")
        self._desktop.messages.post(sentence, "error", retry)
        yield "discover-error"
        self._desktop.messages.clear()

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
        inventory.machine = replace(machine, gpus=(_CARD,))
        inventory.machine_changed.emit()
        yield "discover-gpu"
        self._desktop.window.open_page("system")
        yield "system-gpu"
        inventory.machine = machine
        inventory.machine_changed.emit()

    def _download(self) -> Iterator[str]:
        transfers = self._desktop.transfers
        self._desktop.window.open_page("discover")
        transfers.current = _TRANSFER
        transfers.changed.emit()
        yield "download"
        transfers.current = None
        transfers.changed.emit()

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
        chat.page.show_conversation(conversation)

    def _failed_load(self) -> Iterator[str]:
        chat, starter = self._desktop.chat, self._desktop.inventory.starter
        assert chat is not None
        assert starter is not None
        conversation, context = chat.page.dialogue.conversation, chat.session.context
        self._desktop.window.open_page("chat")
        chat.page.show_conversation(None)
        chat.session.load(replace(starter, files=(starter.path.with_name("gone.gguf"),)), context)
        yield "chat-failed"
        chat.session.load(starter, context)
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
