"""Figures of memory: what the process of the window takes of RAM."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from benchmarks.window_figure import Figure, desktop, resident, rest, until

if TYPE_CHECKING:
    from alcove.gui.chat.transcript import Transcript


def figures() -> Iterator[Figure]:
    """What the process takes of RAM: idle, with a long chat, and after reading all of it."""
    with desktop() as opened:
        until(lambda: opened.inventory.installed is not None)
        rest(5)
        yield Figure("MiB of the window's process, idle", resident(), 120)
        from alcove.chat.store import ConversationStore
        from benchmarks.window_samples import MESSAGES, fill

        with closing(ConversationStore(opened.paths.database)) as store:
            long = fill(store, MESSAGES)
        opened.window.open_page("chat")
        assert opened.chat is not None
        opened.chat.page.show_conversation(long)
        rest(5)
        yield Figure(f"MiB with a chat of {MESSAGES} messages", resident(), 200)
        transcript = opened.chat.page.transcript
        _read_upwards(transcript)
        yield Figure("MiB once all of it was read", resident(), 200)


def _read_upwards(transcript: Transcript) -> None:
    bar = transcript.verticalScrollBar()
    while bar.value() > 0:
        bar.setValue(bar.value() - transcript.viewport().height())
        rest(0.01)
