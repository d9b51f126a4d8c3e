"""What a model is asked for each prompt of a trial, and of a benchmark."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from alcove.engine.answer import Event, Readout, Request, Turn
from alcove.trials.run import Run
from alcove.trials.talking import Opened
from alcove.trials.trial import Options, Prompt, Trial

BENCH_SIZES = (512, 2048)
BENCH_TOKENS = 128
BENCH_REPEATS = 3
"""What a benchmark measures where nothing else is asked for; sizes are in tokens."""

_WARM_UP_WORDS = (64, 256)
"""The words of two requests that tell how many tokens a word takes, and what is around them."""

_WORDS = (
    "river stone market winter letter garden engine window bridge silver forest morning paper "
    "travel butter copper island hammer orange pocket circle summer ticket valley mirror basket "
    "carpet dinner flower guitar harbor insect jacket kitten ladder marble needle office pepper "
    "rabbit saddle tunnel violin walnut yellow zipper anchor bottle candle desert"
)


class Asking(Protocol):
    """How the prompts of a run become requests."""

    def prepare(self, opened: Opened, watch: Callable[[Event], None]) -> None:
        """Get ready for a model that was just brought up; ``watch`` sees every event."""

    def request(self, opened: Opened, prompt: Prompt, repeat: int) -> Request:
        """Return what to ask."""


class TrialAsking:
    """Asks each prompt as it stands in the trial."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def prepare(self, _opened: Opened, _watch: Callable[[Event], None]) -> None:
        """There is nothing to do."""

    def request(self, opened: Opened, prompt: Prompt, _repeat: int) -> Request:
        """Ask a prompt, with its system message."""
        options = self._options
        chosen, advised = options.temperature, opened.sampling.temperature
        asked = replace(
            opened.sampling,
            max_tokens=options.max_tokens,
            temperature=advised if chosen is None else chosen,
            seed=options.seed,
        )
        system = (Turn("system", prompt.system),) if prompt.system else ()
        return replace(asked, turns=(*system, Turn("user", prompt.text)))


class BenchAsking:
    """Asks prompts of so many tokens as their names say, and has all of the answer generated.

    Each is another text, so that nothing of it was read before.
    """

    def __init__(self, generated: int) -> None:
        """``generated`` is the tokens of each answer."""
        self._generated = generated
        self._tokens_per_word = 1.0
        self._around = 0.0

    def prepare(self, opened: Opened, watch: Callable[[Event], None]) -> None:
        """Warm up, and learn how many tokens a word takes."""
        few, many = _WARM_UP_WORDS
        counts = [
            _prompt_tokens(opened, self._asked(_text(words, f"warm-up {words}"), 8), watch)
            for words in _WARM_UP_WORDS
        ]
        if counts[1] > counts[0]:  # an engine that counts no tokens says 0
            self._tokens_per_word = (counts[1] - counts[0]) / (many - few)
            self._around = counts[0] - self._tokens_per_word * few

    def request(self, _opened: Opened, prompt: Prompt, repeat: int) -> Request:
        """Ask a prompt of the length that its name says."""
        words = round((int(prompt.name) - self._around) / self._tokens_per_word)
        return self._asked(_text(max(words, 1), f"{prompt.name} {repeat}"), self._generated)

    @staticmethod
    def _asked(text: str, generated: int) -> Request:
        return Request(
            (Turn("user", text),), max_tokens=generated, temperature=0.0, ignore_eos=True
        )


def bench_trial(name: str, sizes: tuple[int, ...], generated: int) -> Trial:
    """Return the trial whose prompts ``BenchAsking`` asks; ``sizes`` are in tokens."""
    prompts = tuple(Prompt(str(size), f"{size} tokens") for size in sizes)
    return Trial(name, prompts, Options(max_tokens=generated))


def _text(words: int, seed: str) -> str:
    chosen = random.Random(seed)
    return " ".join(chosen.choices(_WORDS.split(), k=words))


def _prompt_tokens(opened: Opened, request: Request, watch: Callable[[Event], None]) -> int:
    count = 0
    for event in opened.talker.stream(request):
        watch(event)
        if isinstance(event, Readout):
            count = event.prompt_tokens
    return count


def asking_of(run: Run) -> Asking:
    """Return how the prompts of a run are asked."""
    if run.kind == "bench":
        return BenchAsking(run.trial.options.max_tokens or BENCH_TOKENS)
    return TrialAsking(run.trial.options)
