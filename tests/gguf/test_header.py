from __future__ import annotations

import struct
from pathlib import Path

import pytest

from alcove.errors import ModelFileError
from alcove.gguf.cursor import NeedMore
from alcove.gguf.header import Strings, Tensor
from alcove.gguf.read import join_headers, parse_header, read_header
from alcove.gguf.tensor_types import TENSOR_TYPES
from local_hub.tiny_gguf import ARRAY, BOOL, F32, I32, STRING, U8, U32, U64, TinyGguf, tiny_gguf

W = TinyGguf()


@pytest.mark.parametrize(
    ("fixture", "architecture", "context", "layers", "tensors", "vocabulary", "token"),
    [
        ("smollm2_path", "llama", 8192, 30, 272, 49152, "<file_sep>"),
        ("gemma_path", "gemma3", 32768, 18, 236, 262144, "[multimodal]"),
    ],
)
def test_real_models(
    request: pytest.FixtureRequest,
    fixture: str,
    architecture: str,
    context: int,
    layers: int,
    tensors: int,
    vocabulary: int,
    token: str,
) -> None:
    path: Path = request.getfixturevalue(fixture)
    header = read_header(path)
    assert header.architecture == architecture
    assert header.number("context_length") == context
    assert header.number("block_count") == layers
    assert len(header.tensors) == tensors
    assert header.file_size == path.stat().st_size
    tokens = header.metadata["tokenizer.ggml.tokens"]
    assert isinstance(tokens, Strings)
    assert len(tokens) == len(list(tokens)) == vocabulary
    assert tokens[5] == token


@pytest.mark.parametrize(
    ("name", "layer", "role"),
    [
        ("blk.0.attn_q.weight", 0, "attn_q.weight"),
        ("blk.35.blk.1.bias", 35, "blk.1.bias"),
        ("token_embd.weight", None, "token_embd.weight"),
        ("blk.x.attn_q.weight", None, "blk.x.attn_q.weight"),
        ("v.blk.3.attn_q.weight", None, "v.blk.3.attn_q.weight"),
        (f"blk.{'9' * 5000}.a", None, f"blk.{'9' * 5000}.a"),
    ],
)
def test_a_tensor_is_part_of_a_layer_or_of_the_ends(
    name: str, layer: int | None, role: str
) -> None:
    tensor = Tensor(name, (1,), "F32", 4, 0)
    assert (tensor.layer, tensor.role) == (layer, role)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_kind_of_value(version: int) -> None:
    w = TinyGguf(version=version)
    data = TinyGguf(
        version=version,
        metadata=[
            ("general.architecture", STRING, w.text("llama")),
            ("llama.block_count", U32, struct.pack("<I", 7)),
            ("u8", U8, b"\xff"),
            ("i32", I32, struct.pack("<i", -3)),
            ("f32", F32, struct.pack("<f", 0.5)),
            ("yes", BOOL, b"\1"),
            ("u64", U64, struct.pack("<Q", 2**63)),
            ("not utf-8", STRING, w.text(b"\xff\xfe")),
            ("words", ARRAY, w.array(STRING, w.text("a"), w.text(""), w.text("ü"))),
            ("numbers", ARRAY, w.array(I32, *(struct.pack("<i", n) for n in (-1, 2)))),
            ("flags", ARRAY, w.array(BOOL, b"\1", b"\0")),
            ("nothing", ARRAY, w.array(F32)),
        ],
        tensors=[("a", (32, 2), 2), ("b", (4,), 0)],
        sizes=[36, 16],
    ).content()
    header = parse_header(data)
    values = header.metadata
    assert header.version == version
    assert header.architecture == "llama"
    assert header.number("block_count") == 7
    assert header.number("missing") is None
    assert header.text("yes") is None
    assert (values["u8"], values["i32"], values["f32"]) == (255, -3, 0.5)
    assert (values["yes"], values["u64"]) == (True, 2**63)
    assert values["not utf-8"] == "��"
    assert list(values["words"]) == ["a", "", "ü"]  # type: ignore[arg-type]
    assert list(values["numbers"]) == [-1, 2]  # type: ignore[arg-type]
    assert list(values["flags"]) == [1, 0]  # type: ignore[arg-type]
    assert list(values["nothing"]) == []  # type: ignore[arg-type]
    first, second = header.tensors
    assert (first.name, first.shape, first.type, first.size_bytes) == ("a", (32, 2), "Q4_0", 36)
    assert (second.type, second.offset, second.size_bytes) == ("F32", 64, 16)
    assert header.file_size == len(data)


