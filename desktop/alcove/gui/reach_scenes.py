"""The pictures of what leads beyond the catalog and this computer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from alcove.gui.desktop import Desktop
from alcove.gui.dialogs.compare import CompareDialog
from alcove.gui.dialogs.connect import ConnectDialog
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.widgets.beyond_view import BeyondView
from alcove.gui.widgets.compare_parts import CompareBar, CompareToggle
from alcove.gui.widgets.hub_results import HubResults
from alcove.hub.search import FoundRepository

Scene = tuple[str, Callable[[], bool]]
"""The name of a picture, and whether the window is ready for it."""

_FOUND = (
    FoundRepository("bartowski/Qwen2.5-Coder-14B-GGUF", 129_313, 431, "2026-10-01", gated=False),
    FoundRepository("someone/Qwen2.5-Coder-14B-abliterated", 412, 1, "2026-08-14", gated=True),
)
_LARGE = "gpt-oss-120b"
_COMPARED = ("qwen3-8b", "llama-3.1-8b", "gpt-oss-20b")


def reach_scenes(desktop: Desktop) -> Iterator[Scene]:
    """Yield each picture after it was prepared."""
    desktop.window.open_page("discover")
    page = desktop.window.page("discover")
    assert isinstance(page, DiscoverPage)
    yield from _hub(page)
    yield from _beyond(page)
    yield from _compare(page)
    desktop.reach.connect_to_engine("http://192.168.1.20:8080", "secret")
    yield "connect", _at_once
    dialog = desktop.window.findChild(ConnectDialog)
    assert isinstance(dialog, ConnectDialog)
    dialog.reject()


def _at_once() -> bool:
    return True


def _hub(page: DiscoverPage) -> Iterator[Scene]:
    results = page.findChild(HubResults)
    assert isinstance(results, HubResults)
    page.bar.search.setText("qwen2.5 coder")
    results.show_found(_FOUND)
    yield "hub-search", _at_once
    page.bar.search.clear()


def _beyond(page: DiscoverPage) -> Iterator[Scene]:
    view = page.findChild(BeyondView)
    assert isinstance(view, BeyondView)
    page.bar.unfit.setChecked(True)
    page.select(_LARGE)
    page.panes.ask(True)

    def ready() -> bool:
        if view.isVisible():
            page.detail.look_at(view)
        return view.isVisible()

    yield "beyond", ready
    page.detail.closed.emit()
    page.bar.unfit.setChecked(False)


def _compare(page: DiscoverPage) -> Iterator[Scene]:
    bar, toggle = page.findChild(CompareBar), page.findChild(CompareToggle)
    assert isinstance(bar, CompareBar)
    assert isinstance(toggle, CompareToggle)
    for model in _COMPARED:
        page.select(model)
        toggle.button.click()
    bar.compare.click()
    dialog = page.window().findChild(CompareDialog)
    assert isinstance(dialog, CompareDialog)
    yield "compare", lambda: dialog.table.rowCount() > 0
    dialog.reject()
    bar.clear.click()
