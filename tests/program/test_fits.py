"""Which models run here, what they take and how fast they are, as the program says it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import subprocess
import sys
import termios
from dataclasses import replace
from pathlib import Path

import pytest

from alcove.fit.ledger import Ledger
from alcove.fit.speeds import speeds_key
from alcove.hardware.wire import from_json
from fit import measured
from local_hub import LocalHub
from program.running import GEMMA, alcove, answer, in_terminal, read_until, sentence

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


def test_list_shows_what_fits_best_first() -> None:
    rows = answer("list", "--all")
    assert len(rows) >= 25
    assert all(list(row)[: len(LIST_KEYS)] == LIST_KEYS for row in rows)
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


def test_list_keeps_its_verdict_in_a_narrow_terminal() -> None:
    shown = in_terminal(80, "list", "--all", "--machine", "rtx-3060")
    rows = [line for line in shown.splitlines() if line.startswith(("qwen3-8b ", "kimi-k3 "))]
    assert len(rows) == 2
    assert any("On the GPU" in row for row in rows)
    assert any(re.search(r"Needs [\d.]+ [GT]B more", row) for row in rows)
    assert max(map(len, shown.splitlines())) <= 80
    assert "Speeds: estimated." in shown
    assert "Fits on the GPU: " in in_terminal(160, "list", "--machine", "rtx-3060")


def test_context_in_thousands(smollm2_path: Path) -> None:
    assert answer("fit", str(smollm2_path), "--context", "2k")["context"] == 2048
    wrong = alcove("fit", str(smollm2_path), "--context", "2x", status=2).stderr
    assert "such as 8192, 32k or 1m" in wrong


@pytest.mark.parametrize("verb", ["list", "fit"])
def test_machines_as_json(verb: str) -> None:
    profiles = answer(verb, "--machine", "help")
    assert {
        "name": "rtx-4090-24gb",
        "title": "Desktop, GeForce RTX 4090 24 GB, 64 GB DDR5",
    } in profiles
    assert "rtx-4090-24gb  " in alcove(verb, "--machine", "help").stdout


def test_fit_prices_the_file_that_the_list_names() -> None:
    small = [row for row in answer("list") if row["size_bytes"] < 10**9 and not row["installed"]]
    assert small
    for row in small[:4]:
        fit = answer("fit", row["id"], "--context", str(row["context"]))
        assert fit["file"] == f"{row['repository']}/{row['file']}"
        # The list goes by formula, the answer by llama.cpp's account of the same rebuilt header.
        assert fit["total_bytes"] == pytest.approx(row["total_bytes"], rel=0.05)


def test_list_filters() -> None:
    family = {row["family"] for row in answer("list", "--all", "--family", "qwen3")}
    assert family == {"Qwen3"}
    commercial = {row["licence"] for row in answer("list", "--all", "--licence", "commercial")}
    assert "Apache-2.0" in commercial
    assert len(commercial) < len({row["licence"] for row in answer("list", "--all")})
    assert "no family called Nothing" in sentence("list", "--family", "Nothing", status=2)


def test_list_finds_by_any_name() -> None:
    rows = answer("list", "--all", "--search", "quen coder")
    assert {row["family"] for row in rows} == {"Qwen2.5-Coder", "Qwen3-Coder"}
    assert [row["id"] for row in answer("list", "--search", "minilm")] == ["all-minilm-l6-v2"]
    assert answer("list", "--search", "no such model") == []
    assert alcove("list", "--search", "xyzzy").stdout == "No model meets all of that.\n"


def test_list_meets_every_condition() -> None:
    asked = ("--ability", "vision", "--ability", "tools", "--country", "france", "--all")
    rows = answer("list", *asked, "--language", "German", "--max-size", "25B")
    assert rows
    for row in rows:
        assert {"vision", "tools"} <= set(row["abilities"])
        assert (row["country"], "de" in row["languages"]) == ("France", True)
        assert row["parameters"] <= 25 * 10**9
    small = answer("list", "--all", "--max-size", "900MB")
    assert small
    assert all(row["size_bytes"] <= 900 * 10**6 for row in small)


def test_list_sorts() -> None:
    machine = ("--machine", "rtx-3060", "--limit", "20")
    speeds = [
        row["forecast"]["generation_tokens_per_second"]["expected"]
        for row in answer("list", "--sort", "speed", *machine)
    ]
    assert speeds == sorted(speeds, reverse=True)
    sizes = [row["size_bytes"] for row in answer("list", "--sort", "size", *machine)]
    assert sizes == sorted(sizes)
    dates = [row["released"][:7] for row in answer("list", "--sort", "date", *machine)]
    assert dates == sorted(dates, reverse=True)


def test_list_says_why_the_best_is_best() -> None:
    (row,) = answer("list", "--limit", "1", "--machine", "rtx-4060")
    assert row["published_figures"] >= 0
    assert re.match(
        r"Quality (from \d+ published figures?|guessed from size and age), ", row["reason"]
    )
    shown = alcove("list", "--limit", "3", "--machine", "rtx-4060").stdout
    assert f"Best is {row['id']}. {row['reason']}" in shown


def test_list_says_what_it_does_not_know() -> None:
    assert "Did you mean German?" in sentence("list", "--language", "Germn", status=2)
    assert "in a country called Atlantis. It has: " in sentence(
        "list", "--country", "Atlantis", status=2
    )
    for wrong in (("--max-size", "large"), ("--ability", "flying"), ("--sort", "beauty")):
        alcove("list", *wrong, status=2)


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
    assert document["basis"] == "header"  # rebuilt
    assert document["weights_bytes"] > 10**10
    assert ended.stderr.startswith("The file was not looked into. ")
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
    assert "Did you mean" in sentence("fit", target, "--machine", "rtx-4091", status=2)
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


def test_fit_says_one_total(smollm2_path: Path) -> None:
    first, second, *_rest = alcove("fit", str(smollm2_path), "--context", "8192").stdout.split("\n")
    sizes = [int(size) for size in re.findall(r"(\d+) MB", second)]
    assert abs(sizes[0] - sum(sizes[1:])) <= 3  # each is rounded
    assert f"Fits in memory: {sizes[0] / 1000:.1f} of " in first


def test_fit_says_what_bounds_the_context(smollm2_path: Path) -> None:
    said = alcove("fit", str(smollm2_path), "--context", "2k").stdout
    assert "Context 2k with KV f16; longest: 8k, which it was trained for" in said
    short = alcove("fit", str(smollm2_path), "--context", "1").stdout
    assert "After 1 token of chat: " in short
    assert " 0 MB" not in short
    none = alcove("fit", "deepseek-v4-flash", "--machine", "laptop-8gb").stdout
    assert "; no context fits" in none
    mac = alcove("fit", str(smollm2_path), "--machine", "macbook-pro-m4-max").stdout
    assert mac.startswith("On Apple M4 Max:")


def test_list_and_fit_say_the_same_of_what_lacks() -> None:
    asked = ("--machine", "rtx-3060")
    rows = answer("list", "--all", *asked)
    row = next(each for each in rows if each["id"] == "llama-3.1-405b")
    fit = answer("fit", "llama-3.1-405b", *asked)
    assert row["verdict"] == fit["verdict"] == "no"
    assert fit["sentence"] in row["reason"]
    assert fit["remarks"] == []


def test_what_is_no_projector_is_said_so(smollm2_path: Path) -> None:
    ended = alcove("fit", str(smollm2_path), "--context", "2k", "--mmproj", str(smollm2_path))
    assert "is no projector for images, but a model (llama)." in ended.stderr


def test_doctor_tells_the_best_bandwidth(alcove_home: Path) -> None:
    machine = from_json(answer("doctor")["machine"])
    ledger = Ledger(alcove_home / "alcove.db")
    assert ledger.bandwidth(speeds_key(machine)) == machine.bandwidth
    ledger.keep_bandwidth(speeds_key(machine), 9e12)
    assert answer("doctor")["machine"]["bandwidth"] == 9e12


def test_what_doctor_wrote_carries_the_calibration(
    alcove_home: Path, smollm2_path: Path, tmp_path: Path
) -> None:
    first = answer("doctor")
    assert first["speeds"] is None
    speeds = replace(measured.speeds(), key=speeds_key(from_json(first["machine"])))
    Ledger(alcove_home / "alcove.db").keep_calibration(speeds.key, speeds.to_json())
    here = answer("fit", str(smollm2_path), "--context", "2k")["forecast"]
    own, foreign = tmp_path / "own.json", tmp_path / "foreign.json"
    document = answer("doctor")
    own.write_text(json.dumps(document))
    foreign.write_text(json.dumps(document | {"speeds": replace(speeds, key="x").to_json()}))
    there, guessed = (
        answer("fit", str(smollm2_path), "--context", "2k", "--machine", str(path))["forecast"]
        for path in (own, foreign)
    )
    assert there["basis"] == "estimated from a calibration of that computer"
    for name in ("generation_tokens_per_second", "prompt_tokens_per_second"):
        assert there[name] == here[name]
    assert guessed["basis"] == "estimated"


def test_fit_counts_what_goes_beside_a_model(smollm2_path: Path, tmp_path: Path) -> None:
    projector = tmp_path / "mmproj.gguf"
    projector.write_bytes(b"GGUF" * 2_000_000)
    asked = ("fit", str(smollm2_path), "--context", "2048")
    plain, both = answer(*asked), answer(*asked, "--mmproj", str(projector))
    more = projector.stat().st_size * 9 // 8 + 64 * 2**20
    assert both["total_bytes"] == plain["total_bytes"] + more
    assert (both["beside_bytes"], plain["beside_bytes"]) == (more, 0)
    assert [device["beside_bytes"] for device in both["devices"]] == [more]
    assert "other files 76 MB" in alcove(*asked, "--mmproj", str(projector)).stdout


def test_a_context_beyond_all_memory_does_not_fit_and_that_is_all(smollm2_path: Path) -> None:
    said = alcove("fit", str(smollm2_path), "--context", "2147483647").stdout
    first, second, *_rest = said.splitlines()
    assert re.search(r"[GT]B more; fits with 8k context$", first)
    assert "weights" in second
    assert "dry run" not in said


def test_what_another_machine_cannot_run_is_not_said_of_this_one() -> None:
    said = alcove("list", "--machine", "laptop-8gb").stdout
    assert "do not fit; --all shows them." in said
    assert "this computer" not in said.replace("* on this computer", "")


def test_logs_are_kept_only_where_something_went_wrong(
    alcove_home: Path, smollm2_path: Path, tmp_path: Path
) -> None:
    logs = alcove_home / "logs"
    for arguments in (("fit",), ("fit", "--measure"), ("run", "-p", "Hello", "--max-tokens", "2")):
        alcove(arguments[0], str(smollm2_path), *arguments[1:], "--context", "512")
        assert list(logs.iterdir()) == []
    broken = tmp_path / "new.gguf"
    broken.write_bytes(smollm2_path.read_bytes().replace(b"llama", b"lxama"))
    assert "lxama" in sentence("run", str(broken), "-p", "Hello")
    assert list(logs.glob("dry-run-*.log"))