def test_a_boolean_is_no_number() -> None:
    w = TinyGguf()
    data = TinyGguf(
        metadata=[("general.architecture", STRING, w.text("a")), ("a.flag", BOOL, b"\1")]
    ).content()
    assert parse_header(data).number("flag") is None


def test_alignment_moves_the_weights() -> None:
    metadata = [("general.alignment", U32, struct.pack("<I", 4096))]
    tensors = [("a", (4,), 0), ("b", (4,), 0)]
    header = parse_header(TinyGguf(metadata, tensors, alignment=4096).content())
    assert header.data_offset == 4096
    assert [tensor.offset for tensor in header.tensors] == [0, 4096]


def test_every_tensor_type_has_whole_blocks() -> None:
    for number, kind in TENSOR_TYPES.items():
        tensors = [("t", (256, 3), number)]
        size = 256 // kind.block_elements * 3 * kind.block_bytes
        header = parse_header(TinyGguf(tensors=tensors, sizes=[size]).content())
        assert (header.tensors[0].type, header.tensors[0].size_bytes) == (kind.name, size)


def test_every_prefix_asks_for_more() -> None:
    header = TinyGguf(
        metadata=[("general.architecture", STRING, W.text("llama"))],
        tensors=[("token_embd.weight", (8, 4), 0)],
    ).header()
    for size in range(len(header)):
        with pytest.raises(NeedMore) as caught:
            parse_header(header[:size])
        assert size < caught.value.size <= len(header)
    assert parse_header(header).architecture == "llama"


def test_parts_join_to_one_header() -> None:
    first = parse_header(tiny_gguf())
    second = parse_header(TinyGguf(tensors=[("x", (3,), 0), ("y", (4,), 0)]).content())
    joined = join_headers([first, second])
    assert joined.architecture == "llama"
    assert [(t.name, t.offset) for t in joined.tensors] == [
        ("token_embd.weight", 0),
        ("x", 128),
        ("y", 160),
    ]
    assert joined.file_size == joined.data_offset + 176


def sentence_of(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        read_header(path)
    assert caught.value.advice
    return caught.value.cause


def test_not_a_gguf(tmp_path: Path) -> None:
    path = tmp_path / "page.gguf"
    path.write_text("<!DOCTYPE html>")
    assert sentence_of(path) == "page.gguf is not a GGUF file: it begins with '<!DO'."
    path.write_bytes(b"\x89PNG\r\n")
    assert "89 50 4e 47" in sentence_of(path)
    path.write_bytes(b"")
    assert sentence_of(path) == "page.gguf is empty."


def test_cut_short(tmp_path: Path) -> None:
    data = tiny_gguf()
    path = tmp_path / "m.gguf"
    path.write_bytes(data[:-5])
    assert sentence_of(path) == "m.gguf is cut short: it lacks at least 5 B."
    path.write_bytes(data[:40])
    assert "cut short" in sentence_of(path)


def test_missing_folder_and_forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There is no file" in sentence_of(tmp_path / "none.gguf")
    assert "is not a file" in sentence_of(tmp_path)
    path = tmp_path / "secret.gguf"
    path.write_bytes(tiny_gguf())

    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root, as which tests may run, may read anything
    assert "may not read" in sentence_of(path)
