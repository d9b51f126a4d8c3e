"""What other programs export: conversations.json of ChatGPT, and the chats of Open WebUI.

Both are trees of messages with ids of their own. ChatGPT keeps them in "mapping", with "parent" and
"children" around a "message" whose content is in "parts"; Open WebUI keeps them in
"chat.history.messages", with "parentId", and reasoning in the text, inside of <details>.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from typing import Any

from alcove.chat.conversation import Role

_DETAILS = re.compile(r"<details\b([^>]*)>(.*?)</details>\s*", re.DOTALL)
_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)
_QUOTED = re.compile(r"^> ?", re.MULTILINE)


@dataclass(frozen=True)
class ForeignMessage:
    """A message under the key that the other program gave it; ``parent`` is the key of another."""

    key: str
    parent: str | None
    role: Role
    text: str
    created: float | None = None
    model: str | None = None
    reasoning: str = ""


@dataclass(frozen=True)
class Foreign:
    """A conversation. Times are in seconds, or thousandths; ``leaf`` ends the branch in view."""

    title: str
    messages: tuple[ForeignMessage, ...]
    leaf: str | None
    created: float | None = None
    updated: float | None = None


def from_chatgpt(chat: Mapping[str, Any]) -> Foreign:
    """Read a conversation of ChatGPT; raises KeyError and the like where it is none."""
    nodes: dict[str, Any] = chat["mapping"]

    def told(key: str) -> ForeignMessage | None:
        message = nodes[key].get("message") or {}
        role = (message.get("author") or {}).get("role")
        content = message.get("content") or {}
        parts = content.get("parts") if content.get("content_type") != "code" else None
        text = "\n\n".join(part for part in parts or () if isinstance(part, str)).strip()
        if (
            role not in {"user", "assistant"}
            or not text
            or message.get("recipient", "all") != "all"
        ):
            return None
        model = (message.get("metadata") or {}).get("model_slug")
        return ForeignMessage(key, None, role, text, message.get("create_time"), model)

    messages = _told(nodes, "parent", told)
    leaf = _nearest(nodes, "parent", chat.get("current_node"), {one.key for one in messages})
    title = str(chat.get("title") or "")
    return Foreign(title, messages, leaf, chat.get("create_time"), chat.get("update_time"))


def from_open_webui(chat: Mapping[str, Any]) -> Foreign:
    """Read a conversation of Open WebUI; raises KeyError and the like where it is none."""
    inner = chat["chat"]
    nodes: dict[str, Any] = inner["history"]["messages"]

    def told(key: str) -> ForeignMessage | None:
        node = nodes[key]
        role, content = node.get("role"), node.get("content")
        if role not in {"user", "assistant"} or not isinstance(content, str):
            return None
        text, reasoning = _without_details(content)
        model = node.get("model") if role == "assistant" else None
        made = ForeignMessage(key, None, role, text, node.get("timestamp"), model, reasoning)
        return made if text or reasoning else None

    messages = _told(nodes, "parentId", told)
    current = inner["history"].get("currentId")
    leaf = _nearest(nodes, "parentId", current, {one.key for one in messages})
    title = str(chat.get("title") or inner.get("title") or "")
    return Foreign(title, messages, leaf, chat.get("created_at"), chat.get("updated_at"))


def _told(
    nodes: Mapping[str, Any], parent: str, told: Callable[[str], ForeignMessage | None]
) -> tuple[ForeignMessage, ...]:
    """Return the messages that say something, each after the nearest one above it that does."""
    said = {key: message for key in nodes if (message := told(key)) is not None}
    order = sorted(said, key=lambda key: len(_line(nodes, parent, key)))
    found: list[ForeignMessage] = []
    for key in order:
        one = said[key]
        above = _nearest(nodes, parent, nodes[key].get(parent), said)
        found.append(replace(one, parent=above))
    return tuple(found)


def _nearest(
    nodes: Mapping[str, Any], parent: str, key: str | None, wanted: Container[str]
) -> str | None:
    """Return the first of ``wanted`` on the way from ``key`` up."""
    return next((one for one in _line(nodes, parent, key) if one in wanted), None)


def _line(nodes: Mapping[str, Any], parent: str, key: str | None) -> list[str]:
    """Return the keys from ``key`` up to the first message; a circle ends where it closes."""
    line: dict[str, None] = {}
    while key is not None and key in nodes and key not in line:
        line[key] = None
        key = nodes[key].get(parent)
    return list(line)


def _without_details(content: str) -> tuple[str, str]:
    """Return the text without its folded parts, and the reasoning among these."""
    reasoning: list[str] = []

    def take(found: re.Match[str]) -> str:
        if 'type="reasoning"' in found[1]:
            said = _QUOTED.sub("", html.unescape(_SUMMARY.sub("", found[2])).strip())
            reasoning.append(said.strip())
        return ""

    text = _DETAILS.sub(take, content).strip()
    return text, "\n\n".join(reasoning)
