"""The whole program, started as a user starts it, against the local hub."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import psutil
import pytest

from alcove import __version__
from alcove.fit.ledger import Ledger
from local_hub import LocalHub

SMOLLM2 = ("bartowski/SmolLM2-135M-Instruct-GGUF", "SmolLM2-135M-Instruct-Q4_1.gguf")
GEMMA = ("unsloth/gemma-3-270m-GGUF", "gemma-3-270m-Q4_K_M.gguf")
FRANCE = "What is the capital of France? Answer in one short sentence."
GREEDY = ("--temperature", "0", "--max-tokens", "64")
LIST_KEYS = [
    "id",
    "name",
    "family",
    "publisher",
    "licence",
    "parameters",
    "active_parameters",
    "repository",
    "file",
    "quantization",
    "size_bytes",
    "context",
    "total_bytes",
    "verdict",
    "forecast",
    "basis",
    "reason",
    "installed",
]
FIT_KEYS = [
    "target",
    "file",
    "architecture",
    "context",
    "kv_type",
    "gpu_layers",
    "devices",
    "weights_bytes",
    "context_bytes",
    "compute_bytes",
    "total_bytes",
    "verdict",
    "max_context",
    "forecast",
    "basis",
]
CALIBRATE_KEYS = [
    "key",
    "date",
    "cpu",
    "gpus",
    "threads",
    "batch_threads",
    "sampling",
]
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


def alcove(*arguments: str, status: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program; whatever happens, nobody is shown a traceback."""
    ended = subprocess.run(
        [sys.executable, "-m", "alcove", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ended.stdout + ended.stderr
    assert ended.returncode == status, ended.stderr
    return ended


def answer(*arguments: str, stdin: str = "") -> Any:
    return json.loads(alcove(*arguments, "--json", stdin=stdin).stdout)


def sentence(*arguments: str) -> str:
    """Run what must fail, and return what it says: one sentence or two on one line."""
    ended = alcove(*arguments, status=1)
    assert ended.stdout == ""
    lines = ended.stderr.strip().splitlines()
    assert lines[-1].startswith("Error: ")
    assert sum(line.startswith("Error") for line in lines) == 1
    return lines[-1]


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


def test_list_shows_what_fits_best_first() -> None:
    rows = answer("list", "--all")
    assert len(rows) >= 25
    assert all(list(row) == LIST_KEYS for row in rows)
    assert all(row["reason"] for row in rows)
    fits = [row["verdict"] != "no" for row in rows]
    assert fits == sorted(fits, reverse=True)
    assert sum(fits) >= 10
    assert not all(fits)
    assert {row["id"] for row in rows if row["installed"]} == {"smollm2-135m"}


def test_list_leaves_out_what_does_not_fit() -> None:
    rows = answer("list", "--limit", "3")
    assert len(rows) == 3
    assert all(row["verdict"] != "no" for row in answer("list"))


def test_fit_prices_the_file_that_the_list_names() -> None:
    small = [row for row in answer("list") if row["size_bytes"] < 10**9 and not row["installed"]]
    assert small
    for row in small[:4]:
        fit = answer("fit", row["id"], "--context", str(row["context"]))
        assert fit["file"] == f"{row['repository']}/{row['file']}"
        assert fit["total_bytes"] == row["total_bytes"]


def test_list_filters() -> None:
    family = {row["family"] for row in answer("list", "--all", "--family", "qwen3")}
    assert family == {"Qwen3"}
    commercial = {row["licence"] for row in answer("list", "--all", "--licence", "commercial")}
    assert "Apache-2.0" in commercial
    assert len(commercial) < len({row["licence"] for row in answer("list", "--all")})
    assert "no family called Nothing" in sentence("list", "--family", "Nothing")


def test_fit_of_a_file_on_this_machine(smollm2_path: Path) -> None:
    document = answer("fit", str(smollm2_path), "--context", "2048")
    assert list(document)[: len(FIT_KEYS)] == FIT_KEYS
    assert document["basis"] == "dry-run"
    assert document["context"] == 2048
    assert (document["kv_type"], document["batch"], document["remarks"]) == ("f16", 512, [])
    assert document["context_bytes"] == 47_185_920  # what llama.cpp allocates for this model
    assert document["total_bytes"] == sum(
        document[name] for name in ("weights_bytes", "context_bytes", "compute_bytes")
    )
    assert (
        answer("fit", str(smollm2_path), "--context", "2048", "--kv-type", "q8_0")["context_bytes"]
        == 25_067_520
    )


def test_fit_of_a_catalog_model_without_a_network() -> None:
    ended = alcove("fit", "gpt-oss-20b", "--json")
    document = json.loads(ended.stdout)
    assert document["basis"] == "catalog"
    assert document["weights_bytes"] > 10**10
    assert ended.stderr.startswith("Estimated from the catalog. ")
    assert "is needed to measure" in sentence("fit", "gpt-oss-20b", "--measure")


def test_fit_of_a_repository_reads_the_header_once(local_hub: LocalHub, gemma_path: Path) -> None:
    local_hub.add(*GEMMA, gemma_path)
    document = answer("fit", GEMMA[0])
    assert document["basis"] == "dry-run"
    assert document["architecture"] == "gemma3"
    sent = local_hub.bytes_sent(GEMMA[1])
    assert sent < 12 * 2**20
    again = answer("fit", GEMMA[0], "--context", "4096")
    assert again["context_bytes"] < document["context_bytes"]
    assert local_hub.bytes_sent(GEMMA[1]) == sent
    local_hub.close()
    assert answer("fit", GEMMA[0])["total_bytes"] == document["total_bytes"]


def test_fit_for_another_machine(smollm2_path: Path, tmp_path: Path) -> None:
    target = str(smollm2_path)
    assert answer("fit", target, "--machine", "rtx-4090")["verdict"] == "gpu"
    document = answer("fit", target, "--machine", "rtx-4090-24gb", "--gpu-layers", "10")
    assert (document["verdict"], document["gpu_layers"]) == ("partial", 10)
    assert document["basis"] == "header"
    assert [device["kind"] for device in document["devices"]] == ["gpu", "cpu"]
    own = tmp_path / "own.json"
    own.write_text(alcove("doctor", "--json").stdout)
    assert answer("fit", target, "--machine", str(own))["basis"] == "header"
    assert "Did you mean" in sentence("fit", target, "--machine", "rtx-4091")
    rows = answer("list", "--machine", "rtx-4090", "--limit", "3")
    assert {row["verdict"] for row in rows} == {"gpu"}
    alcove("fit", target, "--machine", "rtx-4090", "--measure", status=2)


def test_what_slices_of_a_model_measured_is_forecast_from_then_on(smollm2_path: Path) -> None:
    target = str(smollm2_path)
    before = answer("fit", target, "--context", "2048")["forecast"]
    measured = answer("fit", target, "--context", "2048", "--measure")["forecast"]
    assert (before["basis"], measured["basis"]) == ("estimated", "measured on this computer")
    assert answer("fit", target, "--context", "2048")["forecast"] == measured


def test_a_chat_teaches_the_next_forecast(alcove_home: Path, smollm2_path: Path) -> None:
    target = str(smollm2_path)
    asked = ("run", target, "-p", "Count from one to fifty in words.", "--max-tokens", "48")
    readout = answer(*asked, "--temperature", "0")
    (entry,) = Ledger(alcove_home / "alcove.db").answers()
    assert entry.answer.generation == readout["generation_tokens_per_second"]
    assert entry.load.peak_bytes == readout["peak_memory_bytes"]
    assert abs(entry.load.measured_bytes - entry.load.predicted_bytes) < 40 * 2**20
    forecast = answer("fit", target)["forecast"]
    assert forecast["basis"] == "measured on this computer"
    bounds = forecast["generation_tokens_per_second"]
    assert 0.5 < bounds["expected"] / readout["generation_tokens_per_second"] < 2


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
    local_hub.resume()
    answer("pull", GEMMA[0])
    again = local_hub.bytes_sent(GEMMA[1]) - gemma_path.stat().st_size
    assert again < 25_000_000  # what was under way, at most, was sent twice


def test_calibrate_measures_once_for_all_forecasts(alcove_home: Path) -> None:
    document = answer("calibrate")
    assert list(document) == CALIBRATE_KEYS
    speeds = document["cpu"]["dense"]["generation"]
    assert speeds
    assert all(1e8 < speed < 1e13 for speed in speeds.values())
    assert Ledger(alcove_home / "alcove.db").calibration(document["key"]) == document


def test_control_c_stops_a_calibration(alcove_home: Path) -> None:
    terminal, inside = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "alcove", "calibrate"],
        stdin=inside,
        stdout=subprocess.PIPE,
        stderr=inside,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as measuring:
        try:
            os.close(inside)
            read_until(terminal, rb"Comparing threads|Measuring the processor")
            os.write(terminal, b"\x03")
            said = read_until(terminal, rb"Stopped\.\r\n$")
            assert measuring.wait(30) == 1
        finally:
            measuring.kill()
            os.close(terminal)
    assert b"Traceback" not in said
    assert not Ledger(alcove_home / "alcove.db").is_calibrated()


def test_run_answers_with_its_figures() -> None:
    document = answer("run", "starter", "-p", FRANCE, *GREEDY)
    assert "Paris" in document["text"]
    assert list(document) == ANSWER_KEYS


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
            read_until(terminal, rb"Stopped\.\r\n> $")
            os.write(terminal, FRANCE.encode() + b"\n")
            assert b"Paris" in read_until(terminal, rb"tokens/s.*> $")
            os.write(terminal, b"\n")
            assert chat.wait(30) == 0
        finally:
            chat.kill()
            os.close(terminal)


def read_until(terminal: int, pattern: bytes) -> bytes:
    """Read what a terminal shows until it matches ``pattern``."""
    shown = b""
    while not re.search(pattern, shown, re.DOTALL):
        assert select.select([terminal], [], [], 30)[0], shown
        shown += os.read(terminal, 4096)
    return shown


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_any_encoding_of_the_output(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    ended = alcove("show", "qwen3-8b", "--json")
    assert json.loads(ended.stdout)["catalog"]["id"] == "qwen3-8b"
    assert alcove("fit", "日本語", status=1).stderr


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
        assert "download" in sentence("run", str(path), "-p", "Hello").lower()
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
        assert "needs 1000000 GB more" in said
        assert "Free some space" in said

    def test_home_that_cannot_be_written(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ALCOVE_HOME", "/dev/null/alcove")
        assert "ALCOVE_HOME" in sentence("run", "starter", "-p", "Hello")

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
