"""Several requests at a time, and what conversations leave behind for the next ones."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from alcove.engine.process import ModelProcess
from engine.conftest import KEY, start

LONG = " ".join(f"word{number}" for number in range(260))


class Talk:
    """A client that tells when its answer has begun."""

    def __init__(self, process: ModelProcess) -> None:
        self._url = process.url
        self.begun = threading.Event()
        self.stop = threading.Event()

    def whole(self, text: str, **options: Any) -> dict[str, Any]:
        """Answer one question."""
        return self.chat([{"role": "user", "content": text}], **options)

    def chat(self, messages: list[dict[str, str]], **options: Any) -> dict[str, Any]:
        body = {"messages": messages, "temperature": 0, "max_tokens": 8, **options}
        return self.post("/v1/chat/completions", body)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask for something that is answered whole."""
        with self._client() as client:
            answer = client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def stream(self, text: str, tokens: int) -> int:
        """Read an answer, until ``stop``; return how many pieces of it came."""
        pieces = 0
        body = {
            "messages": [{"role": "user", "content": text}],
            "max_tokens": tokens,
            "ignore_eos": True,
            "stream": True,
        }
        with (
            self._client() as client,
            client.stream("POST", "/v1/chat/completions", json=body) as response,
        ):
            for line in response.iter_lines():
                if line.startswith("data: {") and _has_text(json.loads(line[6:])):
                    pieces += 1
                    self.begun.set()
                if self.stop.is_set():
                    break
        return pieces

    def _client(self) -> httpx2.Client:
        return httpx2.Client(
            base_url=self._url,
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=300,
            trust_env=False,
        )


def _has_text(chunk: dict[str, Any]) -> bool:
    return any(choice["delta"].get("content") for choice in chunk["choices"])


@contextmanager
def running(path: Path, folder: Path, **options: object) -> Iterator[ModelProcess]:
    process = start(path, folder / "engine.log", **options)
    try:
        yield process
    finally:
        process.stop()


@pytest.fixture(scope="module")
def together(
    smollm2_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModelProcess]:
    with running(smollm2_path, tmp_path_factory.mktemp("engine"), slots=2, context=8192) as process:
        yield process


def test_a_slot_takes_over_what_another_has_read(together: ModelProcess) -> None:
    one, other = Talk(together), Talk(together)
    with ThreadPoolExecutor() as pool:
        busy = pool.submit(one.stream, f"{LONG} Tell me a story.", 600)
        assert one.begun.wait(600)
        usage = other.whole(f"{LONG} How many words are there?")["usage"]
        one.stop.set()
        busy.result(600)
    assert usage["prompt_tokens_details"]["cached_tokens"] > 0.8 * usage["prompt_tokens"]


def test_conversations_do_not_push_each_other_out(together: ModelProcess) -> None:
    talk = Talk(together)
    for _turn in range(2):
        for name in ("apples", "pears"):
            usage = talk.whole(f"{name} {LONG} What do you think of {name}?")["usage"]
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    assert cached == usage["prompt_tokens"] - 1


def test_what_no_job_needs_makes_room(smollm2_path: Path, tmp_path: Path) -> None:
    with running(smollm2_path, tmp_path, slots=2, context=2048) as process:
        talk = Talk(process)
        for name in ("apples", "pears", "plums"):
            document = talk.whole(f"{name} {LONG}")
            assert document["usage"]["prompt_tokens"] > 900
            assert document["choices"][0]["finish_reason"] in ("stop", "length")


def test_several_answers_to_one_prompt_read_it_once(smollm2_path: Path, tmp_path: Path) -> None:
    with running(smollm2_path, tmp_path, slots=4, context=2048) as process:
        document = Talk(process).whole(LONG, n=4, max_tokens=4)
    assert len(document["choices"]) == 4
    assert document["usage"]["prompt_tokens"] * 4 > 2048  # there is no room for four copies


