"""What one token makes each device read: the weights of a model, divided as they are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alcove.fit.configuration import Configuration
from alcove.fit.shape import Part, Shape


@dataclass
class Workload:
    """Bytes of weights on one device by type, and its layers; ``routed`` of them choose experts.

    ``experts`` are those bytes of experts that a token uses. ``output`` is what is read for a token
    that is generated, but not for one of a prompt.
    """

    dense: dict[str, float] = field(default_factory=dict)
    experts: dict[str, float] = field(default_factory=dict)
    output: dict[str, float] = field(default_factory=dict)
    layers: int = 0
    routed: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether the device has nothing to do."""
        return not (self.dense or self.experts or self.output)


def divided(shape: Shape, configuration: Configuration) -> tuple[Workload, Workload]:
    """Return the work of the processor and that of all GPUs together."""
    cpu, gpu = Workload(), Workload()
    on_gpu = configuration.on_gpus(shape.layers)
    first = shape.layers - on_gpu
    for number, block in enumerate(shape.blocks):
        there = gpu if number >= first else cpu
        there.layers += 1
        _add(there.dense, block.dense, 1.0)
        if block.experts:
            there.routed += 1
            in_ram = number < configuration.cpu_moe_layers
            _add((cpu if in_ram else there).experts, block.experts, shape.expert_share)
    ends = gpu if on_gpu else cpu
    _add_part(ends.output, shape.output)
    if shape.tied:
        _add_part(ends.output, shape.embedding)
    return cpu, gpu


def _add_part(sums: dict[str, float], part: Part) -> None:
    _add(sums, part.dense, 1.0)


def _add(sums: dict[str, float], sizes: Mapping[str, int], share: float) -> None:
    if share:
        for kind, size in sizes.items():
            sums[kind] = sums.get(kind, 0.0) + size * share
