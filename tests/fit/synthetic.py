"""Models with real hyperparameters and no content: what llama.cpp plans for them is the real plan.

A file holds a true header and, sparse, zeros for weights. Quantizations are those of a Q4_K_M file
as far as the length of the rows allows, MXFP4 for the experts of gpt-oss. Where a whole model would
take more than about 14 GB, it has fewer layers, which its name says.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alcove.gguf.tensor_types import TENSOR_TYPES
from local_hub.tiny_gguf import ARRAY, BOOL, F32, I32, STRING, U32, TinyGguf

Tensor = tuple[str, tuple[int, ...], str]
Hyperparameter = str | int | float | Sequence[int]

Entry = tuple[str, int, bytes]

NUMBERS = {kind.name: number for number, kind in TENSOR_TYPES.items()}
U16 = 2
W = TinyGguf()
NO_TOKENIZER: tuple[Entry, ...] = (("tokenizer.ggml.model", STRING, W.text("none")),)


@dataclass(frozen=True)
class Synthetic:
    """One model. ``hyperparameters`` go without the architecture that their keys begin with.

    ``tokenizer`` is encoded metadata. Without one, a model can be loaded and not spoken to.
    """

    name: str
    architecture: str
    hyperparameters: Mapping[str, Hyperparameter]
    tensors: tuple[Tensor, ...]
    parts: int = 1
    tokenizer: tuple[Entry, ...] = NO_TOKENIZER

    def headers(self) -> list[bytes]:
        """The header of each part."""
        return [self.gguf(part).header() for part in range(self.parts)]

    def write(self, folder: Path) -> list[Path]:
        """Write the files, sparse, and return their paths in order."""
        paths = []
        for part in range(self.parts):
            gguf = self.gguf(part)
            header = gguf.header()
            number = f"-{part + 1:05}-of-{self.parts:05}" if self.parts > 1 else ""
            path = folder / f"{self.name}{number}.gguf"
            path.write_bytes(header)
            os.truncate(path, _aligned(len(header)) + sum(map(_aligned, gguf.sizes)))
            paths.append(path)
        return paths

    def gguf(self, part: int = 0) -> TinyGguf:
        """One part, encoded."""
        size = -(-len(self.tensors) // self.parts)
        tensors = self.tensors[part * size : (part + 1) * size]
        return TinyGguf(
            metadata=self._metadata(part),
            tensors=[(name, shape, NUMBERS[kind]) for name, shape, kind in tensors],
            sizes=[bytes_of(tensor) for tensor in tensors],
        )

    def _metadata(self, part: int) -> list[tuple[str, int, bytes]]:
        metadata = {
            "general.architecture": self.architecture,
            **{f"{self.architecture}.{key}": value for key, value in self.hyperparameters.items()},
        }
        encoded = [(key, *_encoded(value)) for key, value in metadata.items()]
        encoded += self.tokenizer
        if self.parts == 1:
            return encoded
        split = {"split.no": part, "split.count": self.parts}
        return [
            *(encoded if part == 0 else encoded[:1]),
            *((key, U16, struct.pack("<H", value)) for key, value in split.items()),
            ("split.tensors.count", I32, struct.pack("<i", len(self.tensors))),
        ]


def bytes_of(tensor: Tensor) -> int:
    _name, shape, kind = tensor
    layout = TENSOR_TYPES[NUMBERS[kind]]
    return math.prod(shape) // layout.block_elements * layout.block_bytes


def _aligned(size: int) -> int:
    return -(-size // 32) * 32


def _encoded(value: Hyperparameter) -> tuple[int, bytes]:
    if isinstance(value, str):
        return STRING, W.text(value)
    if isinstance(value, bool):
        return BOOL, struct.pack("<?", value)
    if isinstance(value, float):
        return F32, struct.pack("<f", value)
    if isinstance(value, int):
        return U32, struct.pack("<I", value)
    return ARRAY, W.array(I32, *(struct.pack("<i", number) for number in value))


def weights(**shapes: tuple[int, ...]) -> Iterator[Tensor]:
    """Matrices in the quantization of a Q4_K_M file, vectors in F32."""
    for name, shape in shapes.items():
        kind = "F32" if len(shape) == 1 else _quantized(name, shape[0])
        yield f"{name}.weight", shape, kind


def _quantized(name: str, row: int) -> str:
    if name in ("ffn_gate_inp", "ssm_conv1d", "ssm_norm"):
        return "F32"
    fine = name in ("output", "attn_v", "ffn_down", "ffn_down_exps")
    if row % 256 == 0:
        return "Q6_K" if fine else "Q4_K"
    return "Q8_0" if fine else "Q5_0"


def biases(**shapes: tuple[int, ...]) -> Iterator[Tensor]:
    for name, shape in shapes.items():
        yield f"{name}.bias", shape, "F32"


def blocks(count: int, *layers: Sequence[Tensor]) -> Iterator[Tensor]:
    """Repeat ``layers`` until there are ``count``."""
    for index in range(count):
        for name, shape, kind in layers[index % len(layers)]:
            yield f"blk.{index}.{name}", shape, kind


def attention(
    width: int, heads: int, kv_heads: int, head: int, *, norms: bool = False
) -> list[Tensor]:
    tensors = weights(
        attn_norm=(width,),
        attn_q=(width, heads * head),
        attn_k=(width, kv_heads * head),
        attn_v=(width, kv_heads * head),
        attn_output=(heads * head, width),
    )
    return [*tensors, *(weights(attn_q_norm=(head,), attn_k_norm=(head,)) if norms else ())]


def feed_forward(width: int, inner: int) -> list[Tensor]:
    gate, down = (width, inner), (inner, width)
    return list(weights(ffn_norm=(width,), ffn_gate=gate, ffn_up=gate, ffn_down=down))


def experts(width: int, inner: int, count: int) -> list[Tensor]:
    return list(
        weights(
            ffn_gate_inp=(width, count),
            ffn_gate_exps=(width, inner, count),
            ffn_up_exps=(width, inner, count),
            ffn_down_exps=(inner, width, count),
        )
    )


def shared_expert(width: int, inner: int) -> list[Tensor]:
    gate = (width, inner)
    return list(weights(ffn_gate_shexp=gate, ffn_up_shexp=gate, ffn_down_shexp=(inner, width)))


def ends(width: int, vocabulary: int, *, tied: bool = False) -> list[Tensor]:
    shapes = {"token_embd": (width, vocabulary), "output_norm": (width,)}
    return list(weights(**shapes, **({} if tied else {"output": (width, vocabulary)})))


def mamba2(width: int, inner: int, states: int, heads: int, groups: int) -> list[Tensor]:
    mixed = inner + 2 * groups * states
    return [
        *weights(attn_norm=(width,), ssm_in=(width, inner + mixed + heads)),
        *weights(ssm_conv1d=(4, mixed), ssm_out=(inner, width)),
        *biases(ssm_conv1d=(mixed,), ssm_dt=(heads,)),
        ("ssm_a", (1, heads), "F32"),
        ("ssm_d", (1, heads), "F32"),
    ]


def common(
    layers: int,
    width: int,
    inner: int | Sequence[int],
    heads: int,
    kv_heads: int | Sequence[int],
    vocabulary: int,
    context: int = 131072,
    **more: Hyperparameter,
) -> dict[str, Hyperparameter]:
    """The hyperparameters that nearly every architecture has."""
    return {
        "block_count": layers,
        "context_length": context,
        "embedding_length": width,
        "feed_forward_length": inner,
        "attention.head_count": heads,
        "attention.head_count_kv": kv_heads,
        "attention.layer_norm_rms_epsilon": 1e-6,
        "vocab_size": vocabulary,
        **{key.replace("__", "."): value for key, value in more.items()},
    }


def ssm(inner: int, states: int, heads: int, groups: int) -> dict[str, Hyperparameter]:
    return {
        "ssm.conv_kernel": 4,
        "ssm.inner_size": inner,
        "ssm.state_size": states,
        "ssm.time_step_rank": heads,
        "ssm.group_count": groups,
    }


def head_sizes(size: int) -> dict[str, Hyperparameter]:
    return {
        "attention.key_length": size,
        "attention.value_length": size,
        "rope.dimension_count": size,
    }
