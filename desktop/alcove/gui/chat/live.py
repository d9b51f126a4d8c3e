"""An answer while it arrives: its text so far, and what can be said of its speed."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import pairwise

from alcove.chat.conversation import Figures, Message
from alcove.engine.answer import Delta, Event, PromptProgress, Readout
from alcove.gui.chat.turns import figures_of

_WINDOW_S = 2.0
_STEP_S = 0.5
_STEPS = 40


class LiveAnswer:
    """Takes the events of one answer, each with the time it came at, in seconds."""

    def __init__(self, message: Message, started: float) -> None:
        self.started = started
        self.prompt: PromptProgress | None = None
        self.tokens = 0
        """How many tokens of the answer were generated so far."""
        self._message = replace(message, figures=None)
        self._earlier = message.figures
        self._text = [message.text] if message.text else []
        self._reasoning = [message.reasoning] if message.reasoning else []
        self._first_progress: tuple[float, int] | None = None
        self._reasoning_began: float | None = None
        self._recent: deque[tuple[float, int]] = deque()
        self._first: tuple[float, int] | None = None
        self._steps: deque[tuple[float, int]] = deque(maxlen=_STEPS)
        self._last = started

    @property
    def message(self) -> Message:
        """The message as it stands."""
        return replace(self._message, text="".join(self._text), reasoning="".join(self._reasoning))

    @property
    def figures(self) -> Figures | None:
        """What is known of the answer as far as it is written; 0 for what is not."""
        if self._message.figures is not None:
            return replace(self._message.figures, continued_tokens=self.continued_tokens)
        if self.prompt is None and not self.tokens:
            return self._earlier
        at, before = self._first or (self.started, self.tokens)
        elapsed = self._last - at
        return Figures(
            finish_reason="",
            prompt_tokens=self.prompt.total if self.prompt else 0,
            cached_tokens=self.prompt.cached if self.prompt else 0,
            completion_tokens=self.tokens,
            time_to_first_token_s=at - self.started,
            prompt_tokens_per_second=0.0,
            generation_tokens_per_second=(self.tokens - before) / elapsed if elapsed > 0 else 0.0,
            continued_tokens=self.continued_tokens,
        )

    @property
    def continued_tokens(self) -> int:
        """How many tokens the answer had before it went on."""
        return self._earlier.answer_tokens if self._earlier else 0

    @property
    def context_tokens(self) -> int:
        """About how many tokens of the context are taken."""
        return (self.prompt.total if self.prompt else 0) + self.tokens

    @property
    def reasoning_now(self) -> bool:
        """Whether the model reasons and has not begun to answer."""
        return bool(self._reasoning) and not self._text

    def take(self, event: Event, at: float) -> None:
        """Take the next event."""
        match event:
            case PromptProgress():
                self.prompt = event
                self._first_progress = self._first_progress or (at, event.processed)
            case Delta():
                self._take_piece(event, at)
            case Readout():
                self._message = replace(self._message, state="complete", figures=figures_of(event))

    def prompt_seconds_left(self, now: float) -> float | None:
        """Estimate how long the rest of the prompt takes, from the pace so far."""
        if self.prompt is None or self._first_progress is None:
            return None
        since, before = self._first_progress
        done = self.prompt.processed - before
        if done <= 0 or now <= since:
            return None
        return (self.prompt.total - self.prompt.processed) * (now - since) / done

    def speed(self, now: float) -> float | None:
        """Return the tokens per second of the last two seconds; None before there are some."""
        while self._recent and now - self._recent[0][0] > _WINDOW_S:
            self._recent.popleft()
        if len(self._recent) < 2 or now <= self._recent[0][0]:
            return None
        since, before = self._recent[0]
        return (self.tokens - before) / (now - since)

    @property
    def course(self) -> tuple[float, ...]:
        """The tokens per second of each half second, the last twenty seconds at most."""
        return tuple(
            (count - before) / (at - since)
            for (since, before), (at, count) in pairwise(self._steps)
        )

    def _take_piece(self, delta: Delta, at: float) -> None:
        self.tokens += delta.tokens
        self._recent.append((at, self.tokens))
        if not self._steps or at - self._steps[-1][0] >= _STEP_S:
            self._steps.append((at, self.tokens))
        self._first, self._last = self._first or (at, self.tokens), at
        if delta.reasoning:
            self._reasoning.append(delta.reasoning)
            self._reasoning_began = self._reasoning_began or at
        if delta.text:
            if self.reasoning_now and self._reasoning_began is not None:
                self._message = replace(self._message, reasoning_s=at - self._reasoning_began)
            self._text.append(delta.text)
