"""The real model process with a real model, spoken to as the window and an editor do."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import openai
import psutil
import pytest

from alcove.engine.answer import Delta, PromptProgress, Readout, Request, Turn
from alcove.engine.client import Client
from alcove.engine.load import DeviceTaken, LoadOptions, ProcessMemory
from alcove.engine.process import ModelProcess
from alcove.errors import (
    Cancelled,
    EngineError,
    EngineStopped,
    LoadError,
    ModelMemoryError,
    RequestError,
)
from engine.conftest import KEY, start

QUESTION = Turn("user", "What is the capital of France? Answer in one short sentence.")


def ask(client: Client, *turns: Turn, tokens: int = 24) -> tuple[str, Readout]:
    request = Request(turns, max_tokens=tokens, temperature=0.0)
    events = list(client.stream(request))
    assert isinstance(events[-1], Readout)
    return "".join(e.text for e in events if isinstance(e, Delta)), events[-1]


def test_an_answer_with_its_readout(client: Client) -> None:
    text, readout = ask(client, QUESTION)
    assert "Paris" in text
    assert readout.finish_reason == "stop"
    assert readout.prompt_tokens > readout.cached_tokens
    assert 0 < readout.completion_tokens <= 24
    assert readout.time_to_first_token_s > 0
    assert readout.prompt_tokens_per_second > 0
    assert readout.generation_tokens_per_second > 0
    assert readout.peak_memory_bytes is not None
    assert readout.peak_memory_bytes > 90_000_000
    assert readout.context == 2048


def test_the_second_turn_evaluates_only_what_is_new(client: Client) -> None:
    text, first = ask(client, QUESTION)
    _, second = ask(client, QUESTION, Turn("assistant", text), Turn("user", "And of Spain?"))
    assert second.cached_tokens >= first.prompt_tokens
    assert second.prompt_tokens > second.cached_tokens


def test_the_same_seed_gives_the_same_answer(client: Client) -> None:
    request = Request((QUESTION,), max_tokens=16, temperature=1.0, seed=7)
    answers = [
        "".join(e.text for e in client.stream(request) if isinstance(e, Delta)) for _ in range(2)
    ]
    assert answers[0] == answers[1]


def test_a_long_prompt_reports_its_progress(client: Client) -> None:
    turns = (Turn("user", "word " * 1200),)
    events = list(client.stream(Request(turns, max_tokens=1)))
    steps = [event.processed for event in events if isinstance(event, PromptProgress)]
    assert len(steps) >= 3
    assert steps == sorted(steps)


def test_a_smaller_batch_reports_more_often(smollm2_path: Path, tmp_path: Path) -> None:
    process = start(smollm2_path, tmp_path / "log", batch=128, batch_threads=1)
    try:
        with process.client() as client:
            events = list(client.stream(Request((Turn("user", "word " * 600),), max_tokens=1)))
        steps = [event.processed for event in events if isinstance(event, PromptProgress)]
        assert steps[:5] == [0, 128, 256, 384, 512]
    finally:
        process.stop()


def test_the_process_says_what_it_took(process: ModelProcess) -> None:
    assert 150_000_000 < process.memory.process_bytes < 400_000_000
    assert "CPU" not in [device.name for device in process.memory.devices]


def test_tokens_are_counted_as_the_model_reads_them(client: Client) -> None:
    assert client.count_tokens("") == 0
    once = client.count_tokens("The sky is blue.")
    assert once is not None
    assert 4 <= once <= 6
    assert client.count_tokens("<|im_start|>") != 1  # a file's text is no command


def test_what_to_load_survives_the_way_to_the_process() -> None:
    options = LoadOptions(
        Path("/models/a.gguf"),
        "a",
        gpu_layers=3,
        cpu_moe_layers=2,
        batch=256,
        tensor_split=(0.25, 0.75),
        threads=4,
        batch_threads=8,
    )
    assert LoadOptions.from_json(json.loads(json.dumps(options.to_json()))) == options


def test_what_was_taken_survives_the_way_back() -> None:
    memory = ProcessMemory(5, (DeviceTaken("CUDA0", "0000:01:00.0", 7),))
    assert ProcessMemory.from_json(json.loads(json.dumps(memory.to_json()))) == memory


def test_a_conversation_beyond_the_context_is_refused_with_both_numbers(client: Client) -> None:
    with pytest.raises(RequestError, match=r"\d{4} tokens long.*2048"):
        ask(client, Turn("user", "word " * 4000))


def test_the_openai_client_streams(process: ModelProcess) -> None:
    with openai.OpenAI(base_url=f"{process.url}/v1", api_key=KEY) as remote:
        assert [model.id for model in remote.models.list()] == ["smollm2"]
        chunks = list(
            remote.chat.completions.create(
                model="smollm2",
                messages=[{"role": "user", "content": QUESTION.content}],
                max_tokens=24,
                temperature=0,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert "Paris" in text
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 0


def test_the_openai_client_without_streaming(process: ModelProcess) -> None:
    with openai.OpenAI(base_url=f"{process.url}/v1", api_key=KEY) as remote:
        answer = remote.chat.completions.create(
            model="smollm2",
            messages=[{"role": "user", "content": QUESTION.content}],
            max_tokens=24,
            temperature=0,
        )
    assert "Paris" in (answer.choices[0].message.content or "")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model_extra is not None
    assert answer.model_extra["timings"]["predicted_n"] > 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Bearer {KEY}", "Host": "evil.example"}, 403),
        ({"Authorization": f"Bearer {KEY}", "Origin": "https://evil.example"}, 403),
        ({"Authorization": f"Bearer {KEY}", "Origin": "http://localhost:3000"}, 403),
        ({"Authorization": f"Bearer {KEY}"}, 200),
    ],
)
def test_who_may_ask(process: ModelProcess, headers: dict[str, str], status: int) -> None:
    answer = httpx2.get(f"{process.url}/v1/models", headers=headers, trust_env=False)
    assert answer.status_code == status
    assert status == 200 or answer.json()["error"]["message"].endswith(".")


def test_what_is_not_served_is_said_in_json(process: ModelProcess) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    for path, status in (("/v1/nothing", 404), ("/v1/chat/completions", 405)):
        answer = httpx2.get(process.url + path, headers=headers, trust_env=False)
        assert answer.status_code == status
        assert path in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"messages": 1}', b"[" * 100_000])
def test_malformed_requests_are_refused_with_a_reason(process: ModelProcess, body: bytes) -> None:
    answer = httpx2.post(
        f"{process.url}/v1/chat/completions",
        content=body,
        headers={"Authorization": f"Bearer {KEY}"},
        trust_env=False,
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].endswith(".")


def test_a_model_without_a_chat_template_answers_as_a_transcript(
    gemma_path: Path, tmp_path: Path
) -> None:
    process = start(gemma_path, tmp_path / "log")
    try:
        with process.client() as client:
            assert "no chat template" in client.properties().remark
            text, readout = ask(client, Turn("user", "What is the capital of France?"))
        assert "\nUser:" not in text
        assert readout.completion_tokens > 0
    finally:
        process.stop()


def test_killed_in_the_middle_of_an_answer(smollm2_path: Path, tmp_path: Path) -> None:
    process = start(smollm2_path, tmp_path / "log")
    with process.client() as client:
        stream = client.stream(Request((Turn("user", "Count."),), max_tokens=1500))
        assert next(event for event in stream if isinstance(event, Delta))
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(EngineStopped, match="ended unexpectedly"):
            list(stream)
    assert not process.is_alive()
    process.stop()


def test_stop_gives_the_memory_back_and_is_no_failure(smollm2_path: Path, tmp_path: Path) -> None:
    process = start(smollm2_path, tmp_path / "log")
    process.stop()
    assert not psutil.pid_exists(process.pid)
    ended = process.ended()
    assert ended is not None
    assert "unloaded" in str(ended)


def test_the_process_ends_with_its_parent(smollm2_path: Path, tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from alcove.engine.load import LoadOptions\n"
        "from alcove.engine.process import ModelProcess\n"
        "process = ModelProcess.start(LoadOptions(pathlib.Path(sys.argv[1]), 'm', context=512),"
        " lambda fraction: None, pathlib.Path(sys.argv[2]))\n"
        "print(process.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    arguments = [sys.executable, "-c", program, str(smollm2_path), str(tmp_path / "log")]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    child.wait(10)


def test_what_the_progress_raises_ends_the_process(smollm2_path: Path, tmp_path: Path) -> None:
    def cancel(_fraction: float) -> None:
        raise Cancelled

    before = set(psutil.Process().children())
    with pytest.raises(Cancelled):
        ModelProcess.start(LoadOptions(smollm2_path, "m"), cancel, tmp_path / "log")
    assert set(psutil.Process().children()) == before


def test_a_port_in_use_is_named(smollm2_path: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EngineError, match=f"Port {port} is in use"):
            start(smollm2_path, tmp_path / "log", port=port)


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("not a model")
    with pytest.raises(LoadError, match=r"could not load notes\.gguf"):
        start(path, tmp_path / "log")


def test_a_truncated_file(smollm2_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.gguf"
    with smollm2_path.open("rb") as source:
        path.write_bytes(source.read(50_000_000))
    with pytest.raises(LoadError, match=r"half\.gguf"):
        start(path, tmp_path / "log")


def test_more_context_than_memory(smollm2_path: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMemoryError, match="not enough memory"):
        start(smollm2_path, tmp_path / "log", context=200_000_000)
