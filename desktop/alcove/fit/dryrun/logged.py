"""What the log of a dry run says, where the exact account of llama.cpp cannot be read.

The log rounds to 10 KiB. Weights are not in it: their sizes come from the header, and the log only
says on which device each layer lies. An embedding that also serves as the output counts once on a
CPU, though some kernels want a copy there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from alcove.gguf.header import Header

_MIB = 1024**2
_ASSIGNED = re.compile(r"layer\s+(\d+) assigned to device ([^,\s]+)")
_CACHED = re.compile(r"layer\s+\d+: dev = (\S+)")
_CONTEXT = re.compile(r"\bsize =\s*([\d.]+) MiB \(")
_COMPUTE = re.compile(r"(\S+)\s+compute buffer size =\s*([\d.]+) MiB")
_EMBEDDING = "token_embd.weight"


def logged_weights(header: Header, lines: Iterable[str]) -> Counter[str]:
    """Return bytes of weights by the name of the device; ``lines`` were logged by the load."""
    layers = {int(match[1]): match[2] for line in lines if (match := _ASSIGNED.search(line))}
    output = layers[max(layers)] if layers else "CPU"
    weights = {tensor.name: _aligned(tensor.size_bytes) for tensor in header.tensors}
    sizes = Counter[str]()
    for tensor in header.tensors:
        if tensor.layer is not None:
            sizes[layers.get(tensor.layer, "CPU")] += weights[tensor.name]
        else:
            sizes["CPU" if tensor.name == _EMBEDDING else output] += weights[tensor.name]
    if output != "CPU" and "output.weight" not in weights:  # the embedding serves both ends
        sizes[output] += weights.get(_EMBEDDING, 0)
    return sizes


def logged_context(lines: Iterable[str]) -> Counter[str]:
    """Return bytes of KV caches and recurrent state by the name of the device.

    Each cache first lists the devices of its layers, then says the size of them all.
    """
    sizes, layers = Counter[str](), Counter[str]()
    for line in lines:
        if match := _CACHED.search(line):
            layers[match[1]] += 1
        elif match := _CONTEXT.search(line):
            total = float(match[1]) * _MIB
            for device, count in layers.items():
                sizes[device] += round(total * count / layers.total())
            layers.clear()
    return sizes


def logged_compute(lines: Iterable[str]) -> Counter[str]:
    """Return bytes of compute buffers by the name of their buffer type."""
    found = (match for line in lines if (match := _COMPUTE.search(line)))
    return Counter({match[1]: round(float(match[2]) * _MIB) for match in found})


def _aligned(size: int) -> int:
    """Round up as llama.cpp does between the tensors of a buffer in host memory."""
    return -(-size // 32) * 32
