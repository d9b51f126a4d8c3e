"""How a model is loaded on a machine: the search for the best way that fits.

What is given up, in this order: a large batch, where only compute buffers are too large; the KV
cache's f16 for q8_0, where that keeps one more layer on the GPU or makes the model fit; a place on
the GPU, first for experts, then for whole layers; the length of the context. q4_0 is never chosen
silently.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from alcove.fit.configuration import BATCH, Configuration
from alcove.fit.formula import Formula
from alcove.fit.margins import FIRST_MARGINS, Margins
from alcove.fit.price import Buffers, CannotSay, Pricer, Refusal
from alcove.fit.process_memory import checkpoint_bytes, overhead_bytes
from alcove.fit.search import least, longest
from alcove.fit.shape import Shape
from alcove.fit.trial import Room, Trial, try_out
from alcove.hardware.machine import Machine

MIN_CONTEXT = 4096
"""Tokens below which a context is not lowered to make a model fit."""


class Unpriced(Exception):
    """A price could not be had; the argument is the Refusal or CannotSay that came instead."""

    def __init__(self, price: Refusal | CannotSay) -> None:
        super().__init__(price)
        self.price = price


@dataclass(frozen=True)
class Wish:
    """What the user asks for; None leaves the choice to the plan.

    ``context`` is in tokens; it may be lowered to ``least_context``, where that is given.
    ``beside_bytes`` must have room too: on the first GPU that has weights, if one has, such as for
    the projector that lets a model see. ``slots`` answers are to go on at the same time.
    """

    context: int
    least_context: int | None = None
    kv_type: str | None = None
    gpu_layers: int | None = None
    cpu_moe_layers: int | None = None
    beside_bytes: int = 0
    slots: int = 1


class Planner:
    """Plans one model on one machine, at the prices that ``price`` tells."""

    def __init__(
        self,
        shape: Shape,
        machine: Machine,
        price: Pricer,
        margins: Margins = FIRST_MARGINS,
        resting_bytes: Callable[[], int] = lambda: 0,
    ) -> None:
        """``resting_bytes`` is what ``overhead_bytes`` asks for, known once something is priced."""
        self.shape = shape
        self.room = Room(machine, margins)
        self._price = price
        self._formula = Formula(shape, machine)
        self._resting_bytes = resting_bytes
        self._trials: dict[tuple[Configuration, int], Trial] = {}
        self._held = 0
        """What the last search kept in RAM: a guess for the next one."""

    def best(self, wish: Wish) -> Trial:
        """Return the best way to load the model that fits, or the one that comes nearest.

        Raises Unpriced.
        """
        nearest = self._nearest(wish)
        least_context = wish.least_context
        if nearest.fits or least_context is None or least_context >= wish.context:
            return nearest
        shortest = self._nearest(replace(wish, context=least_context))
        if not shortest.fits:
            return shortest  # what lacks there is what would have to come back
        possible = max(min(self.longest(wish), wish.context), least_context)
        return self._nearest(replace(wish, context=possible))

    def fits_on_gpus(self, wish: Wish) -> bool:
        """Whether all of the model can be on GPUs; raises Unpriced."""
        if not self.room.gpus:
            return False
        trials = (self._trial(wish, each) for each in self._smaller(wish, self._asked(wish)))
        return any(trial.fits and trial.verdict == "gpu" for trial in trials)

    def longest(self, wish: Wish) -> int:
        """Return the longest context in tokens that fits: the model's limit, or a multiple of 256.

        0 if none fits. Raises Unpriced.
        """
        kv_type = wish.kv_type or "q8_0"

        def room(context: int) -> int:
            asked = replace(wish, context=context, kv_type=kv_type)
            return max(trial.room_bytes for trial in self._tries(asked))

        def attempt(kv: str) -> int:
            nonlocal kv_type
            kv_type = kv
            return longest(room, self.shape.context_limit)

        try:
            return attempt(kv_type)
        except Unpriced as unpriced:
            if wish.kv_type is not None or isinstance(unpriced.price, CannotSay):
                raise
            return attempt("f16")  # not every model can keep its cache quantized

    def is_beyond(self, configuration: Configuration) -> bool:
        """Whether a context is so long that its KV cache alone takes more than all memory there is.

        Then a formula tells the price: a dry run, which keeps count of every token, cannot.
        """
        if configuration.context <= self.shape.context_limit:
            return False
        machine, kv = self.room.machine, self.shape.kv
        memory = machine.memory.total_bytes + sum(gpu.total_bytes for gpu in self.room.gpus)
        return kv.size(configuration.context, configuration.kv_type, configuration.slots) > memory

    def _nearest(self, wish: Wish) -> Trial:
        """Return the first way that fits, or the one that lacks least."""
        nearest: Trial | None = None
        for trial in self._tries(wish):
            if trial.fits:
                return trial
            if nearest is None or trial.missing_bytes < nearest.missing_bytes:
                nearest = trial
        assert nearest is not None
        return nearest

    def _tries(self, wish: Wish) -> Iterator[Trial]:
        """Yield ways to load the model at the context that is asked for, best first."""
        asked = self._asked(wish)
        if wish.gpu_layers is not None or not self.room.gpus:
            for configuration in self._smaller(wish, asked):
                yield self._trial(wish, configuration)
            return
        for configuration in self._smaller(wish, asked):
            whole = self._trial(wish, configuration)
            if whole.fits:
                yield whole
                return
        partly = [self._partial(wish, each) for each in self._smaller(wish, asked)]
        yield from sorted(partly, key=lambda trial: _off_gpus(trial.configuration))

    def _asked(self, wish: Wish) -> Configuration:
        """Return the configuration with everything that is not asked for at its best."""
        wanted = self.shape.layers if wish.gpu_layers is None else wish.gpu_layers
        layers = min(wanted, self.shape.layers)
        experts = min(wish.cpu_moe_layers or 0, self.shape.moe_layers)
        plain = Configuration(wish.context, wish.kv_type or "f16", slots=wish.slots)
        return self._on_gpus(plain, layers, experts) if self.room.gpus else self._in_ram(plain)

    def _in_ram(self, configuration: Configuration) -> Configuration:
        return replace(configuration, gpu_layers=0, cpu_moe_layers=0, tensor_split=())

    def _on_gpus(self, configuration: Configuration, layers: int, held: int) -> Configuration:
        """Put ``layers`` on GPUs; the experts of the first ``held`` layers of the model in RAM."""
        return replace(
            configuration,
            gpu_layers=layers,
            cpu_moe_layers=held,
            tensor_split=self._split(configuration, layers, held),
        )

    def _split(self, configuration: Configuration, layers: int, held: int) -> tuple[float, ...]:
        """Divide what lies on several GPUs by its bytes in proportion to what is free there.

        llama.cpp divides layers by number: the proportion is that of the numbers that come out.
        """
        if not layers or not (shares := self.room.split()):
            return ()
        blocks, first = self.shape.blocks, self.shape.layers - layers
        kv = self.shape.kv.size(
            configuration.context, configuration.kv_type, configuration.slots
        ) // len(blocks)
        sizes = [
            block.size_bytes - (block.expert_bytes if number < held else 0) + kv
            for number, block in enumerate(blocks)
        ]
        sizes += [0] * self.shape.drafts + [self.shape.output.size_bytes]
        ends = list(accumulate(sizes[first:]))
        cuts = [bisect_right(ends, share * ends[-1]) for share in accumulate(shares[:-1])]
        # Half a layer less, so that rounding cannot move a layer to the next GPU.
        bounds = [0.0, *(max(cut - 0.5, 0.0) / layers for cut in cuts), 1.0]
        return tuple(round(end - start, 6) for start, end in pairwise(bounds))

    def _smaller(self, wish: Wish, asked: Configuration) -> Iterator[Configuration]:
        """Yield a configuration, then what costs less memory and little quality."""
        for kv_type in (asked.kv_type,) if wish.kv_type else (asked.kv_type, "q8_0"):
            full = replace(asked, kv_type=kv_type)
            try:
                trial = self._trial(wish, full)
            except Unpriced as unpriced:
                if kv_type == asked.kv_type or isinstance(unpriced.price, CannotSay):
                    raise
                return
            yield full
            if 0 < trial.missing_bytes <= trial.buffers.compute_bytes // 2:
                yield replace(full, batch=BATCH // 2)

    def _partial(self, wish: Wish, whole: Configuration) -> Trial:
        """Move experts, and if need be layers, into RAM until the GPUs hold the rest."""
        none = self._trial(wish, self._in_ram(whole))
        layers, asked = self.shape.layers, wish.cpu_moe_layers
        moe_layers = self.shape.moe_layers if asked is None else whole.cpu_moe_layers

        def with_experts(held: int) -> Configuration:
            return self._on_gpus(whole, layers, held)

        def with_layers(held: int) -> Configuration:
            return self._on_gpus(whole, layers - held, moe_layers)

        def gpu_room(configuration: Configuration) -> int:
            return self._trial(wish, configuration).gpu_room_bytes

        if moe_layers and asked is None and gpu_room(with_experts(moe_layers)) >= 0:
            most, with_held = moe_layers, with_experts
        else:
            most, with_held = layers, with_layers
        held = least(lambda held: gpu_room(with_held(held)), most, self._held)
        self._held = held
        found = self._trial(wish, with_held(held))
        # Buffers on a GPU can be what makes it too much where RAM is the shortage.
        return max(found, none, key=lambda trial: (trial.fits, min(trial.room_bytes, 0)))

    def _trial(self, wish: Wish, configuration: Configuration) -> Trial:
        key = configuration, wish.beside_bytes
        if (trial := self._trials.get(key)) is None:
            price_of = self._formula if self.is_beyond(configuration) else self._price
            (price,) = price_of([configuration])
            if not isinstance(price, Buffers):
                raise Unpriced(price)
            trial = try_out(
                configuration,
                price,
                self.shape.layers,
                self.room,
                overhead_bytes(self.shape, self._resting_bytes())
                + checkpoint_bytes(self.shape, configuration),
                wish.beside_bytes,
            )
            self._trials[key] = trial
        return trial


def _off_gpus(configuration: Configuration) -> tuple[int, int]:
    """Return what tells how little is on GPUs: layers that are not, then experts that are not."""
    return -configuration.gpu_layers, configuration.cpu_moe_layers
