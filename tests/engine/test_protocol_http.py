"""Every endpoint, with a model and a worker that do as the test says, asked by OpenAI's client."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import openai
import pytest
from starlette.testclient import TestClient

from alcove.engine.answer import Alternative, CallPiece, Delta, PromptProgress, TokenLogprob
from alcove.engine.server import application
from alcove.engine.ticket import AnswerFailed
from engine.scripted import HELLO, OUTCOME, TOOL, Lengths, Script, asking, post, serving

PARIS = (TokenLogprob(Alternative(b"Paris", -0.25), (Alternative(b"\xc3", float("-inf")),)),)


def test_a_chat() -> None:
    spoken = (
        Delta(reasoning="Hm.", tokens=3, reasoning_tokens=2),
        Delta("Paris", tokens=1, logprobs=PARIS),
        OUTCOME,
    )
    with asking(*spoken) as (client, worker):
        answer = client.chat.completions.create(
            model="any", messages=HELLO, stop=["x"], logprobs=True, top_logprobs=1
        )
    (choice,) = answer.choices
    assert (choice.message.content, choice.finish_reason) == ("Paris", "stop")
    assert choice.message.model_extra == {"reasoning_content": "Hm."}
    assert choice.logprobs is not None
    assert choice.logprobs.content is not None
    assert choice.logprobs.content[0].top_logprobs[0].logprob == -9999
    assert choice.logprobs.content[0].bytes == list(b"Paris")
    assert answer.usage is not None
    assert answer.usage.total_tokens == 12
    assert answer.usage.prompt_tokens_details is not None
    assert answer.usage.prompt_tokens_details.cached_tokens == 4
    assert answer.usage.completion_tokens_details is not None
    assert answer.usage.completion_tokens_details.reasoning_tokens == 2
    assert answer.model_extra is not None
    assert answer.model_extra["timings"]["predicted_per_second"] == 2.0
    (job,) = worker.jobs
    assert bytes(job.tokens[1:]) == b"<user>Hello"
    assert (job.stops, job.logprobs, job.tools) == (("x",), 1, None)


def test_a_chat_in_chunks() -> None:
    spoken = (
        PromptProgress(4, 9, 4),
        Delta(reasoning="Hm.", tokens=1, reasoning_tokens=1),
        Delta("Paris", tokens=1, logprobs=PARIS),
        replace(OUTCOME, drafted_tokens=5, accepted_tokens=3),
    )
    with asking(*spoken) as (client, _worker):
        chunks = list(
            client.chat.completions.create(
                model="any",
                messages=HELLO,
                stream=True,
                logprobs=True,
                stream_options={"include_usage": True},
                extra_body={"return_progress": True, "timings_per_token": True},
            )
        )
    begin, progress, reasoning, text, last, usage = chunks
    assert begin.choices[0].delta.role == "assistant"
    assert progress.model_extra is not None
    assert progress.model_extra["prompt_progress"]["processed"] == 4
    assert reasoning.choices[0].delta.model_extra == {"reasoning_content": "Hm."}
    assert text.choices[0].delta.content == "Paris"
    assert text.choices[0].logprobs is not None
    assert text.model_extra is not None
    assert text.model_extra["timings"]["predicted_n"] == 2
    assert last.choices[0].finish_reason == "stop"
    assert last.model_extra is not None
    assert last.model_extra["timings"]["draft_n_accepted"] == 3
    assert usage.choices == []
    assert usage.usage is not None
    assert usage.usage.completion_tokens == 3
    assert len({chunk.id for chunk in chunks}) == 1


def test_calls_of_tools() -> None:
    pieces = (
        Delta("Let me see.", calls=(CallPiece(0, "c1", "weather", '{"city"'),)),
        Delta(calls=(CallPiece(0, arguments=': "Paris"}'), CallPiece(1, "c2", "weather", "{}"))),
        OUTCOME,
    )
    with asking(*pieces) as (client, worker):
        whole = client.chat.completions.create(model="any", messages=HELLO, tools=[TOOL])
        with client.chat.completions.stream(model="any", messages=HELLO, tools=[TOOL]) as stream:
            streamed = stream.until_done().get_final_completion()
        alone = client.chat.completions.create(
            model="any", messages=HELLO, tools=[TOOL], parallel_tool_calls=False
        )
    for answer in (whole, streamed):
        (choice,) = answer.choices
        assert choice.finish_reason == "tool_calls"
        assert choice.message.content == "Let me see."
        calls = [
            (call.id, call.function.name, call.function.arguments)
            for call in choice.message.tool_calls or ()
            if call.type == "function"
        ]
        assert calls == [("c1", "weather", '{"city": "Paris"}'), ("c2", "weather", "{}")]
    assert [call.id for call in alone.choices[0].message.tool_calls or ()] == ["c1"]
    assert worker.jobs[0].tools == {"weather": {}}
    assert bytes(worker.jobs[0].tokens[1:]).startswith(b"weather<user>")


def test_several_answers_of_one_prompt() -> None:
    with asking(Delta("Hi"), OUTCOME) as (client, worker):
        answer = client.chat.completions.create(model="any", messages=HELLO, n=3, seed=5)
        stream = client.completions.create(model="any", prompt=["a", "b"], n=2, stream=True)
        pieces = {(chunk.choices[0].index, chunk.choices[0].text) for chunk in stream}
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (9, 9)
    assert [job.sampling.seed for job in worker.jobs[:3]] == [5, 6, 7]
    assert [bytes(job.tokens[1:]) for job in worker.jobs[3:]] == [b"a", b"a", b"b", b"b"]
    assert pieces == {(index, text) for index in range(4) for text in ("Hi", "")}


def test_a_completion_with_probabilities() -> None:
    spoken = (Delta("Paris", logprobs=PARIS), Delta("Paris", logprobs=PARIS), OUTCOME)
    with asking(*spoken) as (client, worker):
        answer = client.completions.create(model="any", prompt=[65, 66], logprobs=1)
        chunks = list(client.completions.create(model="any", prompt="A", logprobs=1, stream=True))
    (choice,) = answer.choices
    assert choice.text == "ParisParis"
    assert choice.logprobs is not None
    assert choice.logprobs.tokens == ["Paris", "Paris"]
    assert choice.logprobs.text_offset == [0, 5]
    assert choice.logprobs.top_logprobs == [{"\ufffd": -9999.0}] * 2
    offsets = [chunk.choices[0].logprobs.text_offset for chunk in chunks if chunk.choices[0].text]
    assert offsets == [[0], [5]]
    assert worker.jobs[0].tokens == (65, 66)


def test_a_response() -> None:
    spoken = (
        PromptProgress(9, 9, 0),
        Delta(reasoning="Hm", tokens=1, reasoning_tokens=1),
        Delta(".", "", 1),
        Delta(" So", calls=(CallPiece(0, "c1", "weather", "{"), CallPiece(0, arguments="}"))),
        replace(OUTCOME, finish_reason="length"),
    )
    tool: Any = {"type": "function", **TOOL["function"]}
    with asking(*spoken) as (client, _worker):
        whole = client.responses.create(model="any", input="Hi", tools=[tool])
        events = list(client.responses.create(model="any", input="Hi", tools=[tool], stream=True))
    assert [event.type.removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "reasoning_text.delta",
        "reasoning_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "incomplete",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].type == "response.incomplete"
    for response in (whole, events[-1].response):
        assert response.output_text == ". So"
        assert [item.type for item in response.output] == ["reasoning", "message", "function_call"]
        assert response.output[2].to_dict()["arguments"] == "{}"
        assert response.output[2].to_dict()["call_id"] == "c1"
        assert response.incomplete_details is not None
        assert response.incomplete_details.reason == "max_output_tokens"
        assert response.usage is not None
        assert response.usage.input_tokens_details.cached_tokens == 4
        assert response.usage.output_tokens_details.reasoning_tokens == 1


def test_the_helper_for_responses_puts_the_events_together() -> None:
    with (
        asking(Delta("Par"), Delta("is"), OUTCOME) as (client, _worker),
        client.responses.stream(model="any", input="Hi") as stream,
    ):
        response = stream.until_done().get_final_response()
    assert response.output_text == "Paris"
    assert response.status == "completed"


def test_an_answer_that_fails() -> None:
    with asking(Delta("Hi"), AnswerFailed("It broke.")) as (client, _worker):
        with pytest.raises(openai.InternalServerError, match=r"It broke\."):
            client.chat.completions.create(model="any", messages=HELLO)
        with pytest.raises(openai.APIError, match=r"It broke\."):
            list(client.chat.completions.create(model="any", messages=HELLO, stream=True))
        *_events, last = client.responses.create(model="any", input="Hi", stream=True)
    assert last.type == "response.failed"


def test_an_answer_that_is_cancelled_is_not_complete() -> None:
    steps = Delta("Hi"), replace(OUTCOME, finish_reason="cancelled")
    with asking(*steps) as (client, _worker):
        response = client.responses.create(model="letters", input="Hello")
        assert (response.status, response.output_text) == ("incomplete", "Hi")
        assert response.incomplete_details is None
        assert response.output[0].to_dict()["status"] == "incomplete"
        with pytest.raises(openai.InternalServerError, match="was ended"):
            client.chat.completions.create(model="letters", messages=HELLO)
        stream = client.chat.completions.create(model="letters", messages=HELLO, stream=True)
        with pytest.raises(openai.APIError, match="was ended"):
            list(stream)


def test_embeddings() -> None:
    with asking(embedder=Lengths()) as (client, _worker):
        answer = client.embeddings.create(model="any", input=["ab", "c"])
        tokens = client.embeddings.create(model="any", input=[1, 2, 3], encoding_format="float")
        with pytest.raises(openai.BadRequestError, match="have 2 numbers"):
            client.embeddings.create(model="any", input="ab", dimensions=1)
        with pytest.raises(openai.BadRequestError, match="6 tokens long, but at most 5"):
            client.embeddings.create(model="any", input="abcde")
        with pytest.raises(openai.InternalServerError, match="only makes embeddings"):
            client.chat.completions.create(model="any", messages=HELLO)
    assert [item.embedding for item in answer.data] == [[3.0, 0.5], [2.0, 0.5]]
    assert tokens.data[0].embedding == [3.0, 0.5]
    assert answer.usage.prompt_tokens == 5
    with (
        asking() as (client, _worker),
        pytest.raises(openai.InternalServerError, match="Load a model for embeddings"),
    ):
        client.embeddings.create(model="any", input="ab")


def test_a_conversation_has_a_key_by_which_it_is_forgotten() -> None:
    with asking() as (client, worker):
        client.chat.completions.create(model="any", messages=HELLO, prompt_cache_key="a chat")
    assert worker.jobs[0].conversation == "a chat"
    assert post("/forget", {"prompt_cache_key": "a chat"}, worker).json()["forgotten"]
    assert worker.forgotten == ["a chat"]


def test_what_is_served() -> None:
    with asking() as (client, _worker):
        assert [model.id for model in client.models.list()] == ["letters"]
        assert client.models.retrieve("letters").owned_by == "alcove"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("another")
    get = TestClient(application(serving(Script())), base_url="http://localhost").get
    properties = get("/props").json()
    assert properties["default_generation_settings"]["n_ctx"] == properties["n_ctx"] == 500
    assert properties["default_generation_settings"]["params"]["top_k"] == 40
    assert properties["total_slots"] == 4
    assert properties["model_alias"] == "letters"
    assert "model_path" not in properties
    assert get("/health").json() == {"status": "ok"}
    assert get("/slots").status_code == 404
    assert "/v1/models" in get("/").text
    assert get("/v1/models/letters").json()["id"] == "letters"
    unknown = get("/v1/models/words")
    assert unknown.status_code == 404
    said = unknown.json()["error"]["message"]
    assert said == "The model words is not served here; letters is."


def test_tokens_and_prompts() -> None:
    assert post("/tokenize", {"content": "é", "add_special": True}).json() == {
        "tokens": [0, 195, 169]
    }
    assert post("/tokenize", {"content": "aé", "with_pieces": True}).json() == {
        "tokens": [
            {"id": 97, "piece": "a"},
            {"id": 195, "piece": [195]},
            {"id": 169, "piece": [169]},
        ]
    }
    assert post("/detokenize", {"tokens": [195, 169]}).json() == {"content": "é"}
    assert post("/detokenize", {"tokens": [256]}).status_code == 400
    asked = {"messages": HELLO, "chat_template_kwargs": {"a": 1}, "tools": [TOOL]}
    assert post("/apply-template", asked).json() == {"prompt": "weather<user>Hello{'a': 1}"}
