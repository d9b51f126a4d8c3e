"""Attaching files: read in a task, priced in tokens, kept in the composer until they are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal

from alcove.chat.attachments import as_prompt, may_be_attached, read_attachment
from alcove.chat.conversation import Attachment
from alcove.errors import AlcoveError, AttachmentError, Cancelled
from alcove.gui.chat.attachment_strip import AttachmentStrip
from alcove.gui.latest import Latest
from alcove.gui.session import EngineClient, ModelSession
from alcove.gui.tasks import Report, Tasks
from alcove.i18n import _

MOST_FILES = 10
"""How many files go with one message."""
_CHARACTERS_A_TOKEN = 4
"""About as many there are in a token of English; used where no model is there to ask."""

_Step = tuple[Path, float]


class Attaching(QObject):
    """The files of the message being written.

    ``used`` returns how many tokens the conversation takes without them.
    """

    changed = Signal()
    """Files came or went, or are being read, or no more."""

    def __init__(
        self,
        tasks: Tasks,
        session: ModelSession,
        strip: AttachmentStrip,
        used: Callable[[], int],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._strip = strip
        self._used = used
        self._reading = Latest(tasks, self)
        self._counting = Latest(tasks, self)
        self._counts: dict[Attachment, int] = {}
        self.attachments: tuple[Attachment, ...] = ()
        strip.removed.connect(self._remove)
        strip.stopped.connect(self.stop)
        session.changed.connect(self._recount)

    @property
    def tokens(self) -> int:
        """How many tokens the files take, as far as is known, or else about."""
        return sum(self._counts.get(one, _about(one)) for one in self.attachments)

    def show(self, attachments: tuple[Attachment, ...]) -> None:
        """Go on with these files in place of those before."""
        self.stop()
        self._strip.say("")
        if attachments != self.attachments:
            self.attachments = attachments
            self._count()
            self.changed.emit()

    def add(self, paths: Sequence[Path]) -> None:
        """Read files and attach them; what cannot be attached is said with the reason."""
        if self._reading.busy:
            self._strip.say(_("Wait until the other files are read, or stop that."), "fair")
            return
        room = MOST_FILES - len(self.attachments)
        if len(paths) > room:
            self._strip.say(_("{most} files can go with a message.").format(most=MOST_FILES), "bad")
            return
        self._strip.say("")
        self._strip.show_reading(_("Reading {name}").format(name=paths[0].name))
        self._reading.ask(partial(_read, paths), self._take, self._refuse, self._progress)
        self.changed.emit()

    def stop(self) -> None:
        """Stop reading."""
        if self._strip.reading:
            self._reading.forget()
            self._strip.show_reading("")
            self.changed.emit()

    def _take(self, read: tuple[list[Attachment], list[AttachmentError]]) -> None:
        attachments, errors = read
        self._strip.show_reading("")
        self.attachments += tuple(one for one in attachments if one not in self.attachments)
        if errors:
            self._strip.say("\n".join(map(str, errors)), "bad")
        self._count()
        self.changed.emit()

    def _refuse(self, error: AlcoveError) -> None:
        self._strip.show_reading("")
        if not isinstance(error, Cancelled):
            self._strip.say(str(error), "bad")
        self.changed.emit()

    def _progress(self, steps: list[_Step]) -> None:
        path, fraction = steps[-1]
        share = f" {fraction:.0%}" if fraction else ""
        self._strip.show_reading(_("Reading {name}").format(name=path.name) + share)

    def _remove(self, place: int) -> None:
        self.attachments = self.attachments[:place] + self.attachments[place + 1 :]
        self._strip.say("")
        self._count()
        self.changed.emit()

    def _recount(self) -> None:
        """Count again with the model that is there now."""
        self._counts = {}
        self._count()

    def _count(self) -> None:
        self._show_costs()
        client = self._session.client
        missing = [one for one in self.attachments if one not in self._counts]
        if client is not None and missing:
            self._counting.ask(partial(_count, client, missing), self._counted, lambda _error: None)

    def _counted(self, counts: dict[Attachment, int]) -> None:
        self._counts |= counts
        self._show_costs()

    def _show_costs(self) -> None:
        self._strip.show_files(self.attachments, [self._cost(one) for one in self.attachments])
        properties = self._session.properties
        context = properties.context if properties else None
        room = None if context is None else context - self._used()
        if self.attachments and room is not None and self.tokens > room:
            self._strip.say(
                _(
                    "The files take {count} tokens, more than the {room} that are left of the "
                    "context. Attach less, begin a new chat, or load the model with more context."
                ).format(count=f"{self.tokens:,}", room=f"{max(room, 0):,}"),
                "bad",
            )

    def _cost(self, attachment: Attachment) -> str:
        if attachment in self._counts:
            return _("{count} tokens").format(count=f"{self._counts[attachment]:,}")
        return _("about {count} tokens").format(count=f"{_about(attachment):,}")


def attachable(content: QMimeData) -> list[Path]:
    """Return the files of what was dropped or pasted, if all of them may be attached."""
    urls = content.urls()
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    usable = len(paths) == len(urls) and all(map(may_be_attached, paths))
    return paths if usable else []


def _read(
    paths: Sequence[Path], report: Report[_Step]
) -> tuple[list[Attachment], list[AttachmentError]]:
    read: list[Attachment] = []
    errors: list[AttachmentError] = []
    for path in paths:
        try:
            read.append(read_attachment(path, partial(_tell, report, path)))
        except AttachmentError as error:
            errors.append(error)
    return read, errors


def _tell(report: Report[_Step], path: Path, fraction: float) -> None:
    report((path, fraction))


def _count(
    client: EngineClient, attachments: Sequence[Attachment], report: Report[int]
) -> dict[Attachment, int]:
    counts: dict[Attachment, int] = {}
    for one in attachments:
        report(0)
        if (count := client.count_tokens(as_prompt(one))) is not None:
            counts[one] = count
    return counts


def _about(attachment: Attachment) -> int:
    return max(1, len(as_prompt(attachment)) // _CHARACTERS_A_TOKEN)
