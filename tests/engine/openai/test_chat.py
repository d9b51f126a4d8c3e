"""Chats with the real model process, through OpenAI's client."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import openai
import pytest

from alcove.engine.process import ModelProcess
from engine.conftest import KEY

FRANCE: Any = [
    {"role": "user", "content": "What is the capital of France? Answer in one short sentence."}
]
COUNT: Any = [{"role": "user", "content": "Count from one to a hundred in words."}]
CITY = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "maxLength": 20},
        "size": {"enum": ["small", "large"]},
    },
    "required": ["city", "size"],
    "additionalProperties": False,
}


def ask(remote: openai.OpenAI, messages: Any = FRANCE, **fields: Any) -> Any:
    settings = {"model": "smollm2", "temperature": 0, "max_tokens": 24, **fields}
    return remote.chat.completions.create(messages=messages, **settings)


def said(answer: Any) -> str:
    return answer.choices[0].message.content or ""


def test_an_answer_and_its_counts(remote: openai.OpenAI) -> None:
    answer = ask(remote)
    assert "Paris" in said(answer)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    again = ask(remote)
    assert said(again) == said(answer)
    assert again.usage.prompt_tokens_details.cached_tokens > 20
    fresh = ask(remote, extra_body={"cache_prompt": False})
    assert fresh.usage.prompt_tokens_details.cached_tokens == 0


def test_a_stream_says_the_same_as_a_whole(remote: openai.OpenAI) -> None:
    *chunks, usage = ask(remote, stream=True, stream_options={"include_usage": True})
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == said(ask(remote))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert usage.usage.completion_tokens > 0


def test_where_an_answer_ends(remote: openai.OpenAI) -> None:
    limited = ask(remote, COUNT, max_tokens=3)
    assert limited.choices[0].finish_reason == "length"
    assert limited.usage.completion_tokens == 3
    stopped = ask(remote, stop=["Paris"])
    assert stopped.choices[0].finish_reason == "stop"
    assert "Paris" not in said(stopped)


def test_seeds(remote: openai.OpenAI) -> None:
    hot = {"temperature": 1.5, "n": 3, "seed": 3, "max_tokens": 12}
    first, second = (ask(remote, COUNT, **hot) for _try in range(2))
    texts = [choice.message.content for choice in first.choices]
    assert texts == [choice.message.content for choice in second.choices]
    assert len(set(texts)) == 3
    streamed = ["", "", ""]
    for chunk in ask(remote, COUNT, **hot, stream=True):
        for choice in chunk.choices:
            streamed[choice.index] += choice.delta.content or ""
    assert streamed == texts


def test_probabilities(remote: openai.OpenAI) -> None:
    answer = ask(remote, logprobs=True, top_logprobs=5, max_tokens=8)
    tokens = answer.choices[0].logprobs.content
    assert b"".join(bytes(token.bytes) for token in tokens).decode().startswith(said(answer))
    for token in tokens:
        ranked = [other.logprob for other in token.top_logprobs]
        assert len(ranked) == 5
        assert ranked == sorted(ranked, reverse=True)
        assert token.logprob == pytest.approx(ranked[0])  # the temperature is 0
        assert 0 < sum(map(math.exp, ranked)) <= 1.0001


def test_a_bias_forbids_a_token(remote: openai.OpenAI) -> None:
    first = ask(remote, max_tokens=1, logprobs=True)
    (paris,) = remote.with_options(base_url=str(remote.base_url).replace("/v1/", "/")).post(
        "/tokenize", cast_to=object, body={"content": said(first)}
    )["tokens"]
    other = ask(remote, max_tokens=1, extra_body={"logit_bias": [[paris, False]]})
    assert said(other) != said(first)


@pytest.mark.parametrize(
    "form",
    [
        {"response_format": {"type": "json_schema", "json_schema": {"name": "c", "schema": CITY}}},
        {"extra_body": {"json_schema": CITY}},
    ],
)
def test_an_answer_in_the_form_of_a_schema(remote: openai.OpenAI, form: dict[str, Any]) -> None:
    question: Any = [{"role": "user", "content": "Describe Paris in JSON."}]
    document = json.loads(said(ask(remote, question, max_tokens=100, **form)))
    assert document.keys() == {"city", "size"}
    assert document["size"] in ("small", "large")


def test_an_answer_that_follows_a_grammar(remote: openai.OpenAI) -> None:
    grammar = 'root ::= "yes" | "no"'
    assert said(ask(remote, extra_body={"grammar": grammar}, temperature=2)) in ("yes", "no")
    with pytest.raises(openai.BadRequestError, match="not valid GBNF"):
        ask(remote, extra_body={"grammar": "root ::= missing"})


def test_an_answer_that_goes_on(remote: openai.OpenAI) -> None:
    begun = [*FRANCE, {"role": "assistant", "content": "The capital of France is"}]
    answer = ask(remote, begun, max_tokens=2, extra_body={"continue_final_message": True})
    assert said(answer).startswith(" Paris")


def test_what_the_template_of_the_model_cannot_do_is_refused(remote: openai.OpenAI) -> None:
    tool = {"type": "function", "function": {"name": "weather", "parameters": {}}}
    with pytest.raises(openai.BadRequestError, match="knows no tools"):
        ask(remote, tools=[tool])
    with pytest.raises(openai.BadRequestError, match="reads text only"):
        ask(remote, [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}])
    with pytest.raises(openai.BadRequestError, match="2048"):
        ask(remote, [{"role": "user", "content": "word " * 4000}])


def test_many_at_once(process: ModelProcess) -> None:
    async def all_of_them() -> list[Any]:
        async with openai.AsyncOpenAI(base_url=f"{process.url}/v1", api_key=KEY) as remote:
            asked = (
                remote.chat.completions.create(
                    model="smollm2", messages=FRANCE, temperature=0, max_tokens=24
                )
                for _number in range(8)
            )
            return list(await asyncio.gather(*asked))

    answers = asyncio.run(all_of_them())
    assert all("Paris" in said(answer) for answer in answers)
    assert len({answer.id for answer in answers}) == 8
