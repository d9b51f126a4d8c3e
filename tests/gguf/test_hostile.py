"""Headers that were damaged or made to harm: each is refused, with bounded time and memory."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alcove.errors import ModelFileError
from alcove.gguf.cursor import HEADER_LIMIT, NeedMore
from alcove.gguf.header import Header
from alcove.gguf.read import parse_header
from local_hub.tiny_gguf import ARRAY, STRING, U8, U32, TinyGguf

W = TinyGguf()
HUGE = (2**63, 2**64 - 1, 2**40)


def start(tensors: int, entries: int) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, entries)


def entry(key: str, kind: int, value: bytes) -> bytes:
    return start(0, 1) + W.text(key) + struct.pack("<I", kind) + value


def tensor(shape: tuple[int, ...], kind: int = 0, offset: int = 0, name: str = "t") -> bytes:
    dimensions = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return W.text(name) + dimensions + struct.pack("<IQ", kind, offset)


def hostile() -> Iterator[tuple[str, bytes]]:
    for count in HUGE:
        yield f"{count} tensors", start(count, 0)
        yield f"{count} entries", start(0, count)
        yield f"a key of {count} bytes", start(0, 1) + struct.pack("<Q", count) + bytes(8)
        yield f"a text of {count} bytes", entry("k", STRING, struct.pack("<Q", count))
        for kind in (U8, STRING):
            yield f"{count} of type {kind}", entry("k", ARRAY, struct.pack("<IQ", kind, count))
        yield f"a length of {count}", start(1, 0) + tensor((32, count, count, count))
    yield (
        "a text in an array that is too long",
        entry(
            "k",
            ARRAY,
            struct.pack("<IQ", STRING, 2) + W.text("ok") + struct.pack("<Q", 2**63) + b"x",
        ),
    )
    nested = struct.pack("<IQ", ARRAY, 1) * 1000 + struct.pack("<IQ", U8, 0)
    yield "nested arrays", entry("k", ARRAY, nested)
    yield "an unknown value type", entry("k", 99, b"")
    yield "an unknown array type", entry("k", ARRAY, struct.pack("<IQ", 13, 1) + b"\0" * 8)
    twice = W.text("k") + struct.pack("<I", U8) + b"\1"
    yield "a key twice", start(0, 2) + twice + twice
    for alignment in (0, 3, 2**31 + 1):
        value = struct.pack("<I", alignment)
        yield f"alignment {alignment}", entry("general.alignment", U32, value)
    yield "alignment in words", entry("general.alignment", STRING, W.text("32"))
    yield "five dimensions", start(1, 0) + tensor((1, 1, 1, 1, 1))
    yield "an unknown tensor type", start(1, 0) + tensor((32,), kind=4)
    yield "an end past 2^63", start(1, 0) + tensor((2**40,), offset=2**63 - 32)
    yield "half a block", start(1, 0) + tensor((33,), kind=2)
    yield "an offset between", start(1, 0) + tensor((32,), offset=7)
    yield "two of one name", start(2, 0) + tensor((32,)) + tensor((32,))
    yield "version 0", b"GGUF" + struct.pack("<I", 0) + bytes(16)
    yield "version 4", b"GGUF" + struct.pack("<I", 4) + bytes(16)
    yield "big endian", b"GGUF" + struct.pack(">I", 3) + bytes(16)


@pytest.mark.parametrize(("tensors", "entries"), [(100_001, 0), (0, 10_001)])
def test_more_than_any_model_has_is_refused_before_it_is_read(tensors: int, entries: int) -> None:
    with pytest.raises(ModelFileError, match=f"it claims to have {tensors or entries} "):
        parse_header(start(tensors, entries))


def test_as_much_as_a_header_may_have_is_read() -> None:
    tensors = b"".join(tensor((1,), name=str(number)) for number in range(100_000))
    assert len(parse_header(start(100_000, 0) + tensors).tensors) == 100_000
    entries = b"".join(W.text(str(number)) + bytes(5) for number in range(10_000))
    assert len(parse_header(start(0, 10_000) + entries).metadata) == 10_000


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in hostile()])
def test_hostile_headers_are_refused(data: bytes) -> None:
    with pytest.raises(ModelFileError) as caught:
        parse_header(data, "evil.gguf")
    assert caught.value.cause.startswith("evil.gguf ")
    assert caught.value.advice


def test_big_endian_is_named() -> None:
    with pytest.raises(ModelFileError, match="big-endian"):
        parse_header(b"GGUF" + struct.pack(">I", 3) + bytes(16))


def largest_array(kind: int, element: int) -> tuple[bytes, int]:
    count = (HEADER_LIMIT - 128) // element
    return entry("k", ARRAY, struct.pack("<IQ", kind, count) + bytes(count * element)), count


def test_the_longest_array_is_read() -> None:
    data, count = largest_array(STRING, 8)
    header = parse_header(data)
    assert len(header.metadata["k"]) == count  # type: ignore[arg-type]


def test_the_largest_array_takes_bounded_memory() -> None:
    data, count = largest_array(U8, 1)
    tracemalloc.start()
    try:
        header = parse_header(data)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(header.metadata["k"]) == count  # type: ignore[arg-type]
    assert peak < 3 * HEADER_LIMIT


REAL = TinyGguf(
    metadata=[
        ("general.architecture", STRING, W.text("llama")),
        ("general.alignment", U32, struct.pack("<I", 64)),
        ("tokenizer.ggml.tokens", ARRAY, W.array(STRING, *(W.text(f"t{i}") for i in range(40)))),
        ("tokenizer.ggml.token_type", ARRAY, W.array(U32, *[struct.pack("<I", 1)] * 40)),
    ],
    tensors=[(f"blk.{i}.ffn_up.weight", (256, 4), 12) for i in range(6)],
    sizes=[576] * 6,
    alignment=64,
).header()


def outcome(data: bytes) -> Header | ModelFileError | NeedMore:
    try:
        return parse_header(data)
    except (ModelFileError, NeedMore) as error:
        return error


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, len(REAL) - 1), st.binary(min_size=1, max_size=8)), max_size=6
    ),
    st.integers(0, len(REAL)),
)
def test_a_mutated_header_is_read_refused_or_continued(
    changes: list[tuple[int, bytes]], length: int
) -> None:
    data = bytearray(REAL)
    for position, content in changes:
        data[position : position + len(content)] = content
    for candidate in (bytes(data), bytes(data[:length])):
        match outcome(candidate):
            case Header() as header:
                assert header.file_size >= header.data_offset
            case NeedMore() as more:
                assert len(candidate) < more.size <= HEADER_LIMIT
            case ModelFileError() as error:
                assert error.cause
                assert error.advice
