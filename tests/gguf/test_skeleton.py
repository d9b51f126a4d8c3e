from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alcove.errors import ModelFileError
from alcove.gguf.cursor import NeedMore
from alcove.gguf.header import Header
from alcove.gguf.read import read_header
from alcove.gguf.skeleton import Skeleton, read_skeleton, skeleton_of
from local_hub.tiny_gguf import ARRAY, STRING, U32, TinyGguf

W = TinyGguf()
TOKENS = W.array(STRING, *(W.text(f"token {index}") for index in range(300)))
MODEL = TinyGguf(
    metadata=[
        ("general.architecture", STRING, W.text("llama")),
        ("general.alignment", U32, struct.pack("<I", 64)),
        ("llama.block_count", U32, struct.pack("<I", 7)),
        ("tokenizer.ggml.model", STRING, W.text("gpt2")),
        ("tokenizer.ggml.tokens", ARRAY, TOKENS),
        ("tokenizer.ggml.token_type_count", U32, struct.pack("<I", 2)),
    ],
    tensors=[("a", (32, 3), 2), ("b", (5,), 0)],
    sizes=[54, 20],
    alignment=64,
)


def shapes_of(header: Header) -> list[tuple[str, tuple[int, ...], str, int]]:
    return [(t.name, t.shape, t.type, t.size_bytes) for t in header.tensors]


@pytest.mark.parametrize("fixture", ["smollm2_path", "gemma_path"])
def test_a_real_model_keeps_all_but_its_tokenizer(
    request: pytest.FixtureRequest, fixture: str
) -> None:
    path: Path = request.getfixturevalue(fixture)
    skeleton, header = read_skeleton([path]), read_header(path)
    assert 10_000 < len(skeleton.data) < 70_000
    assert shapes_of(skeleton.header) == shapes_of(header)
    for key in (key for key in header.metadata if not key.startswith("tokenizer.")):
        kept, value = skeleton.header.metadata[key], header.metadata[key]
        assert kept == value or list(kept) == list(value)  # type: ignore[arg-type]
    tokens = header.metadata["tokenizer.ggml.tokens"]
    assert skeleton.vocabulary_size == len(tokens)  # type: ignore[arg-type]
    assert skeleton.tokenizer_model == header.metadata["tokenizer.ggml.model"]
    merges = header.metadata.get("tokenizer.ggml.merges", ())
    assert skeleton.tokenizer_merges == len(merges)  # type: ignore[arg-type]
    assert path.stat().st_size - header.data_offset == skeleton.file_size - len(skeleton.data)


def test_tensors_move_to_an_alignment_of_32() -> None:
    skeleton = skeleton_of([MODEL.header()])
    assert len(skeleton.data) % 32 == 0
    assert [tensor.offset for tensor in skeleton.header.tensors] == [0, 64]
    assert skeleton.file_size == len(skeleton.data) + 64 + 20
    metadata = skeleton.header.metadata
    assert "general.alignment" not in metadata
    assert metadata["tokenizer.ggml.model"] == "none"
    assert metadata["llama.block_count"] == 7
    assert metadata["tokenizer.ggml.token_type_count"] == 2  # the shape of one of BERT's tensors


def test_a_tokenizer_can_be_kept() -> None:
    skeleton = skeleton_of([MODEL.header()], keep_tokenizer=True)
    tokens = skeleton.header.metadata["tokenizer.ggml.tokens"]
    assert list(tokens)[:2] == ["token 0", "token 1"]  # type: ignore[arg-type]
    assert skeleton.header.metadata["tokenizer.ggml.model"] == "gpt2"


def test_the_number_of_tokens_wins_over_what_is_said_of_it() -> None:
    said = ("llama.vocab_size", U32, struct.pack("<I", 12345))
    silent = replace(MODEL, metadata=[*MODEL.metadata[:3], said])
    assert skeleton_of([silent.header()]).vocabulary_size == 12345
    both = replace(MODEL, metadata=[*MODEL.metadata, said])
    assert skeleton_of([both.header()]).vocabulary_size == 300


def test_a_skeleton_is_its_own_skeleton() -> None:
    once = skeleton_of([MODEL.header()])
    again = skeleton_of([once.data])
    assert again.header.tensors == once.header.tensors
    assert again.vocabulary_size == once.vocabulary_size
    assert Skeleton(once.data).file_size == once.file_size


def parts(count: int, there: int) -> list[bytes]:
    split = ("split.count", U32, struct.pack("<I", count))
    files = [TinyGguf([*MODEL.metadata, split], [("a", (4,), 0)], alignment=64)]
    files += [TinyGguf([split], [(f"more {index}", (4,), 0)]) for index in range(1, there)]
    return [file.header().ljust(4096, b"\0") for file in files]


def test_parts_are_merged() -> None:
    skeleton = skeleton_of(parts(3, 3))
    assert [t.name for t in skeleton.header.tensors] == ["a", "more 1", "more 2"]
    assert not [key for key in skeleton.header.metadata if key.startswith("split.")]


def test_a_missing_part_is_named() -> None:
    with pytest.raises(ModelFileError, match="is split into 3 parts, and 2 are there"):
        skeleton_of(parts(3, 2), "big.gguf")


def test_what_llama_cpp_would_refuse_in_the_file_is_refused() -> None:
    old = TinyGguf(version=1, metadata=[("general.architecture", STRING, b"\5\0\0\0llama")])
    with pytest.raises(ModelFileError, match="version 1"):
        skeleton_of([old.header()])
    gap = replace(MODEL, sizes=[54 + 64, 20])
    with pytest.raises(ModelFileError, match="'b' is not in order"):
        skeleton_of([gap.header()])


def test_a_file_that_vanishes_meanwhile_was_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, opened = tmp_path / "m.gguf", Path.open
    path.write_bytes(MODEL.content())

    def open_and_delete(file: Path, *arguments: Any, **options: Any) -> Any:
        handle = opened(file, *arguments, **options)
        file.unlink()
        return handle

    monkeypatch.setattr(Path, "open", open_and_delete)
    assert read_skeleton([path]).data == skeleton_of([MODEL.header()]).data
    with pytest.raises(ModelFileError, match="There is no file"):
        read_skeleton([path])


def test_half_a_header_asks_for_more() -> None:
    with pytest.raises(NeedMore):
        skeleton_of([MODEL.header()[:100]])
