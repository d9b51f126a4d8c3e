"""Figures of an answer while it is written: processor time, stalls, and speed beside curl's."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alcove.catalog.model import Sampling
from alcove.chat.setup import Setup
from alcove.engine.process import ModelProcess
from alcove.engine.reading import request_body
from alcove.fit.plan import Wish
from alcove.gui.chat.turns import request_for
from alcove.gui.tasks import Report
from alcove.library.installed import InstalledModel
from benchmarks.token_server import PER_SECOND, SLOW, TOKENS
from benchmarks.window_figure import Figure, until
from benchmarks.window_stage import Remote, Stage, Stalls, chat_page, load_starter, token_server

ROUNDS = 3
CONTEXT = 512
"""Short, so that an answer that does not end by itself ends there."""
GREEDY = Sampling(temperature=0.0, repeat_penalty=1.1)
STORY = "Write a long story about a lighthouse keeper. Do not stop before there are ten chapters."
MOST_STALL_MS = 16
_JSON = ("-H", "Content-Type: application/json")


def mixed() -> Iterator[Figure]:
    """Prose, lists, tables and code."""
    yield from _growth("mixed")


def one_line() -> Iterator[Figure]:
    """Prose without a break."""
    yield from _growth("one line")


def one_block() -> Iterator[Figure]:
    """One block of code."""
    yield from _growth("one block")


def _growth(kind: str) -> Iterator[Figure]:
    """Processor time per token early and late in one long answer, and stalls in between."""
    with token_server() as url, chat_page(lambda *_any: Remote(url), GREEDY) as stage:
        stage.ask(kind)
        early = _cpu_between(stage, 100, SLOW[0])
        stalls = Stalls()
        until(lambda: _tokens(stage) >= SLOW[0] + 1000)
        stalls.start()
        until(lambda: _tokens(stage) >= SLOW[1] - 1)
        stalls.stop()
        late = _cpu_between(stage, SLOW[1] + 100, TOKENS)
        until(lambda: stage.settled)
        assert stage.answer.message is not None
        assert stage.answer.message.state == "complete", stage.answer.message.failure
    told = f"{kind}, {PER_SECOND} tokens/s: GUI's CPU, ms per token"
    yield Figure(f"{told}, at token 100", early * 1e3)
    yield Figure(f"{told}, at token 20,000", late * 1e3)
    yield Figure(f"{kind}: the latter by the former", late / early, 1.5)
    flood = f"{kind}, as fast as it is read: stall, ms"
    yield Figure(f"{flood}, p99", stalls.quantile(0.99) * 1e3)
    yield Figure(f"{flood}, p99, of own work", stalls.own(0.99) * 1e3, MOST_STALL_MS)


def speed() -> Iterator[Figure]:
    """The starter at full speed: in the window and by curl in turns."""
    processes: list[ModelProcess] = []

    def load(model: InstalledModel, wish: Wish, report: Report[float], log: Path) -> ModelProcess:
        processes.append(load_starter(model, wish, report, log))
        return processes[-1]

    ratios, stalls, worst, own = [], Stalls(), [], []
    with chat_page(load, GREEDY, CONTEXT) as stage:
        _asked(stage)
        for _round in range(ROUNDS):
            stalls.start()
            mine = _asked(stage)
            stalls.stop()
            worst.append(stalls.quantile(0.99))
            own.append(stalls.own(0.99))
            theirs = _curled(stage, processes[0].url)
            assert theirs.tokens == mine.tokens, (theirs, mine)
            ratios.append(theirs.seconds / mine.seconds)
    yield Figure("SmolLM2: tokens/s in the window", mine.tokens / mine.seconds)
    yield Figure("SmolLM2: tokens/s by curl's, median", statistics.median(ratios), 0.97, most=False)
    yield Figure("SmolLM2: stall, ms, p99", statistics.median(worst) * 1e3, MOST_STALL_MS)
    yield Figure("SmolLM2: stall, ms, p99, of own work", statistics.median(own) * 1e3)


@dataclass(frozen=True)
class _Taken:
    tokens: int
    seconds: float


def _asked(stage: Stage) -> _Taken:
    """Ask the window in a new conversation."""
    stage.page.show_conversation(None)
    ended: list[float] = []
    connection = stage.page.dialogue.settled.connect(lambda _m: ended.append(time.monotonic()))
    begin = time.monotonic()
    stage.ask(STORY)
    until(lambda: bool(ended))
    stage.page.dialogue.settled.disconnect(connection)
    message = stage.answer.message
    assert message is not None
    assert message.figures is not None, message
    assert message.figures.completion_tokens > 200, message
    return _Taken(message.figures.completion_tokens, ended[0] - begin)


def _curled(stage: Stage, url: str) -> _Taken:
    """Send by curl what the window sent."""
    conversation = stage.page.dialogue.conversation
    assert conversation is not None
    body = request_body(request_for(stage.store.branch(conversation)[:1], GREEDY, Setup()), "")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "body").write_text(json.dumps(body))
        begin = time.monotonic()
        told = subprocess.run(
            ["curl", "-sN", "-d", f"@{folder}/body", *_JSON, f"{url}/v1/chat/completions"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        seconds = time.monotonic() - begin
    chunks = [json.loads(line[6:]) for line in told.splitlines() if line.startswith("data: {")]
    return _Taken(next(c["usage"] for c in chunks if c.get("usage"))["completion_tokens"], seconds)


def _tokens(stage: Stage) -> int:
    answering = stage.page.dialogue.answering
    return answering.live.tokens if answering else TOKENS


def _cpu_between(stage: Stage, first: int, last: int) -> float:
    """Seconds of this process's CPU time per token, between two tokens of the answer.

    It begins once all that came before is shown.
    """
    seen: list[tuple[int, float]] = []

    def note() -> None:
        if first <= _tokens(stage) <= last and (seen or stage.answer.markdown.whole):
            seen.append((_tokens(stage), time.process_time()))

    stage.page.dialogue.progressed.connect(note)
    until(lambda: _tokens(stage) >= last)
    stage.page.dialogue.progressed.disconnect(note)
    (few, before), (many, after) = seen[0], seen[-1]
    return (after - before) / (many - few)
