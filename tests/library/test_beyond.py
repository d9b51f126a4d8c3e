"""Where a model runs that does not fit: the machines, the cards, and commands that are taken."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from alcove.catalog.layouts import load_builds
from alcove.catalog.load import Catalog, load_catalog
from alcove.catalog.rebuild import rebuild
from alcove.fit.estimate import estimate
from alcove.fit.hosts import cards, hosts
from alcove.fit.plan import Wish
from alcove.fit.vllm import Heads, served, served_by
from alcove.gguf.skeleton import read_skeleton
from alcove.hardware.profiles import load_profile
from alcove.library.beyond import Beyond, Elsewhere, beyond, published
from alcove.library.elsewhere import of_catalogued, of_installed, of_remote
from alcove.library.installed import InstalledModel

WISH = Wish(8192)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def elsewhere(catalog: Catalog, model_id: str, quantization: str) -> Elsewhere:
    model = catalog.get(model_id)
    assert model is not None
    chosen = model.quantization(quantization)
    assert chosen is not None
    return of_catalogued(model, chosen, rebuild(load_builds()[model_id], chosen))


def found(model: Elsewhere, profile: str = "laptop-32gb-ddr5") -> Beyond:
    return beyond(model, estimate(model.shape, load_profile(profile), WISH), WISH, "secret")


def test_a_machine_that_is_named_runs_the_model_and_a_smaller_one_does_not(
    catalog: Catalog,
) -> None:
    model = elsewhere(catalog, "gpt-oss-120b", "MXFP4")
    names = [host.profile.name for host in hosts(model.shape, WISH)]
    assert "h100-80gb" in names
    assert "laptop-32gb-ddr5" not in names
    assert all(host.fit.fits for host in hosts(model.shape, WISH))


@pytest.mark.parametrize(
    ("model_id", "quantization", "queries", "keys"),
    [
        ("gpt-oss-120b", "MXFP4", (64,), (8,)),
        ("qwen3-32b", "Q4_K_M", (64,), (8,)),
        ("qwen2.5-7b-instruct", "Q4_K_M", (28,), (4,)),
    ],
)
def test_heads_are_those_of_the_header(
    catalog: Catalog,
    model_id: str,
    quantization: str,
    queries: tuple[int, ...],
    keys: tuple[int, ...],
) -> None:
    heads = elsewhere(catalog, model_id, quantization).heads
    assert (heads.queries, heads.keys) == (queries, keys)


@pytest.mark.parametrize(
    ("queries", "keys", "possible"),
    [
        ((64,), (8,), [1, 2, 4, 8]),
        ((28,), (4,), [1, 2, 4]),
        ((40,), (8,), [1, 2, 4, 8]),
        ((12,), (2,), [1, 2, 4, 6]),
        ((14,), (2,), [1, 2]),
        ((), (), list(range(1, 9))),
    ],
)
def test_cards_share_heads_equally(
    queries: tuple[int, ...], keys: tuple[int, ...], possible: list[int]
) -> None:
    heads = Heads(queries, keys)
    assert [count for count in range(1, 9) if heads.can_be_divided(count)] == possible


def test_the_fewest_cards_hold_weights_and_context(catalog: Catalog) -> None:
    model = elsewhere(catalog, "qwen3-32b", "Q4_K_M")
    known = catalog.get("qwen3-32b")
    assert known is not None
    for one in served_by(model.shape, model.heads, cards(), 8192):
        assert abs(one.weights_bytes / (2 * known.parameters) - 1) < 0.02
        each = one.weights_bytes / one.cards
        kv = model.shape.kv.size(one.context) / model.heads.shares(one.cards)
        assert each + kv <= one.card.total_bytes * 0.92
        assert 8192 <= one.context <= model.shape.context_limit
        if one.cards > 1:
            fewer = one.weights_bytes / (one.cards // 2)
            assert fewer + model.shape.kv.size(8192) > one.card.total_bytes * 0.8
    biggest = cards()[-1]
    huge = replace(model.shape, blocks=model.shape.blocks * 100)
    assert served(huge, model.heads, biggest, 8192) is None


def test_commands_say_what_was_computed(catalog: Catalog) -> None:
    model = elsewhere(catalog, "qwen3-32b", "Q8_0")
    result = found(model)
    ways = {shlex.split(way.steps[-1].command)[0]: way for way in result.ways}
    vllm = shlex.split(next(w for w in result.ways if w.title.startswith("vLLM")).steps[0].command)
    assert vllm[:3] == ["vllm", "serve", "Qwen/Qwen3-32B"]
    size = int(vllm[vllm.index("--tensor-parallel-size") + 1])
    assert model.heads.can_be_divided(size)
    assert int(vllm[vllm.index("--max-model-len") + 1]) >= 8192
    served_there = shlex.split(ways["alcove"].steps[0].command)
    assert served_there[1:3] == ["serve", model.target]
    assert {"--lan", "--api-key"} <= set(served_there)
    rpc = result.ways[-1]
    *helpers, here = rpc.steps
    assert shlex.split(here.command)[0] == "llama-server"
    servers = shlex.split(here.command)[shlex.split(here.command).index("--rpc") + 1]
    assert servers.split(",") == [f"{step.where}:50052" for step in helpers]
    assert all(step.command.startswith("ggml-rpc-server") for step in helpers)


def test_a_model_that_fits_needs_no_helpers(catalog: Catalog) -> None:
    result = found(elsewhere(catalog, "qwen3-0.6b", "Q8_0"))
    assert result.fit.fits
    assert not any("--rpc" in step.command for way in result.ways for step in way.steps)


def test_nobody_is_told_to_join_a_hundred_computers(catalog: Catalog) -> None:
    model = elsewhere(catalog, "deepseek-r1-0528", "Q8_0")
    result = found(model, "laptop-8gb")
    assert not any("--rpc" in step.command for way in result.ways for step in way.steps)


def test_the_publishers_page_comes_from_the_header_where_it_says_so(catalog: Catalog) -> None:
    assert published("https://huggingface.co/Qwen/Qwen3-32B") == "Qwen/Qwen3-32B"
    assert published("https://example.org/Qwen/Qwen3-32B") == ""
    assert published("https://huggingface.co/Qwen/Qwen3-32B; rm -rf /") == ""
    model = catalog.get("qwen3-32b")
    assert model is not None
    skeleton = rebuild(load_builds()["qwen3-32b"], model.quantizations[0])
    nameless = of_remote("a/B-GGUF", "b-Q4_K_M.gguf", skeleton)
    assert nameless.page == ""
    assert nameless.gguf == ("-hf", "a/B-GGUF:Q4_K_M")
    assert not any("vLLM" in way.title for way in found(nameless).ways)
    assert of_remote("a/B-GGUF", "odd name.gguf", skeleton).gguf == (
        *("--hf-repo", "a/B-GGUF", "--hf-file", "odd name.gguf"),
    )


def test_a_file_of_this_computer_alone_has_to_be_copied(
    smollm2_path: Path, catalog: Catalog
) -> None:
    skeleton = read_skeleton([smollm2_path])
    own = InstalledModel(
        target=str(smollm2_path),
        name="Mine",
        files=(smollm2_path,),
        size_bytes=smollm2_path.stat().st_size,
        source="folder",
        quantization="Q4_1",
        architecture="llama",
    )
    alone = of_installed(own, None, skeleton)
    assert alone.gguf == ("-m", str(smollm2_path))
    assert "Copy the file" in found(alone).ways[0].note
    known = catalog.get("smollm2-135m")
    assert known is not None
    listed = replace(own, quantization=known.quantizations[0].name)
    assert of_installed(listed, known, skeleton).gguf[0] == "-hf"
    downloaded = replace(own, repository="a/B-GGUF")
    assert of_installed(downloaded, None, skeleton).gguf == ("-hf", "a/B-GGUF:Q4_1")
