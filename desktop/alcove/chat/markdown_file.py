"""A conversation as a Markdown file that can be read again.

Comments, which no viewer shows, mark where a message begins, since an answer may have headings like
those that name the authors. The mark is named in the first line, and stands in no message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from itertools import count

from alcove.chat.conversation import Conversation, Message
from alcove.chat.copies import Copy
from alcove.chat.export import author_of, said
from alcove.errors import ImportFailed
from alcove.i18n import _

_FIRST = re.compile(r"\A<!-- alcove-chat: (\S+) -->\n+# ([^\n]*)\n")


def to_markdown_file(conversation: Conversation, branch: Iterable[Message]) -> str:
    """Return the branch in view as Markdown, as ``from_markdown`` reads it."""
    messages = tuple(branch)
    marks = ("alcove" + (f"-{number}" if number else "") for number in count())
    mark = next(one for one in marks if all(f"<!-- {one} " not in m.text for m in messages))
    parts = [f"<!-- alcove-chat: {mark} -->", f"# {conversation.title}"]
    for message in messages:
        parts += [f"<!-- {mark} {message.role} -->\n## {author_of(message)}", *said(message)]
    return "\n\n".join(parts) + "\n"


def from_markdown(text: str, now: datetime) -> tuple[Copy, ...]:
    """Read what ``to_markdown_file`` wrote; raises ImportFailed where it did not.

    What the file does not tell, such as when it was said, is of ``now``.
    """
    text = text.replace("\r\n", "\n")
    first = _FIRST.match(text)
    if first is None:
        raise ImportFailed(
            _("This Markdown file is no conversation that Alcove exported."),
            _("Attach it to a message instead."),
        )
    begin = re.compile(rf"^<!-- {re.escape(first[1])} (user|assistant) -->\n## ([^\n]*)\n", re.M)
    pieces = begin.split(text[first.end() :])[1:]
    told = list(zip(pieces[0::3], pieces[1::3], pieces[2::3], strict=True))
    messages = tuple(
        Message(
            id=number,
            conversation=0,
            parent=number - 1 or None,
            role="user" if role == "user" else "assistant",
            text=said_.strip(),
            created=now,
            model=author if role == "assistant" else None,
        )
        for number, (role, author, said_) in enumerate(told, 1)
    )
    conversation = Conversation(0, first[2], "", len(messages) or None, now, now)
    return (Copy(conversation, messages),) if messages else ()
