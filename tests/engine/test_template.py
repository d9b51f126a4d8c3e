from __future__ import annotations

import pytest

from alcove.engine.answer import Turn
from alcove.engine.template import ChatTemplate
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


def render(source: str | None, *turns: Turn) -> str:
    return ChatTemplate(source, "<s>", "</s>").render(turns).text


def test_the_template_of_the_file_is_used() -> None:
    text = render(CHATML, Turn("system", "Be brief."), Turn("user", "Hi"))
    assert text == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_a_system_message_that_the_template_refuses_goes_before_the_first_question() -> None:
    text = render(NO_SYSTEM, Turn("system", "Be brief."), Turn("user", "Hi"))
    assert text == "<s>[user] Be brief.\n\nHi "


def test_a_model_without_a_template_continues_a_transcript() -> None:
    prompt = ChatTemplate(None, "<s>", "</s>").render((Turn("user", "Hi"),))
    assert prompt.text == "User: Hi\n\nAssistant:"
    assert "\nUser:" in prompt.stops


def test_a_prompt_that_opens_reasoning_is_noticed() -> None:
    template = ChatTemplate("{{ messages[0].content }}<think>\n", "", "")
    assert template.render((Turn("user", "Hi"),)).reasoning


@pytest.mark.parametrize(
    "source", ["{% for %}", "{{ raise_exception('no') }}", "{{ 1/0 }}", "{{ x.y.z }}"]
)
def test_a_template_that_fails_is_one_sentence(source: str) -> None:
    with pytest.raises(RequestError, match="chat template"):
        render(source, Turn("user", "Hi"))


def test_a_template_cannot_reach_python() -> None:
    with pytest.raises(RequestError):
        render("{{ ''.__class__.__mro__[1].__subclasses__() }}", Turn("user", "Hi"))


def test_a_generation_block_is_its_content() -> None:
    source = "{% generation %}{{ messages[0].content }}{% endgeneration %}!"
    assert render(source, Turn("user", "Hi")) == "Hi!"


def test_tojson_takes_what_transformers_allows() -> None:
    source = "{{ {'b': 'é', 'a': 1} | tojson(ensure_ascii=True, sort_keys=True) }}"
    assert render(source, Turn("user", "Hi")) == '{"a": 1, "b": "\\u00e9"}'
