"""What the side bar lists: headings, and conversations below them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from alcove.chat.conversation import Conversation
from alcove.chat.search import Found
from alcove.chat.words import NO_SNIPPET, Snippet
from alcove.i18n import _


@dataclass(frozen=True)
class Heading:
    """Stands above conversations: those pinned, those of a folder, or all others."""

    text: str
    folder: str = ""
    pinned: bool = False
    folded: bool = False


@dataclass(frozen=True)
class Entry:
    """A conversation; where one was searched for, the message found and a line out of it."""

    conversation: Conversation
    message: int | None = None
    snippet: Snippet = NO_SNIPPET


Row = Heading | Entry


def arranged(
    conversations: Iterable[Conversation], folded: Callable[[Heading], bool]
) -> tuple[Row, ...]:
    """Return the pinned conversations, then the folders by name, then the others.

    ``folded`` says whether what is below a heading is hidden. Without pins and folders there are
    no headings.
    """
    groups: dict[Heading, list[Conversation]] = {}
    for one in conversations:
        groups.setdefault(_heading(one), []).append(one)
    if len(groups) == 1 and _OTHERS in groups:
        return tuple(map(Entry, groups[_OTHERS]))
    rows: list[Row] = []
    for heading in sorted(groups, key=_place):
        hidden = folded(heading)
        rows.append(replace(heading, text=heading.text or _("Chats"), folded=hidden))
        rows += () if hidden else map(Entry, groups[heading])
    return tuple(rows)


def found_rows(found: Iterable[Found]) -> tuple[Row, ...]:
    """Return the conversations found, without headings."""
    return tuple(Entry(one.conversation, one.message, one.snippet) for one in found)


_OTHERS = Heading("")


def _heading(conversation: Conversation) -> Heading:
    if conversation.pinned:
        return Heading(_("Pinned"), pinned=True)
    return Heading(conversation.folder, conversation.folder)


def _place(heading: Heading) -> tuple[bool, bool, str]:
    return (not heading.pinned, not heading.folder, heading.folder.casefold())
