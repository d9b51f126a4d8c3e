"""Links from the hub's pages, given to the whole program."""

from __future__ import annotations

from pathlib import Path

from alcove.hub.items import Wanted
from hub.fetching import user_queue
from local_hub import LocalHub
from program.running import answer, sentence

REPOSITORY = "org/Small-GGUF"
FILE = "small-Q4_1.gguf"


def test_a_link_is_as_good_as_a_name(local_hub: LocalHub, smollm2_path: Path) -> None:
    local_hub.add(REPOSITORY, FILE, smollm2_path)
    page = f"{local_hub.endpoint}/{REPOSITORY}"
    assert answer("fit", f"{page}/blob/main/{FILE}")["file"] == f"{REPOSITORY}/{FILE}"
    assert "alcove pull" in sentence("run", page, "-p", "Hello")
    pulled = answer("pull", f"https://huggingface.co/{REPOSITORY}")
    assert Path(pulled["files"][0]).stat().st_size == smollm2_path.stat().st_size
    assert answer("show", f"hf.co/{REPOSITORY}:Q4_1")["installed"]["architecture"] == "llama"
    document = answer("run", page, "-p", "Say hello.", "--max-tokens", "4")
    assert document["completion_tokens"] <= 4


def test_a_link_may_name_a_revision(local_hub: LocalHub, smollm2_path: Path) -> None:
    local_hub.add(REPOSITORY, FILE, smollm2_path)
    commit = local_hub.repositories[REPOSITORY].commit
    page = f"{local_hub.endpoint}/{REPOSITORY}/tree"
    assert answer("fit", f"{page}/{commit}")["file"] == f"{REPOSITORY}/{FILE}"
    assert answer("pull", f"{page}/{commit}")["revision"] == commit
    assert "does not have" in sentence("pull", f"{page}/v9")


def test_a_link_with_a_revision_is_another_download(
    local_hub: LocalHub, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, FILE, smollm2_path)
    page = f"{local_hub.endpoint}/{REPOSITORY}/tree"
    commit = local_hub.repositories[REPOSITORY].commit
    main = user_queue().add(Wanted("Small", REPOSITORY, FILE))
    user_queue().pause(main.id)
    assert answer("pull", f"{page}/{commit}")["revision"] == commit
    first, second = user_queue().items()
    assert (first.id, first.revision, first.state) == (main.id, None, "paused")
    assert (second.revision, second.state) == (commit, "done")


def test_a_link_to_something_else_is_one_sentence() -> None:
    said = sentence("run", "https://huggingface.co/datasets/org/data", "-p", "Hello")
    assert "leads to no model" in said
