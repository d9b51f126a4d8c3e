"""Conversations leave as files and come back, their own and those of other programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alcove.catalog.model import Sampling
from alcove.chat.conversation import Attachment, Conversation, Figures, Message
from alcove.chat.copies import Copy
from alcove.chat.export import to_json
from alcove.chat.importing import read_conversations
from alcove.chat.markdown_file import to_markdown_file
from alcove.chat.search import find
from alcove.chat.setup import Setup
from alcove.chat.store import ConversationStore
from alcove.errors import ImportFailed

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
FIGURES = Figures("stop", 12, 4, 3, 0.25, 480.0, 31.5, 2048)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    with closing(ConversationStore(tmp_path / "alcove.db")) as made:
        yield made


def make(store: ConversationStore) -> Conversation:
    """Start a conversation with branches, files, figures and a setup."""
    setup = Setup("Be brief.", Sampling(temperature=0.2), seed=4)
    made = store.create("starter", setup).id
    files = (Attachment("a.csv", "table", "x,y\n1,2"),)
    question = store.append(made, None, "user", "Why 天气?", attachments=files)
    first = store.append(made, question.id, "assistant", "Because.", model="SmolLM2")
    store.save(replace(first, reasoning="hm", reasoning_s=1.5, figures=FIGURES))
    second = store.append(made, question.id, "assistant", "", model="SmolLM2", state="partial")
    store.save(replace(second, state="failed", failure="It ended."))
    store.choose(made, first.id)
    store.pin(made, pinned=True)
    store.move(made, "Work")
    found = store.conversation(made)
    assert found is not None
    return found


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def told(copy: Copy) -> list[tuple[Any, ...]]:
    """Return what the messages say, each with the text of the one before it."""
    texts = {one.id: one.text for one in copy.messages}
    return [(one.role, one.text, texts.get(one.parent or 0)) for one in copy.messages]


def bare(messages: tuple[Message, ...]) -> list[Message]:
    """Return messages without their ids."""
    return [replace(one, id=0, conversation=0, parent=None) for one in messages]


def test_json_brings_everything_back(store: ConversationStore, tmp_path: Path) -> None:
    original = make(store)
    path = write(tmp_path / "chats.json", to_json([store.copy(original)]))
    (copy,) = read_conversations(path, NOW)
    adopted = store.adopt(copy)
    assert adopted.id != original.id
    assert replace(adopted, id=0, leaf=0) == replace(original, id=0, leaf=0)
    assert store.setup(adopted.id) == store.setup(original.id)
    assert bare(store.messages(adopted.id)) == bare(store.messages(original.id))
    assert bare(store.branch(adopted.id)) == bare(store.branch(original.id))
    assert len(store.siblings(store.branch(adopted.id)[1])) == 2
    assert len(find(store.path, "天气")) == 2


def test_markdown_brings_the_branch_back(store: ConversationStore, tmp_path: Path) -> None:
    conversation = store.create("starter").id
    tricky = "## You\n\nno, me\n\n<!-- alcove user -->\n## You\n\n```\n# Title\n```"
    question = store.append(conversation, None, "user", "A title\n\nand more")
    store.append(conversation, question.id, "assistant", tricky, model="SmolLM2")
    found = store.conversations()[0]
    text = to_markdown_file(found, store.branch(conversation))
    (copy,) = read_conversations(write(tmp_path / "chat.md", text), NOW)
    assert copy.conversation.title == "A title and more"
    assert told(copy) == [
        ("user", "A title\n\nand more", None),
        ("assistant", tricky, "A title\n\nand more"),
    ]
    assert copy.messages[1].model == "SmolLM2"
    adopted = store.adopt(copy)
    assert [one.text for one in store.branch(adopted.id)] == ["A title\n\nand more", tricky]


CHATGPT = {
    "title": "Bread",
    "create_time": 1697000000.5,
    "update_time": 1697000100.0,
    "current_node": "d",
    "mapping": {
        "root": {"id": "root", "message": None, "parent": None, "children": ["s"]},
        "s": {
            "message": {"author": {"role": "system"}, "content": {"parts": [""]}},
            "parent": "root",
            "children": ["a"],
        },
        "a": {
            "message": {
                "author": {"role": "user"},
                "content": {"content_type": "text", "parts": ["How?", {"image": 1}]},
                "create_time": 1697000001.0,
            },
            "parent": "s",
            "children": ["b", "c"],
        },
        "b": {
            "message": {"author": {"role": "assistant"}, "content": {"parts": ["Knead."]}},
            "parent": "a",
            "children": [],
        },
        "c": {
            "message": {
                "author": {"role": "assistant"},
                "content": {"content_type": "code", "text": "search()"},
                "recipient": "browser",
            },
            "parent": "a",
            "children": ["t"],
        },
        "t": {
            "message": {"author": {"role": "tool"}, "content": {"parts": ["found"]}},
            "parent": "c",
            "children": ["d"],
        },
        "d": {
            "message": {
                "author": {"role": "assistant"},
                "content": {"content_type": "text", "parts": ["Fold."]},
                "metadata": {"model_slug": "gpt-4o"},
            },
            "parent": "t",
            "children": [],
        },
    },
}

OPEN_WEBUI = {
    "id": "1",
    "title": "Weather",
    "created_at": 1697000000,
    "updated_at": 1697000100,
    "chat": {
        "title": "Weather",
        "history": {
            "currentId": "m2",
            "messages": {
                "m1": {"id": "m1", "parentId": None, "role": "user", "content": "Rain?"},
                "m2": {
                    "id": "m2",
                    "parentId": "m1",
                    "role": "assistant",
                    "model": "llama3:8b",
                    "timestamp": 1697000050,
                    "content": '<details type="reasoning" done="true" duration="2">\n'
                    "<summary>Thought for 2 seconds</summary>\n&gt; Let me\n&gt; see.\n</details>\n"
                    "Yes.",
                },
            },
        },
    },
}


def test_chatgpt_is_read(store: ConversationStore, tmp_path: Path) -> None:
    path = write(tmp_path / "conversations.json", [CHATGPT, CHATGPT | {"mapping": {}}])
    (copy,) = read_conversations(path, NOW)
    assert told(copy) == [
        ("user", "How?", None),
        ("assistant", "Knead.", "How?"),
        ("assistant", "Fold.", "How?"),
    ]
    adopted = store.adopt(copy)
    assert [one.text for one in store.branch(adopted.id)] == ["How?", "Fold."]
    assert (adopted.title, adopted.target, adopted.created.year) == ("Bread", "", 2023)
    assert store.branch(adopted.id)[-1].model == "gpt-4o"


def test_open_webui_is_read(tmp_path: Path) -> None:
    (copy,) = read_conversations(write(tmp_path / "export.json", [OPEN_WEBUI]), NOW)
    assert told(copy) == [("user", "Rain?", None), ("assistant", "Yes.", "Rain?")]
    answer = copy.messages[1]
    assert (answer.reasoning, answer.model) == ("Let me\nsee.", "llama3:8b")
    assert answer.created == datetime.fromtimestamp(1697000050, UTC)


def test_circle_of_messages_ends(store: ConversationStore, tmp_path: Path) -> None:
    messages = {
        key: {"parentId": parent, "role": "user", "content": key}
        for key, parent in (("a", "b"), ("b", "a"))
    }
    chat = {"title": "", "chat": {"history": {"currentId": "a", "messages": messages}}}
    (copy,) = read_conversations(write(tmp_path / "export.json", [chat]), NOW)
    assert {one.text for one in copy.messages} == {"a", "b"}
    assert len(store.messages(store.adopt(copy).id)) == 2


def test_half_of_a_letter_is_no_obstacle(store: ConversationStore, tmp_path: Path) -> None:
    text = to_json([store.copy(make(store))]).replace("Because.", "Because \\ud83d.")
    (copy,) = read_conversations(write(tmp_path / "a.json", text), NOW)
    assert store.branch(store.adopt(copy).id)[-1].text == "Because ?."


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("a.json", "no json", "no export of conversations that Alcove knows"),
        ("a.json", "[" * 100_000, "no export of conversations that Alcove knows"),
        ("a.json", {"some": "thing"}, "no export of conversations that Alcove knows"),
        ("a.json", [1, 2], "no export of conversations that Alcove knows"),
        ("a.json", [], "has no conversations"),
        ("a.json", {"format": "alcove-chats", "version": 99}, "newer version of Alcove"),
        (
            "a.json",
            {"format": "alcove-chats", "version": 1, "conversations": [{"title": "x"}]},
            "no export of conversations that Alcove knows",
        ),
        ("a.md", "# Title\n\ntext", "no conversation that Alcove exported"),
        ("a.md", "<!-- alcove-chat: alcove -->\n# Title\n", "has no conversations"),
    ],
)
def test_what_is_no_export_says_so(tmp_path: Path, name: str, content: Any, cause: str) -> None:
    with pytest.raises(ImportFailed, match=cause):
        read_conversations(write(tmp_path / name, content), NOW)


def test_file_that_is_gone_or_no_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="could not be read"):
        read_conversations(tmp_path / "gone.json", NOW)
    (tmp_path / "image.json").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ImportFailed, match="no export"):
        read_conversations(tmp_path / "image.json", NOW)


def test_tree_that_is_none_is_refused(store: ConversationStore, tmp_path: Path) -> None:
    document = json.loads(to_json([store.copy(make(store))]))
    document["conversations"][0]["messages"][0]["parent"] = 77
    with pytest.raises(ImportFailed):
        read_conversations(write(tmp_path / "a.json", document), NOW)


def test_second_store_changes_nothing(store: ConversationStore) -> None:
    conversation = make(store)
    store.delete(conversation.id)
    ConversationStore(store.path, again=True).close()
    store.restore(conversation.id)
    assert store.conversations() == (conversation,)
