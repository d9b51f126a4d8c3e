"""Conversations as files: Markdown to read, JSON with everything that is known of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from alcove.chat.attachments import as_prompt
from alcove.chat.conversation import Conversation, Message
from alcove.chat.copies import Copy
from alcove.chat.setup import to_document
from alcove.i18n import _

FORMAT = "alcove-chats"
"""What the JSON says it is."""
VERSION = 1


def to_markdown(conversation: Conversation, branch: Iterable[Message]) -> str:
    """Return the branch in view as Markdown: the title, then each message under its author."""
    parts = [f"# {conversation.title}"]
    for message in branch:
        parts += [f"## {author_of(message)}", *said(message)]
    return "\n\n".join(parts) + "\n"


def author_of(message: Message) -> str:
    """Return who said it, in words."""
    return _("You") if message.role == "user" else message.model or _("Answer")


def said(message: Message) -> list[str]:
    """Return the files that go with a message and its text, as Markdown, without what is empty."""
    return [*map(as_prompt, message.attachments), *filter(None, [message.text.strip()])]


def to_json(copies: Iterable[Copy]) -> str:
    """Return conversations as a JSON document, which ``read_conversations`` reads again."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "conversations": [_conversation(copy) for copy in copies],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _conversation(copy: Copy) -> dict[str, Any]:
    conversation = copy.conversation
    return {
        "title": conversation.title,
        "target": conversation.target,
        "created": conversation.created.isoformat(),
        "updated": conversation.updated.isoformat(),
        "pinned": conversation.pinned,
        "folder": conversation.folder,
        "setup": to_document(copy.setup),
        "leaf": conversation.leaf,
        "messages": [_message(message) for message in copy.messages],
    }


def _message(message: Message) -> dict[str, Any]:
    """Return the fields of a message that say something."""
    document = asdict(message) | {"created": message.created.isoformat(), "conversation": None}
    told = {name: value for name, value in document.items() if value not in (None, "", ())}
    return told | {"parent": message.parent, "text": message.text}
