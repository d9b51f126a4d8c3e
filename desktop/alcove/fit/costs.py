"""What each layer of a model costs beside the others, wherever it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from alcove.fit.configuration import Configuration
from alcove.fit.forecast import PROMPT_DEPTH
from alcove.fit.formula import targets
from alcove.fit.guess import guessed_cpu, guessed_gpu
from alcove.fit.kv import LayerAttention
from alcove.fit.rates import attention_seconds, prompt_seconds, token_seconds
from alcove.fit.shape import Shape
from alcove.fit.speeds import DeviceSpeeds, Speeds
from alcove.fit.workload import Workload
from alcove.hardware.machine import Machine

Way = Literal["cpu", "gpu", "mixed"]
"""Where a layer lies: in RAM, on a GPU, or there but for its experts, if it has any."""

_UNKNOWN_BANDWIDTH = 20e9


@dataclass(frozen=True)
class Costs:
    """The layers of one model in one configuration.

    Their seconds are those of a calibration where there is one; else only their proportion to one
    another means something.
    """

    shape: Shape
    attention: Sequence[LayerAttention]
    configuration: Configuration
    machine: Machine
    speeds: Speeds | None

    def way(self, layer: int) -> Way:
        """Return where a layer lies."""
        if layer < self.shape.layers - self._on_gpus:
            return "cpu"
        return "mixed" if layer < self.configuration.cpu_moe_layers else "gpu"

    @cached_property
    def output_way(self) -> Way:
        """Return where the output layer lies: on a GPU it does so among layers of either way."""
        if not self._on_gpus:
            return "cpu"
        return "mixed" if "mixed" in self._layer_ways and "gpu" not in self._layer_ways else "gpu"

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """Return all that occur, that of the output layer first."""
        return (self.output_way, *sorted(self._layer_ways - {self.output_way}))

    def token(self, layer: int, way: Way, depth: int) -> float:
        """Return the seconds of a layer for a token at ``depth``."""
        seconds = sum(token_seconds(work, device) for work, device in self._works(layer, way))
        return seconds + self._looking(layer, way, depth)

    def prompt(self, layer: int, way: Way) -> float:
        """Return the seconds of a layer for a token of a prompt."""
        works = self._works(layer, way)
        known = [prompt_seconds(work, device) for work, device in works]
        if any(seconds is None for seconds in known):
            return self.token(layer, way, PROMPT_DEPTH)
        return sum(seconds or 0.0 for seconds in known)

    def ends(self, way: Way) -> float:
        """Return the seconds of a token beside its layers: of the output, above all.

        It lies where a model does all of whose layers lie in this way.
        """
        device = self._cpu if way == "cpu" else self._gpu
        parts = [self.shape.output, *([self.shape.embedding] if self.shape.tied else [])]
        return device.token + sum(
            token_seconds(Workload({kind: float(size)}), device)
            for part in parts
            for kind, size in part.dense.items()
        )

    def _looking(self, layer: int, way: Way, depth: int) -> float:
        each = self.attention[layer]
        seen = min(depth, each.window) if each.window else depth
        device = self._cpu if way == "cpu" else self._gpu
        elements = self.shape.kv.head_elements
        one = attention_seconds(device.attention, self.configuration.kv_type, elements)
        return each.heads * seen * (one or 0.0)

    def _works(self, layer: int, way: Way) -> list[tuple[Workload, DeviceSpeeds]]:
        block = self.shape.blocks[layer]
        dense = {kind: float(size) for kind, size in block.dense.items()}
        experts = {kind: size * self.shape.expert_share for kind, size in block.experts.items()}
        routed = int(bool(experts))
        device = self._cpu if way == "cpu" else self._gpu
        if way != "mixed":
            return [(Workload(dense, experts, layers=1, routed=routed), device)]
        return [
            (Workload(dense, layers=1, routed=routed), device),
            (Workload(experts=experts), self._cpu),
        ]

    @cached_property
    def _layer_ways(self) -> set[Way]:
        return {self.way(layer) for layer in range(len(self.shape.blocks))}

    @cached_property
    def _on_gpus(self) -> int:
        return self.configuration.on_gpus(self.shape.layers)

    @cached_property
    def _cpu(self) -> DeviceSpeeds:
        if self.speeds:
            return self.speeds.cpu
        known = self.machine.bandwidth or _UNKNOWN_BANDWIDTH
        guess = guessed_cpu(replace(self.machine, bandwidth=known))
        assert guess is not None
        return guess

    @cached_property
    def _gpu(self) -> DeviceSpeeds:
        if self.speeds and self.speeds.gpus:
            return self.speeds.gpus[0]
        gpu = targets(self.machine)[0]
        guess = guessed_gpu(replace(gpu, bandwidth=gpu.bandwidth or 10 * _UNKNOWN_BANDWIDTH))
        assert guess is not None
        return guess