def test_prompts_that_do_not_fit_together_wait(smollm2_path: Path, tmp_path: Path) -> None:
    with (
        running(smollm2_path, tmp_path, slots=3, context=2048) as process,
        ThreadPoolExecutor(3) as pool,
    ):
        asked = [
            pool.submit(Talk(process).whole, f"{name} {LONG}", max_tokens=4)
            for name in ("apples", "pears", "plums")
        ]
        documents = [each.result(600) for each in asked]
    for document in documents:
        assert document["usage"]["prompt_tokens"] > 900
        assert document["choices"][0]["message"]["content"]


@pytest.mark.parametrize("kept", [True, False])
def test_answers_that_do_not_fit_together_pause_and_go_on(
    smollm2_path: Path, tmp_path: Path, kept: bool
) -> None:
    """Both prompts fit, but not both answers: the newer one waits and loses nothing."""
    prompts = [" ".join(map(str, range(start, start + 125))) for start in (110, 510)]
    asked: dict[str, Any] = {"temperature": 0, "max_tokens": 100, "ignore_eos": True}
    sessions = tmp_path / "sessions" if kept else None
    with (
        running(smollm2_path, tmp_path, slots=2, context=1024, sessions=sessions) as process,
        ThreadPoolExecutor(2) as pool,
    ):
        talks = [Talk(process) for _prompt in prompts]
        answers = [
            pool.submit(talk.post, "/v1/completions", {"prompt": prompt, **asked})
            for talk, prompt in zip(talks, prompts, strict=True)
        ]
        together = [answer.result(600) for answer in answers]
        alone = [
            talks[0].post("/v1/completions", {"prompt": prompt, "cache_prompt": False, **asked})
            for prompt in prompts
        ]
    used = sum(each["usage"]["total_tokens"] for each in together)
    assert used > 1024
    assert all(each["usage"]["prompt_tokens"] * 2 < 1024 for each in together)
    for one, other in zip(together, alone, strict=True):
        assert one["choices"][0]["finish_reason"] == "length"
        assert one["usage"]["completion_tokens"] == 100
        assert one["choices"][0]["text"] == other["choices"][0]["text"]


