"""Headers damaged or made to harm, and what must become of each: a price or one clear sentence."""

from __future__ import annotations

import struct
import time
from contextlib import suppress
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from alcove.errors import ModelFileError
from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.estimate import estimate
from alcove.fit.plan import Wish
from alcove.fit.price import Buffers, CannotSay, Refusal
from alcove.fit.shape import shape_from_skeleton
from alcove.gguf.cursor import NeedMore
from alcove.gguf.skeleton import Skeleton, skeleton_of
from alcove.gguf.tensor_types import TENSOR_TYPES
from fit.examples import GIB, gpu, machine
from fit.synthetic import bytes_of
from fit.synthetic_shapes import (
    falcon_h1_1_5b,
    gemma3_4b,
    gpt_oss_20b,
    lfm2_1_2b,
    llama,
    qwen3_next,
)
from local_hub.tiny_gguf import ARRAY, BOOL, F32, I32, STRING, U8, U32, U64, TinyGguf

SECONDS = 2.0
HOST = machine(64 * GIB, gpu(16 * GIB), bandwidth=20e9)
W = TinyGguf()
BASES = [
    shape.gguf()
    for shape in (
        llama("tiny-llama", 4, 2048, 8192, 16),
        gemma3_4b(),
        gpt_oss_20b(),
        qwen3_next(4),
        falcon_h1_1_5b(),
        lfm2_1_2b(),
    )
]

_NUMBERS = (0, 1, 2, 3, 7, 255, 256, 2**16, 2**20, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
_LENGTHS = (0, 1, 31, 32, 256, 4096, 2**20, 2**31, 2**40, 2**62, 2**63, 2**64 - 1)
_FLOATS = (float("nan"), float("inf"), -1.0, 0.0, 1e38)

_NAMES = ("", "x" * 200, "blk.0.attn_q.weight", f"blk.{'9' * 5000}.attn_q.weight")

values = st.one_of(
    st.sampled_from(_NUMBERS).map(lambda number: (U32, struct.pack("<I", number))),
    st.sampled_from(_LENGTHS).map(lambda number: (U64, struct.pack("<Q", number))),
    st.sampled_from(_FLOATS).map(lambda number: (F32, struct.pack("<f", number))),
    st.integers(-(2**31), 2**31 - 1).map(lambda number: (I32, struct.pack("<i", number))),
    st.lists(st.sampled_from(_NUMBERS), max_size=64).map(
        lambda numbers: (ARRAY, W.array(U32, *(struct.pack("<I", each) for each in numbers)))
    ),
    st.sampled_from(_LENGTHS).map(
        lambda count: (ARRAY, struct.pack("<IQ", U8, count) + bytes(min(count, 64)))
    ),
    st.integers(1, 9).map(
        lambda depth: (ARRAY, struct.pack("<IQ", ARRAY, 1) * depth + struct.pack("<IQ", U8, 0))
    ),
    st.sampled_from(["", "llama", "mamba", "clip", "\0", "x" * 5000]).map(
        lambda text: (STRING, W.text(text))
    ),
    st.just((BOOL, b"\1")),
    st.just((99, b"")),
)

shapes = st.lists(
    st.one_of(st.sampled_from(_LENGTHS), st.integers(1, 20000)), min_size=0, max_size=5
).map(tuple)


@st.composite
def hostile_headers(draw: st.DrawFn) -> bytes:
    """A true header with up to three changes, then up to three wrong bytes, perhaps cut short."""
    gguf = draw(st.sampled_from(BASES))
    for _index in range(draw(st.integers(0, 3))):
        change = draw(st.sampled_from([*[_other_value] * 4, _other_tensor, _lost, _doubled]))
        gguf = change(draw, gguf)
    header = bytearray(gguf.header())
    for _index in range(draw(st.sampled_from([0, 0, 0, 1, 3]))):
        header[draw(st.integers(0, len(header) - 1))] = draw(st.integers(0, 255))
    end = draw(st.sampled_from([len(header)] * 9 + [draw(st.integers(0, len(header)))]))
    return bytes(header[:end]).ljust(end and -(-end // 32) * 32, b"\0")


def _other_value(draw: st.DrawFn, gguf: TinyGguf) -> TinyGguf:
    metadata = list(gguf.metadata)
    index = draw(st.integers(0, len(metadata) - 1))
    metadata[index] = (metadata[index][0], *draw(values))
    return replace(gguf, metadata=metadata)


def _other_tensor(draw: st.DrawFn, gguf: TinyGguf) -> TinyGguf:
    tensors, sizes = list(gguf.tensors), list(gguf.sizes)
    index = draw(st.integers(0, len(tensors) - 1))
    name, shape, kind = tensors[index]
    name = draw(st.sampled_from([name, name, *_NAMES]))
    shape = draw(st.one_of(st.just(shape), shapes))
    kind = draw(st.one_of(st.just(kind), st.sampled_from(list(TENSOR_TYPES))))
    tensors[index] = name, shape, kind
    sizes[index] = bytes_of((name, shape, TENSOR_TYPES[kind].name)) % 2**62
    return replace(gguf, tensors=tensors, sizes=sizes)


def _lost(draw: st.DrawFn, gguf: TinyGguf) -> TinyGguf:
    index = draw(st.integers(0, len(gguf.metadata) - 1))
    return replace(gguf, metadata=[*gguf.metadata[:index], *gguf.metadata[index + 1 :]])


def _doubled(draw: st.DrawFn, gguf: TinyGguf) -> TinyGguf:
    return replace(gguf, metadata=[*gguf.metadata, draw(st.sampled_from(list(gguf.metadata)))])


@dataclass(frozen=True)
class Outcome:
    """What became of a header: "refused" before llama.cpp saw it, "priced", ..., with the words."""

    kind: str
    sentence: str
    seconds: float


def outcome(data: bytes, dry_run: DryRun) -> Outcome:
    """Take a header the whole way; raise AssertionError unless a price or a sentence comes out."""
    start = time.perf_counter()
    kind, sentence = _outcome(data, dry_run)
    assert kind == "priced" or sentence.strip()
    assert "\n" not in sentence.strip()
    return Outcome(kind, sentence, time.perf_counter() - start)


def _outcome(data: bytes, dry_run: DryRun) -> tuple[str, str]:
    try:
        skeleton = skeleton_of([data])
    except NeedMore as more:
        return "cut short", f"{more.size} bytes of the header are needed"
    except ModelFileError as error:
        return "damaged", error.cause
    _estimate(skeleton)
    return _price(skeleton, dry_run)


def _estimate(skeleton: Skeleton) -> None:
    """Go by the formula, where the header is that of a model."""
    with suppress(ModelFileError):
        assert estimate(shape_from_skeleton(skeleton), HOST, Wish(4096)).sentence


def _price(skeleton: Skeleton, dry_run: DryRun) -> tuple[str, str]:
    (price,) = dry_run.price(skeleton, [Configuration(4096)])
    match price:
        case Buffers():
            assert min(price.weights_bytes, price.context_bytes, price.compute_bytes) >= 0
            return "priced", ""
        case Refusal():
            return "refused", price.reason
        case CannotSay():
            return "cannot say", price.sentence
