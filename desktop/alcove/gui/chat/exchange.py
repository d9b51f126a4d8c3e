"""Exporting and importing conversations, in tasks with a store of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from alcove.chat.conversation import Conversation
from alcove.chat.export import to_json
from alcove.chat.importing import read_conversations
from alcove.chat.markdown_file import to_markdown_file
from alcove.chat.store import ConversationStore
from alcove.errors import AlcoveError, StorageError, reason
from alcove.gui.tasks import Report, Tasks
from alcove.i18n import _, ngettext

T = TypeVar("T")

_Step = tuple[int, int]


class Exchange(QObject):
    """Writes and reads files.

    ``told`` carries what is being done, or was, as a sentence; ``imported`` the ids of the
    conversations that came; ``failed`` an AlcoveError to show.
    """

    told = Signal(str)
    imported = Signal(object)
    failed = Signal(object)

    def __init__(self, tasks: Tasks, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._path = path

    def export(self, conversation: Conversation | None, path: Path) -> None:
        """Write a conversation as Markdown or JSON, as ``path`` ends; None: all of them as JSON."""
        self._run(
            partial(_export, self._path, conversation, path),
            lambda _none: self.told.emit(_("Saved as {name}.").format(name=path.name)),
            _("Exporting chat {place} of {count}"),
        )

    def take_in(self, paths: Sequence[Path]) -> None:
        """Add the conversations of files to those that are here."""
        self._run(
            partial(_take_in, self._path, paths),
            self._arrive,
            _("Importing chat {place} of {count}"),
        )

    def _run(
        self,
        operation: Callable[[Report[_Step]], T],
        success: Callable[[T], None],
        sentence: str,
    ) -> None:
        def progress(steps: list[_Step]) -> None:
            place, count = steps[-1]
            self.told.emit(sentence.format(place=place, count=count))

        self._tasks.run(operation, success, self._fail, progress=progress)

    def _arrive(self, adopted: list[int]) -> None:
        count = len(adopted)
        sentence = ngettext("{count} chat imported.", "{count} chats imported.", count)
        self.told.emit(sentence.format(count=count))
        self.imported.emit(adopted)

    def _fail(self, error: AlcoveError) -> None:
        self.told.emit("")
        self.failed.emit(error)


def _export(
    database: Path, conversation: Conversation | None, path: Path, report: Report[_Step]
) -> None:
    with closing(ConversationStore(database, again=True)) as store:
        if conversation is not None and path.suffix.lower() != ".json":
            text = to_markdown_file(conversation, store.branch(conversation.id))
        else:
            chosen = store.conversations() if conversation is None else (conversation,)
            copies = []
            for place, one in enumerate(chosen, 1):
                report((place, len(chosen)))
                copies.append(store.copy(one))
            text = to_json(copies)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            _("{path} could not be written: {reason}.").format(path=path, reason=reason(error)),
            _("Choose another folder."),
        ) from error


def _take_in(database: Path, paths: Sequence[Path], report: Report[_Step]) -> list[int]:
    """Read all files before anything is taken in, so that a bad one changes nothing."""
    now = datetime.now(UTC)
    copies = [copy for path in paths for copy in read_conversations(path, now)]
    adopted: list[int] = []
    with closing(ConversationStore(database, again=True)) as store:
        for place, copy in enumerate(copies, 1):
            report((place, len(copies)))
            adopted.append(store.adopt(copy).id)
    return adopted
