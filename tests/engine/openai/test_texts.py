"""Completions, responses and tokens of the real model process, through OpenAI's client."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import openai
import pytest

from alcove.engine.process import ModelProcess
from engine.conftest import KEY

FRANCE = "The capital of France is"


def complete(remote: openai.OpenAI, prompt: Any, **fields: Any) -> Any:
    settings = {"model": "smollm2", "temperature": 0, "max_tokens": 6, **fields}
    return remote.completions.create(prompt=prompt, **settings)


def respond(remote: openai.OpenAI, **fields: Any) -> Any:
    settings = {"model": "smollm2", "temperature": 0, "max_output_tokens": 24, **fields}
    return remote.responses.create(**settings)


def post(process: ModelProcess, path: str, document: object) -> Any:
    answer = httpx2.post(
        f"{process.url}{path}",
        json=document,
        headers={"X-Api-Key": KEY},
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_completion_with_its_probabilities(remote: openai.OpenAI) -> None:
    (choice,) = complete(remote, FRANCE, logprobs=2).choices
    assert "Paris" in choice.text
    assert choice.finish_reason == "length"
    assert "".join(choice.logprobs.tokens) == choice.text
    assert choice.logprobs.text_offset[:2] == [0, len(choice.logprobs.tokens[0])]
    assert all(len(likeliest) == 2 for likeliest in choice.logprobs.top_logprobs)


def test_completions_of_several_prompts(remote: openai.OpenAI, process: ModelProcess) -> None:
    tokens = post(process, "/tokenize", {"content": FRANCE})["tokens"]
    answer = complete(remote, [FRANCE, "One, two, three,"])
    texts = [choice.text for choice in answer.choices]
    assert [choice.index for choice in answer.choices] == [0, 1]
    assert "four" in texts[1]
    assert complete(remote, tokens).choices[0].text == texts[0]
    streamed = ["", ""]
    for chunk in complete(remote, [FRANCE, "One, two, three,"], stream=True):
        for choice in chunk.choices:
            streamed[choice.index] += choice.text
    assert streamed == texts


def test_a_response_whole_and_in_events(remote: openai.OpenAI) -> None:
    asked = {"instructions": "Be brief.", "input": "What is the capital of France?"}
    whole = respond(remote, **asked)
    assert "Paris" in whole.output_text
    assert whole.status == "completed"
    assert whole.usage.output_tokens > 0
    settings: Any = {"model": "smollm2", "temperature": 0, "max_output_tokens": 24, **asked}
    with remote.responses.stream(**settings) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_response()
    assert "response.output_text.delta" in kinds
    assert final.output_text == whole.output_text
    assert respond(remote, input="Count to a thousand.", max_output_tokens=3).status == "incomplete"


def test_a_response_in_the_form_of_a_schema(remote: openai.OpenAI) -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    form = {"type": "json_schema", "name": "answer", "schema": schema}
    response = respond(remote, input="Is it well?", text={"format": form})
    assert json.loads(response.output_text)["ok"] in (True, False)


def test_tokens_there_and_back(process: ModelProcess) -> None:
    text = "Grüße, <|im_end|> 🦙!"
    tokens = post(process, "/tokenize", {"content": text})["tokens"]
    assert post(process, "/detokenize", {"tokens": tokens}) == {"content": text}
    pieces = post(process, "/tokenize", {"content": text, "with_pieces": True})["tokens"]
    assert [piece["id"] for piece in pieces] == tokens
    plain = post(process, "/tokenize", {"content": "<|im_end|>", "parse_special": False})
    assert len(plain["tokens"]) > 1


def test_what_a_conversation_becomes(process: ModelProcess) -> None:
    asked = {"messages": [{"role": "user", "content": "Hi"}]}
    assert post(process, "/apply-template", asked)["prompt"].endswith(
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_chat_model_makes_no_embeddings(remote: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError, match="Load a model for embeddings"):
        remote.embeddings.create(model="smollm2", input="Hi")
