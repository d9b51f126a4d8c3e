"""Machines and headers made by hand, with round figures."""

from __future__ import annotations

from array import array
from dataclasses import replace

from alcove.fit.kv import KvCache
from alcove.fit.shape import Part, Shape
from alcove.gguf.header import Header, Tensor, Value
from alcove.hardware.machine import Cpu, Gpu, GpuKind, Machine, Memory

MIB = 1024**2
GIB = 1024**3


def gpu(
    free: int,
    kind: GpuKind = "discrete",
    backend: str | None = "CUDA",
    bandwidth: float | None = None,
) -> Gpu:
    return Gpu("GPU", kind, free, free, backend, "0000:01:00.0", bandwidth=bandwidth)


def machine(available: int, *gpus: Gpu, bandwidth: float | None = None) -> Machine:
    memory = Memory(total_bytes=max(available, 1), available_bytes=available)
    return Machine("Linux", memory, Cpu("CPU", 2, 2), gpus, None, bandwidth)


def shape(weights: int = 8 * GIB, layers: int = 31, kv_bytes_per_token: int = 128 * 1024) -> Shape:
    """A dense model with 1 GiB of KV cache at 8k, and 124 MiB of compute buffer there."""
    part = Part({"Q4_K": weights // (layers + 1)})
    return Shape(
        embedding=Part({}),
        blocks=(part,) * layers,
        output=Part({"Q4_K": weights - part.size_bytes * layers}),
        tied=False,
        expert_share=1.0,
        kv=KvCache(bytes_per_token=kv_bytes_per_token),
        width=4096,
        context_limit=32768,
        vocabulary_size=0,
        basis="header",
    )


def header(architecture: str, values: dict[str, int | list[int]], *tensors: Tensor) -> Header:
    """A header whose keys, as in a GGUF, begin with the architecture."""
    metadata: dict[str, Value] = {"general.architecture": architecture}
    for key, value in values.items():
        listed = array("i", value) if isinstance(value, list) else value
        metadata[f"{architecture}.{key}"] = listed
    return Header(version=3, metadata=metadata, tensors=tensors, data_offset=1000)


def mixture(layers: int = 31) -> Shape:
    """The same size, but three quarters of each layer are experts."""
    dense = shape(layers=layers)
    size = dense.blocks[0].size_bytes
    block = Part({"Q4_K": size // 4}, {"MXFP4": size - size // 4})
    return replace(dense, blocks=(block,) * layers, expert_share=0.125)
