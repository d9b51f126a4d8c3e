"""The whole program, started as a user starts it, against the local hub."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import openai
import psutil
import pytest

from alcove import __version__
from alcove.engine.lan import own_addresses
from alcove.hub.queue import TransferQueue
from alcove.paths import Paths
from local_hub import LocalHub
from program.running import GEMMA, alcove, answer, read_until, sentence

SMOLLM2 = ("bartowski/SmolLM2-135M-Instruct-GGUF", "SmolLM2-135M-Instruct-Q4_1.gguf")
FRANCE = "What is the capital of France? Answer in one short sentence."
GREEDY = ("--temperature", "0", "--max-tokens", "64")
ANSWER_KEYS = [
    "text",
    "reasoning",
    "finish_reason",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "time_to_first_token_s",
    "prompt_tokens_per_second",
    "generation_tokens_per_second",
    "peak_memory_bytes",
]


def test_version() -> None:
    assert alcove("--version").stdout.strip() == __version__


@pytest.mark.parametrize("arguments", [("nonsense",), ("fit",), ("list", "--limit", "-1")])
def test_wrong_usage(arguments: Sequence[str]) -> None:
    assert "Usage:" in alcove(*arguments, status=2).stderr


def test_doctor() -> None:
    document = answer("doctor")
    assert document["machine"]["memory"]["total_bytes"] > 2**30
    assert document["machine"]["llama"]["version"]
    assert document["starter"]
    assert document["findings"]
    assert "Memory:" in alcove("doctor").stdout


def test_from_the_hub_to_an_answer_and_gone_again(local_hub: LocalHub, gemma_path: Path) -> None:
    local_hub.add(*GEMMA, gemma_path)
    target = f"{GEMMA[0]}:Q4_K_M"
    assert "alcove pull" in sentence("run", target, "-p", "Hello")
    pulled = answer("pull", target)
    assert pulled["size_bytes"] == gemma_path.stat().st_size
    assert Path(pulled["files"][0]).read_bytes() == gemma_path.read_bytes()
    sent = local_hub.bytes_sent(GEMMA[1])
    assert answer("pull", target)["files"] == pulled["files"]
    assert local_hub.bytes_sent(GEMMA[1]) == sent

    document = answer("run", target, "-p", "The capital of France is", "--max-tokens", "16")
    assert list(document) == ANSWER_KEYS
    assert document["text"]
    assert document["completion_tokens"] <= 16
    assert document["generation_tokens_per_second"] > 0
    assert document["peak_memory_bytes"] > 200_000_000

    assert answer("show", target)["installed"]["architecture"] == "gemma3"
    assert "--yes" in sentence("rm", target)
    assert answer("rm", target, "--yes")["freed_bytes"] == gemma_path.stat().st_size
    assert not Path(pulled["files"][0]).exists()
    assert "not on this computer" in sentence("rm", target, "--yes")


def test_an_interrupted_pull_goes_on_where_it_stopped(
    local_hub: LocalHub, gemma_path: Path
) -> None:
    local_hub.add(*GEMMA, gemma_path)
    local_hub.faults.pause_after = 100_000_000
    command = [sys.executable, "-m", "alcove", "pull", GEMMA[0]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as pulling:
        assert local_hub.paused.wait(60)
        pulling.send_signal(signal.SIGINT)
        _, errors = pulling.communicate(timeout=30)
    assert pulling.returncode == 1
    assert b"Traceback" not in errors
    queue = TransferQueue(Paths.from_environment().database)
    assert [(item.state, item.why) for item in queue.items()] == [("paused", "user")]
    local_hub.resume()
    answer("pull", GEMMA[0])
    assert [item.state for item in queue.items()] == ["done"]
    again = local_hub.bytes_sent(GEMMA[1]) - gemma_path.stat().st_size
    assert again < 25_000_000  # what was under way, at most, was sent twice


def test_run_answers_with_its_figures() -> None:
    document = answer("run", "starter", "-p", FRANCE, *GREEDY)
    assert "Paris" in document["text"]
    assert list(document) == ANSWER_KEYS


def test_a_draft_of_another_family_is_refused_before_anything_is_loaded(gemma_path: Path) -> None:
    said = sentence("run", "starter", "-p", FRANCE, "--draft", str(gemma_path))
    assert "another vocabulary" in said


def test_in_a_pipe_nothing_but_the_answer_is_written() -> None:
    ended = alcove("run", "starter", "-p", FRANCE, *GREEDY)
    assert ended.stdout[0] != "\n"
    assert ended.stderr[0] != "\n"


def test_control_c_stops_an_answer_and_the_chat_goes_on() -> None:
    command = [sys.executable, "-m", "alcove", "run", "starter", *GREEDY[:2]]
    terminal, inside = pty.openpty()
    with subprocess.Popen(
        command,
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as chat:
        try:
            os.close(inside)
            read_until(terminal, rb"> $")
            os.write(terminal, b"Tell me a very long story about a lighthouse.\n")
            read_until(terminal, rb"lighthouse\.\r\n.{20}")
            os.write(terminal, b"\x03")
            read_until(terminal, rb"Stopped: \d.* tokens\r\n> $")
            os.write(terminal, b"/help\n")
            read_until(terminal, rb"/retry .*\r\n> $")
            os.write(terminal, b"/nonsense\n")
            read_until(terminal, rb"no command /nonsense.*\r\n> $")
            os.write(terminal, b"/clear\n")
            read_until(terminal, rb"anew\.\r\n> $")
            os.write(terminal, FRANCE.encode() + b"\n")
            assert b"Paris" in read_until(terminal, rb"tokens/s.*> $")
            os.write(terminal, b"/retry\n")
            assert b"Paris" in read_until(terminal, rb"tokens/s.*> $")
            os.write(terminal, b"/exit\n")
            assert chat.wait(30) == 0
        finally:
            chat.kill()
            os.close(terminal)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_any_encoding_of_the_output(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    ended = alcove("show", "qwen3-8b", "--json")
    assert json.loads(ended.stdout)["catalog"]["id"] == "qwen3-8b"
    assert alcove("fit", "日本語", status=1).stderr


def test_a_model_out_of_reach_is_shown_with_the_reason_and_not_pulled() -> None:
    shown = alcove("show", "deepseek-v4-pro")
    assert "No GGUF of DeepSeek V4 Pro (Apr 2026) is known." in shown.stdout
    document = json.loads(alcove("show", "deepseek-v4-pro", "--json").stdout)["catalog"]
    assert (document["obstacle"], document["quantizations"]) == ("no-file", [])
    pulled = alcove("pull", "deepseek-v4-pro", status=1)
    assert "No GGUF of DeepSeek V4 Pro (Apr 2026) is known." in pulled.stderr


def test_run_writes_the_readout_beside_the_answer() -> None:
    ended = alcove("run", "starter", *GREEDY, stdin=FRANCE)
    assert "Paris" in ended.stdout
    assert "tokens/s" in ended.stderr
    assert "tokens/s" not in ended.stdout


def test_serve_until_interrupted() -> None:
    command = [sys.executable, "-m", "alcove", "serve", "starter", "--port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--api-key", "secret"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as serving:
        assert serving.stdout is not None
        document = json.loads(b"".join(iter(serving.stdout.readline, b"}\n")) + b"}")
        with openai.OpenAI(base_url=document["url"], api_key="secret") as remote:
            assert remote.models.list().data[0].id == document["model"]
        serving.send_signal(signal.SIGINT)
        _, errors = serving.communicate(timeout=30)
    assert serving.returncode == 0
    assert b"Traceback" not in errors
    assert not psutil.pid_exists(document["pid"])


def test_serve_says_where_other_computers_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALCOVE_API_KEY", "secret")
    command = [sys.executable, "-m", "alcove", "serve", "starter", "--port", "0", "--json", "--lan"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as serving:
        assert serving.stdout is not None
        document = json.loads(b"".join(iter(serving.stdout.readline, b"}\n")) + b"}")
        port = document["url"].removesuffix("/v1").rpartition(":")[2]
        urls = [document["url"], *document["lan_urls"]]
        for url in urls:
            with openai.OpenAI(base_url=url, api_key="secret") as remote:
                assert remote.models.list().data[0].id == document["model"]
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=30)
    assert urls[1:] == [f"http://{each}:{port}/v1" for each in own_addresses()]


def test_serve_says_when_its_model_process_is_gone() -> None:
    command = [sys.executable, "-m", "alcove", "serve", "starter", "--port", "0", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        document = json.loads("".join(iter(serving.stdout.readline, "}\n")) + "}")
        os.kill(document["pid"], signal.SIGKILL)
        _, errors = serving.communicate(timeout=30)
    assert serving.returncode == 1
    assert "ended unexpectedly" in errors
    assert "Traceback" not in errors


def test_a_reader_that_goes_away_is_no_failure_of_ours() -> None:
    command = [sys.executable, "-m", "alcove", "list", "--all", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as listing:
        assert listing.stdout is not None
        listing.stdout.close()
        assert listing.stderr is not None
        assert b"Traceback" not in listing.stderr.read()


class TestBadInput:
    """Each is one sentence that says what happened and what to do."""

    def test_not_a_gguf(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.gguf"
        path.write_text("These are notes, not a model, however long they may go on.")
        assert "not a GGUF" in sentence("run", str(path), "-p", "Hello")

    def test_truncated(self, smollm2_path: Path, tmp_path: Path) -> None:
        path = tmp_path / "half.gguf"
        with smollm2_path.open("rb") as whole:
            path.write_bytes(whole.read(40_000_000))
        assert "is cut short: it lacks at least 58 MB" in sentence("run", str(path), "-p", "Hello")
        assert path.stat().st_size == 40_000_000

    def test_unsupported_architecture(self, smollm2_path: Path, tmp_path: Path) -> None:
        path = tmp_path / "new.gguf"
        data = smollm2_path.read_bytes()
        renamed = data[:4_000_000].replace(b"llama", b"lxama")
        path.write_bytes(renamed + data[4_000_000:])
        said = sentence("run", str(path), "-p", "Hello")
        assert "'lxama'" in said
        assert "pip install --upgrade llama-cpp-python" in said

    def test_missing_file(self, tmp_path: Path) -> None:
        assert "gone.gguf" in sentence("run", str(tmp_path / "gone.gguf"), "-p", "Hello")

    def test_no_network(self) -> None:
        assert "127.0.0.1:9" in sentence("pull", "qwen3-0.6b")

    def test_offline(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        assert "offline" in sentence("pull", "qwen3-0.6b")

    def test_wrong_repository(self, local_hub: LocalHub) -> None:
        assert "nobody/nothing" in sentence("pull", "nobody/nothing")
        assert local_hub.requests

    def test_gated_repository(self, local_hub: LocalHub, smollm2_path: Path) -> None:
        local_hub.add("some/gated-GGUF", "m-Q4_1.gguf", smollm2_path, gated=True)
        said = sentence("pull", "some/gated-GGUF")
        assert "licence" in said
        assert "HF_TOKEN" in said

    def test_full_disk(self, local_hub: LocalHub, smollm2_path: Path) -> None:
        local_hub.add(*SMOLLM2, smollm2_path)
        repository = local_hub.repositories[SMOLLM2[0]]
        stored = repository.files[SMOLLM2[1]]
        repository.files[SMOLLM2[1]] = replace(stored, size=10**15)
        said = sentence("pull", f"{SMOLLM2[0]}/{SMOLLM2[1]}")
        assert "needs 1000 TB more" in said
        assert "Free some space" in said

    def test_home_that_cannot_be_written(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ALCOVE_HOME", "/dev/null/alcove")
        assert "ALCOVE_HOME" in sentence("run", "starter", "-p", "Hello")
        for verb in (("calibrate",), ("fit", "starter", "--measure")):
            said = sentence(*verb)
            assert "/dev/null/alcove/logs: Not a directory. " in said
            assert said.endswith("set ALCOVE_HOME to another one.")
        assert "ALCOVE_HOME" in alcove("fit", "starter", "--context", "2048").stdout
        problems = [each for each in answer("doctor")["findings"] if each["kind"] == "problem"]
        assert [each for each in problems if "ALCOVE_HOME" in each["sentence"]]

    @pytest.mark.parametrize("target", ["~nobody-here/x.gguf", "x" * 300, "a/b/" + "c" * 300])
    def test_odd_names(self, target: str) -> None:
        assert sentence("fit", target)

    def test_too_little_memory(self, smollm2_path: Path) -> None:
        said = sentence("run", str(smollm2_path), "-p", "Hello", "--context", "99999999")
        assert "smaller context" in said

    def test_port_in_use(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            assert f"Port {port} is in use" in sentence("serve", "starter", "--port", str(port))

    def test_model_process_killed_while_it_answers(self) -> None:
        command = [sys.executable, "-m", "alcove", "run", "starter", "--temperature", "0"]
        with subprocess.Popen(
            [*command, "-p", "Write a very long story about a lighthouse."],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running:
            assert running.stdout is not None
            assert running.stdout.read(20)
            (engine,) = psutil.Process(running.pid).children()
            engine.kill()
            rest, errors = running.communicate(timeout=30)
        assert running.returncode == 1
        assert b"ended unexpectedly" in errors
        assert b"Traceback" not in rest + errors


def test_commands_do_not_import_qt() -> None:
    program = (
        "import sys; from alcove.__main__ import main; main(['list', '--json']);"
        "sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], stdout=subprocess.DEVNULL).returncode == 0
    )


def test_without_a_screen_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert "no screen" in sentence()
