"""The catalog's files as the hub has them now, asked by the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_hub import LocalHub
from program.running import alcove, answer, sentence

MODEL = "smollm2-135m"
REPOSITORY = "bartowski/SmolLM2-135M-Instruct-GGUF"
NAME = "SmolLM2-135M-Instruct-{}.gguf"


def test_new_sizes_and_quantizations_are_remembered(
    local_hub: LocalHub, smollm2_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_hub.add(REPOSITORY, NAME.format("Q4_1"), smollm2_path)
    local_hub.add(REPOSITORY, NAME.format("IQ1_M"), smollm2_path)
    assert "when Alcove was published" in alcove("show", MODEL).stdout
    document = answer("refresh", MODEL)
    assert REPOSITORY in document["asked"]
    assert any(told.startswith("IQ1_M is new") for told in document["changes"][MODEL])
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    files = {q["name"]: q for q in answer("show", MODEL)["catalog"]["quantizations"]}
    assert files["IQ1_M"]["size_bytes"] == smollm2_path.stat().st_size
    assert "as the hub had them on 20" in alcove("show", MODEL).stdout
    assert "offline" in sentence("refresh", MODEL, "--force")


def test_a_fresh_answer_is_not_asked_for_again(local_hub: LocalHub, smollm2_path: Path) -> None:
    local_hub.add(REPOSITORY, NAME.format("Q4_1"), smollm2_path)
    answer("refresh", MODEL)
    before = len(local_hub.requests_to(REPOSITORY))
    assert REPOSITORY not in answer("refresh", MODEL)["asked"]
    assert len(local_hub.requests_to(REPOSITORY)) == before
    assert REPOSITORY in answer("refresh", MODEL, "--force")["asked"]


def test_what_the_hub_refuses_harms_nothing(local_hub: LocalHub) -> None:
    document = answer("refresh", MODEL)
    assert "has no repository" in document["failures"][REPOSITORY]
    assert document["changes"] == {}
    assert answer("show", MODEL)["catalog"]["quantizations"]
    local_hub.faults.status = 503
    assert "503" in sentence("refresh", MODEL)
    assert "no model called" in sentence("refresh", "nothing")
