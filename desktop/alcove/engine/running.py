"""One job on its way through a slot: it reads the prompt, then generates."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from alcove.engine.answer import Alternative, PromptProgress, TokenLogprob
from alcove.engine.draft_model import DraftModel
from alcove.engine.drafting import PromptLookup, Prudence
from alcove.engine.job import Job, Outcome
from alcove.engine.slots import Slot
from alcove.engine.stream import AnswerStream, Emit
from alcove.llama.batch import Batch
from alcove.llama.candidates import likeliest
from alcove.llama.context import Context, DecodeFailed
from alcove.llama.model import Model
from alcove.llama.sampler import Sampler


@dataclass(frozen=True)
class Engine:
    """What every job works with.

    ``kept`` finds the special tokens whose texts these are; ``draft`` is a smaller model that
    guesses tokens ahead.
    """

    model: Model
    context: Context
    kept: Callable[[Iterable[str]], frozenset[int]]
    draft: DraftModel | None = None


class Running:
    """Places its next tokens into batches and takes in what came of them.

    ``outcome`` is there when it has ended. The slot's tokens are always those in its memory. It can
    pause without a slot, and go on when what the memory must hold has been read again.
    """

    def __init__(
        self, job: Job, slot: Slot, engine: Engine, prudence: Prudence, emit: Emit
    ) -> None:
        """Begin with a slot that holds a beginning of the prompt; raises GrammarRefused."""
        self.job = job
        self.slot = slot
        self.outcome: Outcome | None = None
        self._engine = engine
        self._prudence = prudence
        self._emit = emit
        self._needed: Sequence[int] = job.tokens
        self._sampler = Sampler(job.sampling, engine.model)
        self._sampler.accept(job.tokens)
        self._stream = AnswerStream(engine.model, job, engine.kept(job.form.preserved), self._emit)
        self._lookup: PromptLookup | None = None
        self._placed: tuple[int, ...] = ()
        self._next: tuple[int, ...] = ()
        """The token that was chosen last, which is not in the memory yet."""
        self._output = 0
        self._placing = 0.0
        self._alone = False
        self._drafted = self._accepted = 0
        self._waited = 0.0
        """Seconds in which the answer paused."""
        self._paused: float | None = None
        self._begin()

    @property
    def reading(self) -> bool:
        """Whether the memory lacks something, of the prompt or of what was there before a pause."""
        return len(self.slot.tokens) < len(self._needed)

    @property
    def useful(self) -> Sequence[int]:
        """What a slot may know already of what the memory must hold.

        The last token of a prompt is not among it, since the answer begins with what follows.
        """
        return self._needed if self._stream.count else self._needed[:-1]

    def pause(self) -> None:
        """Give the slot back."""
        if not self.reading:
            self._needed = tuple(self.slot.tokens)
            self._paused = time.perf_counter()

    def resume(self, slot: Slot) -> None:
        """Go on with a slot that holds a beginning of what is ``useful``."""
        self.slot = slot
        self._begin()

    def settle(self) -> None:
        """Bring the memory back to the tokens after an evaluation that broke off.

        What it lost by that is read again.
        """
        if not self.reading:
            self._needed = tuple(self.slot.tokens)
        self.slot.settle()
        self._stop_for_checkpoints()

    def read(self, batch: Batch) -> None:
        """Place the next part of the prompt, as far as there is room."""
        start = len(self.slot.tokens)
        end = min(self._stops[0], start + batch.room)
        self._placed = tuple(self._needed[start:end])
        first = end == len(self._needed) and not self._stream.count
        if self._placed:
            self._output = batch.extend(self._placed, start, self.slot.number, output=first)

    def generate(self, batch: Batch, *, alone: bool) -> None:
        """Place the last token, and with it tokens that may come next if nobody else waits."""
        self._alone = alone
        self._placing = time.perf_counter()
        if self._paused is not None:
            self._waited += self._placing - self._paused
            self._paused = None
        (last,) = self._next
        drafts = self._drafts(batch.room - 1) if alone else []
        if not drafts:
            self._placing = time.perf_counter()
        self._placed = (last, *drafts)
        position = len(self.slot.tokens)
        places = [
            batch.add(token, position + number, self.slot.number)
            for number, token in enumerate(self._placed)
        ]
        self._output = places[0]

    def advance(self) -> None:
        """Take in an evaluation; raises GrammarRefused and DecodeFailed."""
        if self.reading:
            self._advance_prompt()
        else:
            self._advance_answer()

    def close(self) -> None:
        """Free what it holds; nothing more may be asked of it."""
        self._sampler.close()

    def end(self, reason: str) -> None:
        """End, for a reason that OpenAI knows or as "cancelled"; once is enough."""
        if self.outcome is not None:
            return
        self.close()
        stream = self._stream
        first = stream.first or time.perf_counter()
        self.outcome = Outcome(
            finish_reason=reason,
            prompt_tokens=len(self.job.tokens),
            cached_tokens=self._cached,
            prompt_seconds=first - self._started,
            generated_tokens=stream.count,
            generation_seconds=max(stream.last - first - self._waited, 0.0),
            stop=stream.stop,
            drafted_tokens=self._drafted,
            accepted_tokens=self._accepted,
        )
        stream.finish()

    def _advance_prompt(self) -> None:
        self.slot.tokens.extend(self._placed)
        done, total = len(self.slot.tokens), len(self._needed)
        if done == self._stops[0] and done < total:
            self._stops.pop(0)
            self.slot.checkpoints.take(done)
        if self._stream.count:
            return
        if self._placed:
            self._emit(PromptProgress(done, total, self._cached))
        if done == total:
            self._choose(self._output)

    def _begin(self) -> None:
        self._stop_for_checkpoints()
        if not self._stream.count:
            self._started = time.perf_counter()
            self._cached = len(self.slot.tokens)
            self._emit(PromptProgress(self._cached, len(self.job.tokens), self._cached))

    def _stop_for_checkpoints(self) -> None:
        end = len(self._needed)
        self._stops = [*self.slot.checkpoints.stops(len(self.slot.tokens), end), end]

    def _advance_answer(self) -> None:
        """Keep the guesses that the model would have made itself, and what it makes of them."""
        placed, right = self._placed, 0
        self._keep(placed[0], self._output)
        while self.outcome is None and self._next == placed[right + 1 : right + 2]:
            right += 1
            self._keep(placed[right], self._output + right)
        if right + 1 < len(placed):
            self._take_back()
        drafted = len(placed) - 1
        self._drafted += drafted
        self._accepted += right
        if self._alone:  # with others, the time is theirs too
            self._prudence.note(drafted, right, time.perf_counter() - self._placing)

    def _keep(self, token: int, output: int) -> None:
        self.slot.tokens.append(token)
        self._choose(output)

    def _take_back(self) -> None:
        """Remove wrong guesses from the memory."""
        count = len(self.slot.tokens)
        self.slot.settle()
        if len(self.slot.tokens) < count:
            raise DecodeFailed("guesses could not be taken back")

    def _choose(self, output: int) -> None:
        """Choose the next token from an output of the last evaluation."""
        job, stream, context = self.job, self._stream, self._engine.context
        token = self._sampler.sample(context, output)
        now = time.perf_counter()
        if self._engine.model.ends_generation(token):
            self.end("stop")
            return
        stream.add(token, now, self._logprob(token, output))
        self._next = (token,)
        if self._lookup is not None:
            self._lookup.extend(self._next)
        room = context.length - len(self.slot.tokens)
        if stream.stop:
            self.end("stop")
        elif room <= 0 or stream.count == job.max_tokens:
            self.end("length")

    def _logprob(self, token: int, output: int) -> TokenLogprob | None:
        if self.job.logprobs is None:
            return None
        model, logits = self._engine.model, self._engine.context.logits(output)
        chosen, *others = (
            Alternative(model.piece(each, special=True), logprob)
            for each, logprob in likeliest(logits, token, self.job.logprobs)
        )
        return TokenLogprob(chosen, tuple(others))

    def _drafts(self, room: int) -> list[int]:
        """Guess the tokens after the next one, if that pays."""
        context = self._engine.context
        if self.job.sampling.grammar or not context.can_take_back:
            return []
        room = min(room, context.length - len(self.slot.tokens) - 1)
        most = min(self._prudence.most(), room)
        if most <= 0:
            return []
        return self._guess(most)

    def _guess(self, most: int) -> list[int]:
        """Return tokens that stood after the last ones before, or that a smaller model expects."""
        if self._lookup is None:
            self._lookup = PromptLookup([*self.slot.tokens, *self._next])
        if found := self._lookup.propose(most):
            return found
        draft = self._engine.draft
        guesses = draft.propose([*self.slot.tokens, *self._next], most) if draft else None
        if guesses == []:
            self._prudence.note_unsure(time.perf_counter() - self._placing)
        return guesses or []
