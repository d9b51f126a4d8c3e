"""The pictures of what has to do with the network: downloads, privacy, links, settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from alcove.gui.desktop import Desktop
from alcove.gui.linked import Choice, LinkVerdict
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.pages.privacy import PrivacyPage
from alcove.gui.reach_scenes import reach_scenes
from alcove.gui.sample_journal import keep_requests
from alcove.gui.sample_transfers import many_transfers, running, sample_transfers
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.library.references import Reference
from alcove.network.journal import Journal

Scene = tuple[str, Callable[[], bool]]
"""The name of a picture, and whether the window is ready for it."""

_REPOSITORY = "bartowski/Qwen2.5-Coder-14B-Instruct-abliterated-v2-GGUF"
_SIZES = {"Q3_K_M": 7_340_000_000, "Q4_K_M": 8_990_000_000, "Q8_0": 15_700_000_000}


def scenes(desktop: Desktop) -> Iterator[Scene]:
    """Yield each picture after it was prepared."""
    yield from _downloads(desktop)
    yield from _privacy(desktop)
    yield from _given(desktop)
    yield from reach_scenes(desktop)
    desktop.window.open_page("settings")
    yield "settings", _at_once


def _at_once() -> bool:
    return True


def _downloads(desktop: Desktop) -> Iterator[Scene]:
    transfers = desktop.transfers
    desktop.window.open_page("discover")
    transfers.show((running(1),))
    yield "download", _at_once
    desktop.window.open_page("downloads")
    transfers.show(())
    yield "downloads-empty", _at_once
    transfers.show(sample_transfers(time.time()))
    yield "downloads", _at_once
    desktop.messages.clear()
    transfers.show(many_transfers())
    yield "downloads-many", _at_once
    transfers.show(())


def _privacy(desktop: Desktop) -> Iterator[Scene]:
    journal = Journal(desktop.paths.database)
    journal.clear()
    desktop.window.open_page("privacy")
    page = desktop.window.page("privacy")
    assert isinstance(page, PrivacyPage)
    yield "privacy-empty", page.empty.isVisible
    desktop.window.open_page("library")
    count = keep_requests(journal, datetime.now(UTC))
    desktop.window.open_page("privacy")
    yield "privacy", lambda: page.table.model().rowCount() == count


def _given(desktop: Desktop) -> Iterator[Scene]:
    """What is shown while something is dragged over the window, and what a link offers."""
    window, preferences = desktop.window, desktop.preferences
    window.open_page("library")
    window.drop_target.cover()
    yield "drop", _at_once
    window.drop_target.hide()
    preferences.update(offline=True)
    dialog = desktop.arrivals.open_link(Reference(_REPOSITORY, "Q4_K_M"))
    yield "link-offline", lambda: bool(dialog.remedies)
    discover = desktop.window.page("discover")
    assert isinstance(discover, DiscoverPage)
    assert discover.detail.fit is not None
    models = tuple(_model(name, size) for name, size in _SIZES.items())
    dialog.linked.found.emit(Choice(models, models[1]))
    dialog.linked.judged.emit(LinkVerdict(models[1], discover.detail.fit, None))
    yield "link", dialog.verdict.isVisible
    dialog.reject()
    preferences.update(offline=False)


def _model(quantization: str, size: int) -> RemoteModel:
    file = RemoteFile(f"Qwen2.5-Coder-14B-Instruct-{quantization}.gguf", size, None)
    return RemoteModel(_REPOSITORY, "0" * 40, (file,), quantization)