def test_without_prompt_cache_everything_is_read_again(together: ModelProcess) -> None:
    talk = Talk(together)
    talk.whole("What is the capital of France?")
    usage = talk.whole("What is the capital of France?", cache_prompt=False)["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == 0


def test_a_chat_goes_on_at_once_after_a_restart(smollm2_path: Path, tmp_path: Path) -> None:
    question = [{"role": "user", "content": LONG}]
    with running(smollm2_path, tmp_path, sessions=tmp_path / "sessions") as process:
        answer = Talk(process).chat(question)["choices"][0]["message"]
        prompt = [*question, answer, {"role": "user", "content": "Go on."}]
        expected = Talk(process).chat(prompt, logprobs=True)["choices"][0]
    assert list((tmp_path / "sessions").glob("*.kv"))
    with running(smollm2_path, tmp_path, sessions=tmp_path / "sessions") as process:
        document = Talk(process).chat(prompt, logprobs=True)
    usage, choice = document["usage"], document["choices"][0]
    assert usage["prompt_tokens_details"]["cached_tokens"] > 0.9 * usage["prompt_tokens"]
    assert choice["message"] == expected["message"]
    pairs = zip(choice["logprobs"]["content"], expected["logprobs"]["content"], strict=True)
    for one, other in pairs:
        assert one["logprob"] == pytest.approx(other["logprob"], abs=0.05)


def test_a_conversation_that_is_forgotten_is_gone_at_once(
    smollm2_path: Path, tmp_path: Path
) -> None:
    """One that is kept on disk, and one that is in memory, of which another is a continuation."""
    folder = tmp_path / "sessions"
    chats = {name: f"{name} {LONG}" for name in ("apples", "pears", "plums")}
    with running(smollm2_path, tmp_path, sessions=folder) as process:
        talk = Talk(process)
        for name, text in chats.items():  # each displaces the one before
            talk.whole(text, prompt_cache_key=name)
        with process.client() as client:
            client.forget("apples")
            assert of_conversations(folder) == ["pears"]
            client.forget("plums")
        cached = {
            name: talk.whole(text)["usage"]["prompt_tokens_details"]["cached_tokens"]
            for name, text in chats.items()
        }
    assert cached["apples"] < 50  # the words with which all prompts begin
    assert cached["plums"] < 50
    assert cached["pears"] > 900


def of_conversations(folder: Path) -> list[str]:
    """Return which conversations have left something in a folder."""
    notes = (json.loads(note.read_text()) for note in folder.glob("*.json"))
    return sorted(note["conversation"] for note in notes)


def test_a_sliding_window_goes_back_after_a_restart(gemma_path: Path, tmp_path: Path) -> None:
    """Another answer to the last question, and one to another question in its place."""
    options: dict[str, Any] = {"sessions": tmp_path / "sessions", "context": 4096, "checkpoints": 4}
    asked: dict[str, Any] = {"logprobs": True, "max_tokens": 16, "ignore_eos": True}
    first = [{"role": "user", "content": LONG}]
    with running(gemma_path, tmp_path, **options) as process:
        talk = Talk(process)
        answer = talk.chat(first, **asked)["choices"][0]["message"]
        question = {"role": "user", "content": f"{LONG} What was that?"}
        before = [*first, answer, question]
        talk.chat(before, max_tokens=600, ignore_eos=True)
    for messages in (before, [*before[:2], {"role": "user", "content": "Why?"}]):
        with running(gemma_path, tmp_path, **options) as process:
            talk = Talk(process)
            document = talk.chat(messages, **asked)
            usage = document["usage"]
            assert usage["prompt_tokens_details"]["cached_tokens"] > 0.5 * usage["prompt_tokens"]
            agree(document, talk.chat(messages, cache_prompt=False, **asked))


def test_a_sliding_window_goes_back_to_a_checkpoint(gemma_path: Path, tmp_path: Path) -> None:
    """Gemma's window is 512 tokens: what was said before an answer that long cannot be cut back."""
    with running(gemma_path, tmp_path, context=4096) as process:
        talk = Talk(process)
        talk.whole(LONG, max_tokens=700, ignore_eos=True)
        document = talk.whole(LONG, logprobs=True)
        usage = document["usage"]
        assert usage["prompt_tokens_details"]["cached_tokens"] > 0.9 * usage["prompt_tokens"]
        anew = talk.whole(LONG, logprobs=True, cache_prompt=False)
        agree(document, anew)


def agree(document: dict[str, Any], anew: dict[str, Any]) -> None:
    """Check that an answer is that of a model that has read all of the prompt."""
    kept, fresh = (each["choices"][0]["logprobs"]["content"] for each in (document, anew))
    assert [each["token"] for each in kept] == [each["token"] for each in fresh]
    for one, other in zip(kept, fresh, strict=True):  # few tokens take other kernels than many
        assert one["logprob"] == pytest.approx(other["logprob"], abs=0.5)


def test_guesses_change_nothing_but_the_speed(smollm2_path: Path, tmp_path: Path) -> None:
    text = "Repeat: " + " ".join(f"item {number % 7} of the list;" for number in range(60))
    options: dict[str, Any] = {"max_tokens": 120, "ignore_eos": True}
    with running(smollm2_path, tmp_path) as process:
        guessed = Talk(process).whole(text, **options)
    with running(smollm2_path, tmp_path, speculate=False) as process:
        plain = Talk(process).whole(text, **options)
    assert guessed["timings"]["draft_n"] > 0
    assert "draft_n" not in plain["timings"]
    assert guessed["choices"][0]["message"] == plain["choices"][0]["message"]


def test_a_smaller_model_guesses(smollm2_path: Path, tmp_path: Path) -> None:
    """It may pause where other programs make it slow: then the next answer shows it."""
    with running(smollm2_path, tmp_path, draft=smollm2_path) as process:
        talk = Talk(process)
        options: dict[str, Any] = {"max_tokens": 200, "ignore_eos": True}
        answers = (talk.whole("Count from 1 to 100.", **options)["timings"] for _ in range(20))
        timings = next((each for each in answers if "draft_n" in each), {})
    assert timings["draft_n_accepted"] > 0.5 * timings["draft_n"] > 0
