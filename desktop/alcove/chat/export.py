"""A conversation as a Markdown file."""

from __future__ import annotations

from collections.abc import Iterable

from alcove.chat.attachments import as_prompt
from alcove.chat.conversation import Conversation, Message
from alcove.i18n import _


def to_markdown(conversation: Conversation, branch: Iterable[Message]) -> str:
    """Return the branch in view as Markdown: the title, then each message under its author."""
    parts = [f"# {conversation.title}"]
    for message in branch:
        author = _("You") if message.role == "user" else message.model or _("Answer")
        files = map(as_prompt, message.attachments)
        parts += [f"## {author}", *files, *filter(None, [message.text.strip()])]
    return "\n\n".join(parts) + "\n"
