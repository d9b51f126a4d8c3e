"""What a file takes on each device, by formula: where there is no dry run, and for long lists.

Right to the byte for the weights of a header; the KV cache is spread evenly over the layers, and
compute buffers are estimated.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from alcove.fit.configuration import BATCH, Configuration
from alcove.fit.price import Buffers, DeviceBuffers, Price
from alcove.fit.shape import Shape
from alcove.hardware.machine import Gpu, Machine

_COMPUTE_BYTES_PER_WIDTH = 29 * 1024


def targets(machine: Machine) -> tuple[Gpu, ...]:
    """Return the GPUs that llama.cpp would use: the discrete ones, else one integrated."""
    discrete = tuple(gpu for gpu in machine.usable_gpus if gpu.kind == "discrete")
    return discrete or machine.usable_gpus[:1]


def compute_bytes(shape: Shape, configuration: Configuration) -> int:
    """Estimate llama.cpp's compute buffer with flash attention and few rows of output.

    The mask takes 2 bytes per token of context and token of a batch, which is exact. The rest was
    fitted to what llama.cpp takes for Llama 3.1 8B (116 MiB), Llama 3.3 70B (192), gpt-oss 20B
    and 120B (89), Qwen3 30B-A3B (88), SmolLM2 135M (14) and Gemma 3 270M (18): 18 to 29 KiB per
    unit of width, taken at the top. So it is right for Llama 3.1 8B and at most 40 MiB too large
    for the others; latent attention, as in DeepSeek-V3 (384), is overestimated twofold or more.
    """
    batch = configuration.batch
    return (
        shape.width * _COMPUTE_BYTES_PER_WIDTH * batch // BATCH + configuration.context * batch * 2
    )


class Formula:
    """Prices one model on one machine; made once for many configurations."""

    def __init__(self, shape: Shape, machine: Machine) -> None:
        self._shape = shape
        self._gpus = targets(machine)
        self._cpu = machine.cpu.name
        self._all = [0, *accumulate(block.size_bytes for block in shape.blocks)]
        self._experts = [0, *accumulate(block.expert_bytes for block in shape.blocks)]

    def __call__(self, configurations: Sequence[Configuration]) -> tuple[Price, ...]:
        """Price each configuration."""
        return tuple(map(self.price, configurations))

    def price(self, configuration: Configuration) -> Buffers:
        """Price one configuration."""
        shape = self._shape
        on_gpus = configuration.on_gpus(shape.layers) if self._gpus else 0
        first = shape.layers - on_gpus
        compute = compute_bytes(shape, configuration)
        kv = shape.kv.size(configuration.context, configuration.kv_type, configuration.slots)
        held = self._held_experts(configuration, first, len(shape.blocks))
        host = DeviceBuffers(
            name="CPU",
            description=self._cpu,
            kind="cpu",
            identity=None,
            weights_bytes=shape.embedding.size_bytes
            + self._all[min(first, len(shape.blocks)) if on_gpus else -1]
            + held
            + (0 if on_gpus else shape.output.size_bytes),
            context_bytes=self._kv(kv, 0, first),
            compute_bytes=compute,
        )
        return Buffers((*self._on_gpus(configuration, first, kv, compute), host))

    def _on_gpus(
        self, configuration: Configuration, first: int, kv: int, compute: int
    ) -> list[DeviceBuffers]:
        """Distribute the layers from ``first`` on as llama.cpp does, in proportion to the split."""
        shape = self._shape
        count = shape.layers - first
        if not count:
            return []
        shares, start = [], first
        layers_on = self._distribute(configuration, count)
        for index, (gpu, layers) in enumerate(zip(self._gpus, layers_on, strict=True)):
            end = start + layers
            blocks = min(end, len(shape.blocks))
            begun = min(start, len(shape.blocks))
            weights = self._all[blocks] - self._all[begun]
            weights -= self._held_experts(configuration, begun, blocks)
            if start < end == shape.layers:
                weights += shape.output.size_bytes
                weights += shape.embedding.size_bytes if shape.tied else 0
            shares.append(
                DeviceBuffers(
                    name=f"{gpu.backend}{index}",
                    description=gpu.name,
                    kind="gpu",
                    identity=gpu.identity,
                    weights_bytes=weights,
                    context_bytes=self._kv(kv, start, end),
                    compute_bytes=compute if layers else 0,
                )
            )
            start = end
        return shares

    def _distribute(self, configuration: Configuration, count: int) -> list[int]:
        """Return how many of ``count`` layers go to each GPU."""
        if len(self._gpus) == 1:
            return [count]
        split = configuration.tensor_split or tuple(float(gpu.free_bytes) for gpu in self._gpus)
        total = sum(split) or 1.0
        bounds = [part / total for part in accumulate(split)]
        layers = [0] * len(self._gpus)
        for layer in range(count):
            layers[min(bisect_right(bounds, layer / count), len(layers) - 1)] += 1
        return layers

    def _held_experts(self, configuration: Configuration, first: int, end: int) -> int:
        """Bytes of the experts that stay in RAM though their layers, up to ``end``, do not."""
        last = min(max(configuration.cpu_moe_layers, first), end)
        return self._experts[last] - self._experts[min(first, last)]

    def _kv(self, kv: int, start: int, end: int) -> int:
        """Bytes of KV cache of some layers; the parts of a whole add up exactly."""
        blocks = len(self._shape.blocks)
        start, end = min(start, blocks), min(end, blocks)
        return kv * end // blocks - kv * start // blocks
