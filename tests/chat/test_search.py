"""Words are found in all conversations, whatever the script."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from alcove.chat.database import VERSION_1
from alcove.chat.search import find
from alcove.chat.store import ConversationStore
from alcove.chat.words import places_of, snippet_of
from alcove.database import Tables, migrate
from alcove.errors import StorageError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alcove.db"


@pytest.fixture
def store(path: Path) -> Iterator[ConversationStore]:
    with closing(ConversationStore(path)) as made:
        yield made


def tell(store: ConversationStore, title: str, *texts: str) -> int:
    """Start a conversation that is called ``title`` and return its id."""
    conversation = store.create("starter").id
    parent = None
    for number, text in enumerate(texts):
        role = "assistant" if number % 2 else "user"
        parent = store.append(conversation, parent, role, text).id
    store.rename(conversation, title)
    return conversation


def titles(path: Path, sought: str) -> list[str]:
    return [one.conversation.title for one in find(path, sought)]


@pytest.mark.parametrize(
    "sought",
    [
        "rye",
        "RYE fl",
        "flour rye",
        "100%",
        "cafe",
        "CAFÉ",
        "don't",
        "snake_case",
        "天气",
        "气",
        "天气很",
        "ひらがな",
        "날씨",
        "ประเทศ",
        "café 天气",
    ],
)
def test_what_the_text_has_is_found(store: ConversationStore, path: Path, sought: str) -> None:
    tell(
        store,
        "Bread",
        "Don't: use 100% rye flour, snake_case, at the Café. 今天天气很好。",
        "カタカナとひらがな 오늘날씨 ในประเทศไทย",
        "100% rye flour café 天气",
    )
    tell(store, "Other", "Rain and sun; 你好.")
    assert titles(path, sought) == ["Bread"]


@pytest.mark.parametrize("sought", ["1%0", "ye flour", "气天", "rye sun", "--", '"', "NEAR(", "*"])
def test_what_no_text_has_is_not_found(store: ConversationStore, path: Path, sought: str) -> None:
    tell(store, "Bread", "Use 100% rye flour. 今天天气很好。")
    tell(store, "Other", "Rain and sun.")
    assert titles(path, sought) == []


def test_titles_come_first_then_the_newest_message(store: ConversationStore, path: Path) -> None:
    tell(store, "Old", "weather")
    tell(store, "The weather", "Rain.")
    tell(store, "New", "no", "weathering", "weather again")
    found = find(path, "weather")
    assert [one.conversation.title for one in found] == ["The weather", "New", "Old"]
    assert found[0].message is None
    assert found[1].snippet.text == "weather again"
    assert [one.conversation.title for one in find(path, "weather", most=2)] == [
        "The weather",
        "New",
    ]


def test_what_changes_is_found_as_it_is_now(store: ConversationStore, path: Path) -> None:
    conversation = tell(store, "Q", "question")
    message = store.branch(conversation)[0]
    answer = store.append(conversation, message.id, "assistant", "", state="partial")
    store.save(replace(answer, text="first thoughts"))
    assert titles(path, "thoughts") == ["Q"]
    store.save(replace(answer, text="second"))
    assert titles(path, "thoughts") == []
    assert titles(path, "second") == ["Q"]


def test_deleted_conversations_are_not_found(store: ConversationStore, path: Path) -> None:
    conversation = tell(store, "Secret", "unspeakable")
    store.delete(conversation)
    assert find(path, "unspeakable") == ()
    store.restore(conversation)
    assert titles(path, "unspeakable") == ["Secret"]
    store.delete(conversation)
    store.close()
    with closing(ConversationStore(path)), closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count(*) FROM chat_words").fetchone() == (0,)


def test_conversations_of_an_older_version_are_kept_and_found(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        migrate(old, Tables("chat", (VERSION_1,)))
        old.execute("INSERT INTO chat_conversations VALUES (7, 'Old', 'starter', 1, 1, 2, 0)")
        old.execute(
            "INSERT INTO chat_messages VALUES"
            " (1, 7, NULL, 'user', '今天天气', '', NULL, NULL, 'complete', NULL, NULL, 1)"
        )
    with closing(ConversationStore(path)) as store:
        (conversation,) = store.conversations()
        assert (conversation.title, conversation.pinned, conversation.folder) == ("Old", False, "")
        assert [one.text for one in store.branch(7)] == ["今天天气"]
        assert titles(path, "天气") == ["Old"]


def test_search_of_a_damaged_file_says_so(path: Path) -> None:
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(StorageError, match="damaged"):
        find(path, "anything")


def test_snippet_shows_the_first_place_of_a_long_text() -> None:
    text = "word " * 500 + "the needle\n\nin a haystack" + " more" * 500
    snippet = snippet_of(("needle", "hay"), text)
    assert len(snippet.text) < 120
    assert [snippet.text[a:b] for a, b in snippet.marks] == ["needle", "hay"]
    assert snippet_of(("absent",), "a\n b").text == "a b"


def test_places_are_the_beginnings_of_words() -> None:
    assert places_of(("at",), "At that Atlas") == ((0, 2), (8, 10))
    assert places_of(("气",), "天气 气") == ((1, 2), (3, 4))
    assert places_of((), "anything") == ()
