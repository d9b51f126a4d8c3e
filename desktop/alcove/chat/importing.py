"""Conversations out of files: what Alcove exported, and the exports of ChatGPT and Open WebUI."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from alcove.chat.conversation import Attachment, Conversation, Figures, Kind, Message, title_of
from alcove.chat.copies import Copy
from alcove.chat.export import FORMAT, VERSION
from alcove.chat.foreign import Foreign, from_chatgpt, from_open_webui
from alcove.chat.markdown_file import from_markdown
from alcove.chat.setup import from_document
from alcove.errors import ImportFailed, reason
from alcove.i18n import _

_BROKEN = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
_MOST_BYTES = 2_000_000_000


def read_conversations(path: Path, now: datetime) -> tuple[Copy, ...]:
    """Return the conversations of a file; raises ImportFailed with the reason.

    What tells no time is of ``now``. It may take a while.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ImportFailed(_("{name} is too large.").format(name=path.name))
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ImportFailed(
            _("{name} could not be read: {reason}.").format(name=path.name, reason=reason(error)),
            _("Check that it is still there and that you may read it."),
        ) from error
    except UnicodeDecodeError as error:
        raise _unknown(path) from error
    copies = _read(path, text, now)
    if not copies:
        raise ImportFailed(_("{name} has no conversations.").format(name=path.name))
    return copies


def _read(path: Path, text: str, now: datetime) -> tuple[Copy, ...]:
    if path.suffix.lower() in {".md", ".markdown"}:
        return from_markdown(text, now)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unknown(path) from error
    try:
        return _from_document(document, now)
    except _BROKEN as error:
        raise _unknown(path) from error


def _from_document(document: Any, now: datetime) -> tuple[Copy, ...]:  # noqa: ANN401 - any JSON
    if isinstance(document, dict) and document.get("format") == FORMAT:
        if document["version"] > VERSION:
            raise ImportFailed(
                _("The file was written by a newer version of Alcove."),
                _("Update Alcove to read it."),
            )
        return tuple(_copy(one) for one in document["conversations"])
    chats = document if isinstance(document, list) else [document]
    foreign = [one for chat in chats if (one := _foreign(chat)) is not None and one.messages]
    return tuple(_adopted(one, now) for one in foreign)


def _foreign(chat: dict[str, Any]) -> Foreign | None:
    if "mapping" in chat:
        return from_chatgpt(chat)
    if isinstance(chat.get("chat"), dict) and "history" in chat["chat"]:
        return from_open_webui(chat)
    raise ValueError("no known format")


def _adopted(foreign: Foreign, now: datetime) -> Copy:
    """Number the messages of another program, each after the one that it follows."""
    numbers = {message.key: number for number, message in enumerate(foreign.messages, 1)}
    created = _moment(foreign.created, now)
    messages: list[Message] = []
    for number, one in enumerate(foreign.messages, 1):
        above = numbers.get(one.parent or "", number)
        messages.append(
            Message(
                id=number,
                conversation=0,
                parent=above if above < number else None,
                role=one.role,
                text=_clean(one.text),
                created=_moment(one.created, created),
                model=one.model,
                reasoning=_clean(one.reasoning),
            )
        )
    title = _clean(foreign.title.strip()) or title_of(messages[0].text)
    leaf = numbers.get(foreign.leaf or "", messages[-1].id)
    updated = _moment(foreign.updated, created)
    return Copy(Conversation(0, title, "", leaf, created, updated), tuple(messages))


def _copy(document: dict[str, Any]) -> Copy:
    conversation = Conversation(
        0,
        _clean(document["title"]),
        str(document["target"]),
        document["leaf"],
        datetime.fromisoformat(document["created"]),
        datetime.fromisoformat(document["updated"]),
        bool(document.get("pinned")),
        str(document.get("folder", "")),
    )
    setup = from_document(document.get("setup") or {})
    return Copy(conversation, tuple(_messages(document["messages"])), setup)


def _messages(documents: Iterable[dict[str, Any]]) -> Iterable[Message]:
    known: set[int | None] = {None}
    for document in documents:
        if document["role"] not in {"user", "assistant"} or document["parent"] not in known:
            raise ValueError("no tree of messages")
        known.add(document["id"])
        figures = document.get("figures")
        yield Message(
            id=document["id"],
            conversation=0,
            parent=document["parent"],
            role=document["role"],
            text=_clean(document["text"]),
            created=datetime.fromisoformat(document["created"]),
            state=document["state"],
            reasoning=_clean(document.get("reasoning", "")),
            reasoning_s=document.get("reasoning_s"),
            model=document.get("model"),
            failure=document.get("failure"),
            figures=Figures(**figures) if figures else None,
            attachments=tuple(map(_attachment, document.get("attachments", ()))),
        )


def _attachment(document: dict[str, Any]) -> Attachment:
    if document["kind"] not in get_args(Kind):
        raise ValueError("no kind of file")
    return Attachment(_clean(document["name"]), document["kind"], _clean(document["text"]))


def _clean(text: str) -> str:
    """Return ``text`` without halves of letters, which JSON can hold and a database cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _moment(seconds: float | None, otherwise: datetime) -> datetime:
    """Return a time given in seconds, or in thousandths of them."""
    if not seconds:
        return otherwise
    return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)


def _unknown(path: Path) -> ImportFailed:
    return ImportFailed(
        _("{name} is no export of conversations that Alcove knows.").format(name=path.name),
        _(
            "It reads what it exported itself, conversations.json of ChatGPT, and the JSON export "
            "of Open WebUI."
        ),
    )
