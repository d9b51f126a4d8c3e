from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from alcove.engine.answer import ToolCall, Turn
from alcove.engine.template import ChatTemplate, Prompt, TemplateOptions
from alcove.engine.templates.renderer import Renderer
from alcove.engine.tools import Tool
from alcove.errors import RequestError

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}[{{ message.role }}] {{ message.content }} {% endfor %}"
)
LAST = "{{ messages[-1] | tojson }}"
USER = Turn("user", "Hi")
TOOL = Tool({"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}})


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


class Render:
    """Renders with the process that the tests of this module share."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def template(self, source: str, **more: str) -> ChatTemplate:
        return ChatTemplate(source, "<s>", "</s>", renderer=self._renderer, **more)

    def __call__(self, source: str, *turns: Turn, **options: Any) -> str:
        return self.template(source).render(turns, options=TemplateOptions(**options)).text


@pytest.fixture
def render(renderer: Renderer) -> Render:
    return Render(renderer)


def test_the_template_of_the_file_is_used(render: Render) -> None:
    assert render(CHATML, Turn("system", "Be brief."), USER) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_text_comes_back_as_it_went(render: Render) -> None:
    text = "世界 🦙 \0\x1b\r\n\ud800 <b>&amp;"
    assert render("{{ messages[0].content }}", Turn("user", text)) == text


def test_an_answer_need_not_be_begun(render: Render) -> None:
    text = render(CHATML, USER, generation_prompt=False)
    assert text == "<|im_start|>user\nHi<|im_end|>\n"


def test_a_template_has_a_process_of_its_own() -> None:
    assert ChatTemplate(CHATML, "", "").render((USER,)).text.endswith("assistant\n")


def test_a_system_message_that_the_template_refuses_goes_before_the_first_question(
    render: Render,
) -> None:
    assert render(NO_SYSTEM, Turn("system", "Be brief."), USER) == "<s>[user] Be brief.\n\nHi "


def test_what_is_wrong_with_a_conversation_is_said_by_the_template(render: Render) -> None:
    source = "{{ raise_exception('One question at a time!') }}"
    with pytest.raises(RequestError, match="refused this conversation: One question at a time"):
        render(source, Turn("system", "Be brief."), USER)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (TemplateOptions(), "User: Hi\n\nAssistant: Hello, I\n\nAssistant:"),
        (TemplateOptions(generation_prompt=False), "User: Hi\n\nAssistant: Hello, I"),
        (TemplateOptions(continue_last=True), "User: Hi\n\nAssistant: Hello, I"),
    ],
)
@pytest.mark.parametrize("source", [None, ""])
def test_a_model_without_a_template_continues_a_transcript(
    source: str | None, options: TemplateOptions, text: str
) -> None:
    template = ChatTemplate(source, "<s>", "</s>")
    prompt = template.render((USER, Turn("assistant", "Hello, I")), options=options)
    assert prompt == Prompt(text, ("\nUser:", "\nSystem:"))
    assert not template.supports_tools


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{% for %}", "cannot be read"),
        ("{{ 'a' | no_such_filter }}", "cannot be read"),
        ("{{ raise_exception('no') }}", "refused this conversation: no"),
        ("{{ 1/0 }}", "failed: division by zero"),
        ("{{ x.y.z }}", "failed"),
        ("{{ x | tojson }}", "failed"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "failed"),
        ("{{ messages.append(1) }}", "failed"),
        ("{% set space = namespace(_a=1) %}", "failed"),
        ("{% set space = namespace() %}{% set space.__call__ = 1 %}", "failed"),
        ("\0{{", "cannot be read"),
    ],
)
def test_a_template_that_fails_is_one_sentence(render: Render, source: str, sentence: str) -> None:
    with pytest.raises(RequestError, match=f"chat template.*{sentence}") as caught:
        render(source, USER)
    assert caught.value.advice


def test_a_generation_block_is_its_content(render: Render) -> None:
    source = "{% generation %}{% set x = 1 %}{{ messages[0].content }}{% endgeneration %}!{{ x }}"
    assert render(source, USER) == "Hi!"


def test_loops_can_be_left(render: Render) -> None:
    source = "{% for i in range(9) %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}"
    assert render(source, USER) == "012"


def test_tojson_takes_what_transformers_allows(render: Render) -> None:
    source = "{{ {'b': 'é<', 'a': 1} | tojson%s }}"
    assert render(source % "", USER) == '{"b": "é<", "a": 1}'
    assert render(source % "(true, none, (',', ':'), true)", USER) == '{"a":1,"b":"\\u00e9<"}'
    assert render(source % "(indent=1)", USER) == '{\n "b": "é<",\n "a": 1\n}'


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        (USER, '{"role": "user", "content": "Hi"}'),
        (
            Turn("assistant", "4", reasoning="2 + 2"),
            '{"thinking": "2 + 2", "role": "assistant", "content": "4", '
            '"reasoning_content": "2 + 2"}',
        ),
        (
            Turn("assistant", "", tool_calls=(ToolCall("look", '{"at": [1.0]}', "a1"),)),
            '{"role": "assistant", "content": "", "tool_calls": [{"id": "a1", "type": "function", '
            '"function": {"name": "look", "arguments": {"at": [1.0]}}}]}',
        ),
        (
            Turn("tool", "a cat", tool_call_id="a1", name="look"),
            '{"role": "tool", "content": "a cat", "tool_call_id": "a1", "name": "look"}',
        ),
    ],
)
def test_a_message_has_what_the_turn_has(render: Render, turn: Turn, message: str) -> None:
    assert render(LAST, turn) == message


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ("", "{}"),
        ("[1]", '"[1]"'),
        ("{a", '"{a"'),
        ("[" * 100_000, '"' + "[" * 100_000 + '"'),
    ],
)
def test_arguments_are_an_object_if_they_are_one(render: Render, text: str, arguments: str) -> None:
    source = "{{ messages[0].tool_calls[0].function.arguments | tojson }}"
    assert render(source, Turn("assistant", "", tool_calls=(ToolCall("f", text),))) == arguments


def test_a_template_that_wants_arguments_as_text_gets_them_so(render: Render) -> None:
    source = "{{ '<' + messages[1].tool_calls[0].function.arguments + '>' }}"
    turns = (USER, Turn("assistant", "", tool_calls=(ToolCall("f", '{"a": 1}'),)))
    assert render(source, *turns) == '<{"a": 1}>'


def test_tools_are_given_as_they_were_sent(render: Render) -> None:
    template = render.template("{{ tools | tojson }}")
    assert template.render((USER,), tools=(TOOL,)).text == (
        '[{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]'
    )
    assert template.render((USER,)).text == "null"
    assert (TOOL.name, TOOL.parameters) == ("look", {"type": "object"})


def test_a_template_for_tools_is_used_with_tools(render: Render) -> None:
    template = render.template("plain", tool_source="with {{ tools[0].function.name }}")
    assert template.render((USER,)).text == "plain"
    assert template.render((USER,), tools=(TOOL,)).text == "with look"
    assert template.supports_tools


def test_variables_reach_the_template(render: Render) -> None:
    source = "{{ enable_thinking }} {{ reasoning_effort }} {{ documents | length }}"
    variables: Mapping[str, Any] = {"enable_thinking": False, "reasoning_effort": "low"}
    documents = ({"text": "a"}, {"text": "b"})
    assert render(source, USER, variables=variables, documents=documents) == "False low 2"


def test_variables_do_not_replace_the_conversation(render: Render) -> None:
    source = "{{ messages | length }} {{ tools }} {{ bos_token }}{{ add_generation_prompt }}"
    names = ("messages", "tools", "bos_token", "eos_token", "add_generation_prompt", "self")
    assert render(source, USER, variables=dict.fromkeys(names, "x")) == "1 None <s>True"


def test_a_token_that_the_model_lacks_is_undefined(renderer: Renderer) -> None:
    template = ChatTemplate("{{ bos_token is defined }}", "", "", renderer=renderer)
    variables = {"bos_token": "<x>"}
    prompt = template.render((USER,), options=TemplateOptions(variables=variables))
    assert prompt.text == "False"


@pytest.mark.parametrize(
    ("filtered", "content", "text"),
    [
        ("content", "Hello, I", "<a>Hello, I"),
        ("content", "Hello, I ", "<a>Hello, I "),
        ("content | trim", " Hello, I ", "<a>Hello, I"),
        ("content", "", "<a>"),
    ],
)
def test_an_answer_is_continued(render: Render, filtered: str, content: str, text: str) -> None:
    source = "<a>{{ messages[-1].%s }}</a>{%% if add_generation_prompt %%}<a>{%% endif %%}"
    turns = (USER, Turn("assistant", content))
    assert render(source % filtered, *turns, continue_last=True) == text


def test_reasoning_is_continued_where_there_is_no_answer_yet(render: Render) -> None:
    source = "<think>{{ messages[-1].reasoning_content }}</think>{{ messages[-1].content }}"
    assert render(source, USER, Turn("assistant", "", "So,"), continue_last=True) == "<think>So,"
    turns = (USER, Turn("assistant", "It", "So, "))
    assert render(source, *turns, continue_last=True) == "<think>So, </think>It"


@pytest.mark.parametrize("source", ["nothing", "{{ messages[-1].content | replace('Hello', '') }}"])
def test_an_answer_that_the_template_changes_cannot_be_continued(
    render: Render, source: str
) -> None:
    with pytest.raises(RequestError, match="no room to continue"):
        render(source, USER, Turn("assistant", "Hello"), continue_last=True)


@pytest.mark.parametrize("turns", [(), (USER,)])
def test_only_an_answer_is_continued(render: Render, turns: tuple[Turn, ...]) -> None:
    with pytest.raises(RequestError, match="Only an answer"):
        render(CHATML, *turns, continue_last=True)


def test_what_a_template_supports_is_what_it_reads(render: Render) -> None:
    template = render.template(
        "{% if tools %}{% set tools = x.tools %}{{ tools.length }}{% endif %}"
    )
    assert template.supports_tools
    template = render.template("{% set tools = x.tools %}'tools'{{ my_tools }}")
    assert not template.supports_tools
