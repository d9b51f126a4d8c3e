"""Models of other kinds: recurrent ones, those for embeddings, and those with an adapter."""

from __future__ import annotations

import json
import math
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import openai
import pytest

from alcove.errors import LoadError
from engine.conftest import KEY
from engine.random_models import adapter, embedder, hybrid
from engine.test_together import Talk, running

TEXTS = ["The sea is calm.", "A stone", "ships and the sea"]


@pytest.fixture(scope="module")
def hybrid_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hybrid(tmp_path_factory.mktemp("hybrid"))


def completed(talk: Talk, prompt: list[int], **options: Any) -> dict[str, Any]:
    return talk.post("/v1/completions", {"prompt": prompt, "temperature": 0, **options})


def test_a_recurrent_model_goes_back_to_a_checkpoint(hybrid_path: Path, tmp_path: Path) -> None:
    prompt = [(7 * number) % 400 + 20 for number in range(6000)]
    asked: dict[str, Any] = {"max_tokens": 16, "ignore_eos": True, "logprobs": 1}
    with running(hybrid_path, tmp_path, context=8192, checkpoints=3) as process:
        talk = Talk(process)
        first = completed(talk, prompt, **asked)
        again = completed(talk, prompt, **asked)
        other = completed(talk, [*prompt[:5000], 33, 34, 35], **asked)
        anew = completed(talk, [*prompt[:5000], 33, 34, 35], cache_prompt=False, **asked)
    assert first["timings"]["cache_n"] == 0
    assert again["timings"]["cache_n"] == 5992
    assert other["timings"]["cache_n"] == 4096
    assert anew["timings"]["cache_n"] == 0
    for one, expected in ((again, first), (other, anew)):
        assert one["choices"][0]["text"] == expected["choices"][0]["text"]
        assert logprobs(one) == pytest.approx(logprobs(expected), abs=1e-3)


def logprobs(document: dict[str, Any]) -> list[float]:
    numbers: list[float] = document["choices"][0]["logprobs"]["token_logprobs"]
    return numbers


def test_a_recurrent_model_keeps_its_sessions(hybrid_path: Path, tmp_path: Path) -> None:
    """Its state after an answer cannot be cut back: to answer anew, it goes to a checkpoint."""
    prompt = [(5 * number) % 400 + 20 for number in range(6000)]
    asked: dict[str, Any] = {"max_tokens": 8, "ignore_eos": True, "logprobs": 1}
    options: dict[str, Any] = {
        "sessions": tmp_path / "sessions",
        "context": 8192,
        "checkpoints": 3,
    }
    with running(hybrid_path, tmp_path, **options) as process:
        completed(Talk(process), prompt, **asked)
    (session,) = (tmp_path / "sessions").glob("*.kv")
    said = list(struct.unpack("<6007i", session.read_bytes()[12 : 12 + 4 * 6007]))
    cached = []
    for tokens in (prompt, [*said, 40, 41], [*prompt[:5000], 33, 34, 35]):
        with running(hybrid_path, tmp_path, **options) as process:
            talk = Talk(process)
            kept = completed(talk, tokens, **asked)
            anew = completed(talk, tokens, cache_prompt=False, **asked)
        cached.append(kept["timings"]["cache_n"])
        assert kept["choices"][0]["text"] == anew["choices"][0]["text"]
        assert logprobs(kept) == pytest.approx(logprobs(anew), abs=1e-3)
    assert cached == [5992, 6007, 4096]


def test_texts_become_vectors_as_in_llama_cpp(tmp_path: Path) -> None:
    path = embedder(tmp_path)
    with (
        running(path, tmp_path, context=256) as process,
        openai.OpenAI(base_url=f"{process.url}/v1", api_key=KEY, max_retries=0) as client,
    ):
        vectors = [each.embedding for each in client.embeddings.create(model="m", input=TEXTS).data]
        with pytest.raises(openai.InternalServerError, match="embeddings"):
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": "a"}])
        with pytest.raises(openai.BadRequestError, match="tokens"):
            client.embeddings.create(model="m", input="a " * 1000)
    code = (
        "import json, sys; from llama_cpp import Llama\n"
        "model = Llama(sys.argv[1], embedding=True, n_ctx=256, verbose=False)\n"
        "print(json.dumps(model.embed(json.loads(sys.argv[2]), normalize=True)))"
    )
    command = [sys.executable, "-c", code, str(path), json.dumps(TEXTS)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for vector, expected in zip(vectors, json.loads(output), strict=True):
        assert math.hypot(*vector) == pytest.approx(1)
        assert vector == pytest.approx(expected, abs=1e-3)


def test_a_reranker_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(LoadError, match=r"embedder\.gguf is a reranker"),
        running(embedder(tmp_path, pooling=4), tmp_path),
    ):
        pass


def test_a_draft_model_that_cannot_be_loaded_is_named(smollm2_path: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.gguf"
    draft.write_text("not a model")
    with (
        pytest.raises(LoadError, match=r"could not load draft\.gguf"),
        running(smollm2_path, tmp_path, draft=draft),
    ):
        pass


def test_an_adapter_changes_what_the_model_says(smollm2_path: Path, tmp_path: Path) -> None:
    path = adapter(tmp_path)
    said = []
    for scale in (None, 0.0, 1.0):
        adapters = () if scale is None else ((path, scale),)
        with running(smollm2_path, tmp_path, context=512, adapters=adapters) as process:
            document = Talk(process).whole("What is the capital of France?")
            said.append(document["choices"][0]["message"]["content"])
    without, scaled_to_nothing, whole = said
    assert scaled_to_nothing == without
    assert whole != without


def test_what_is_no_adapter_is_refused_with_a_sentence(smollm2_path: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(LoadError, match="adapter") as refused,
        running(smollm2_path, tmp_path, adapters=((smollm2_path, 1.0),)),
    ):
        pass
    assert "GGUF" in refused.value.advice


def test_a_draft_model_of_another_family_is_refused(
    smollm2_path: Path, gemma_path: Path, tmp_path: Path
) -> None:
    with (
        pytest.raises(LoadError, match="vocabulary"),
        running(smollm2_path, tmp_path, draft=gemma_path),
    ):
        pass
