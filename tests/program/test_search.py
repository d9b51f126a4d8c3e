"""What lies beyond the catalog, as the program finds it on the hub."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_hub import LocalHub
from local_hub.tiny_gguf import tiny_gguf
from program.running import alcove, answer, sentence

REPOSITORY = "org/Small-GGUF"


@pytest.fixture
def served(local_hub: LocalHub, smollm2_path: Path, tmp_path: Path) -> LocalHub:
    """A hub with a real model, a damaged copy and one of another architecture beside it."""
    local_hub.add(REPOSITORY, "small-Q4_1.gguf", smollm2_path)
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(smollm2_path.read_bytes()[:5_000_000])
    local_hub.add(REPOSITORY, "small-Q6_K.gguf", damaged)
    other = tmp_path / "other.gguf"
    other.write_bytes(tiny_gguf())
    local_hub.add(REPOSITORY, "другая-Q8_0.gguf", other)
    local_hub.repositories[REPOSITORY].downloads = 1234
    return local_hub


@pytest.mark.usefixtures("served")
def test_a_search_lists_repositories_and_warns() -> None:
    said = alcove("search", "small", "gguf").stdout
    assert REPOSITORY in said
    assert "1,234" in said
    assert "Nobody checked this" in said
    document = answer("search", "small")
    assert document["checked"] is False
    assert [each["name"] for each in document["results"]] == [REPOSITORY]
    assert "found no repository" in alcove("search", "nothing-like-it").stdout


@pytest.mark.usefixtures("served")
def test_the_files_of_a_repository_have_the_verdict_that_fit_gives() -> None:
    files = {each["target"]: each for each in answer("search", REPOSITORY)["files"]}
    exact = files[f"{REPOSITORY}/small-Q4_1.gguf"]
    fit = answer("fit", f"{REPOSITORY}:Q4_1")
    assert exact["own_header"]
    assert exact["verdict"] == fit["verdict"]
    assert exact["total_bytes"] == fit["total_bytes"]
    assert files[f"{REPOSITORY}/другая-Q8_0.gguf"]["verdict"] is None


def test_every_header_can_be_fetched_and_a_damaged_one_harms_no_other(served: LocalHub) -> None:
    files = {each["target"]: each for each in answer("search", REPOSITORY, "--exact")["files"]}
    assert files[f"{REPOSITORY}/small-Q4_1.gguf"]["verdict"] in ("cpu", "gpu")
    assert "cut short" in files[f"{REPOSITORY}/small-Q6_K.gguf"]["problem"]
    link = f"{served.endpoint}/{REPOSITORY}"
    said = alcove("search", link).stdout
    assert "Nobody checked this" in said
    assert "1,234 downloads" in said


def test_a_repository_with_400_files_is_answered_from_one_header(
    local_hub: LocalHub, smollm2_path: Path, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.write_bytes(b"content")
    local_hub.add(REPOSITORY, "small-Q4_1.gguf", smollm2_path)
    for number in range(399):
        local_hub.add(REPOSITORY, f"other-{number}-Q8_0.gguf", small)
    files = answer("search", f"{REPOSITORY}:Q4_1")["files"]
    assert len(files) == 400
    assert sum(each["verdict"] is not None for each in files) == 1
    assert len(local_hub.requests_to("/resolve/")) == 1


def test_what_cannot_be_answered_is_one_sentence(
    local_hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("nothing here")
    local_hub.add("org/Empty", "README.md", readme)
    assert "holds no GGUF model" in sentence("search", "org/Empty")
    assert "has no repository" in sentence("search", "org/Nowhere")
    assert "has no repository" in sentence("search", "某人/模型")
    local_hub.faults.garbage = b"<html>"
    assert "does not answer the way" in sentence("search", "small")
    alcove("search", " ", status=2)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "offline" in sentence("search", "small")
