"""When the process of the dry run is there, and when it is not; the process is made by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.child import Broken, Late
from alcove.fit.dryrun.process import DeviceMemory, DryRun
from alcove.fit.dryrun.specimen import CONTEXT, specimen
from alcove.fit.price import CannotSay, Price, Refusal, price_to_json

KNOWN = Configuration(CONTEXT)
ANSWER = Refusal("so it is")
CARD = DeviceMemory("CUDA0", "GPU", "gpu", None, 1, 2)
WAIT = 20.0


class FakeChild:
    """Answers once ``speaks`` is set; if it is ``silent``, never, and if it ``dies``, it has."""

    resting_bytes = 50_000_000

    def __init__(self) -> None:
        self.is_alive = True
        self.asked = threading.Event()
        self.speaks = threading.Event()
        self.speaks.set()
        self.killed = threading.Event()
        self.silent = self.dies = False
        self._memory = False

    def ask(self, request: dict[str, Any]) -> None:
        self._memory = not request
        self.asked.set()

    def answer(self, _seconds: float, _most_bytes: int | None = None) -> dict[str, Any]:
        while not self.speaks.wait(0.01):
            if self.killed.is_set():
                raise Broken("it was killed")
        if self.silent:
            raise Late("it did not answer in time")
        if self.dies:
            self.is_alive = False
            raise Broken("it ended with SIGABRT")
        return {"memory": [vars(CARD)]} if self._memory else price_to_json(ANSWER)

    def kill(self) -> None:
        self.is_alive = False
        self.killed.set()


class HandFedDryRun(DryRun):
    """Starts the children that ``make`` makes, and remembers them; any delay is too long."""

    def __init__(self, make: Callable[[], FakeChild] = FakeChild, idle_limit: float = WAIT) -> None:
        super().__init__(Path("nowhere"), time_limit=0.0, idle_limit=idle_limit)
        self.make = make
        self.starts = 0
        self.started = threading.Event()
        self.children: list[FakeChild] = []

    def _start(self) -> Any:
        self.starts += 1
        self.children.append(self.make())
        self.started.set()
        return self.children[-1]


@contextmanager
def pricing(dry_run: DryRun) -> Iterator[list[Price]]:
    """Ask for a price in a thread; it must have come when the block is left."""
    prices: list[Price] = []
    thread = threading.Thread(target=lambda: prices.extend(dry_run.price(specimen(), [KNOWN])))
    thread.start()
    yield prices
    thread.join(WAIT)
    assert not thread.is_alive()


def mute() -> FakeChild:
    """Make a child that answers only when it is told to."""
    child = FakeChild()
    child.speaks.clear()
    return child


def silent() -> FakeChild:
    """Make a child that is asked in vain."""
    child = FakeChild()
    child.silent = True
    return child


def unstartable() -> FakeChild:
    raise Broken("it ended with status 1")


class TestResting:
    def test_meanwhile_there_is_no_process(self) -> None:
        dry_run = HandFedDryRun()
        assert dry_run.memory() == (CARD,)
        with dry_run.resting():
            assert dry_run.children[0].killed.is_set()
            assert dry_run.memory() == ()
        assert len(dry_run.children) == 1
        assert dry_run.memory() == (CARD,)
        assert len(dry_run.children) == 2
        dry_run.close()

    def test_questions_for_prices_wait_for_the_end_of_all_rests(self) -> None:
        dry_run = HandFedDryRun()
        with ExitStack() as first, ExitStack() as second:
            first.enter_context(dry_run.resting())
            second.enter_context(dry_run.resting())
            with pricing(dry_run) as prices:
                first.close()
                assert dry_run.memory() == ()
                assert (dry_run.children, prices) == ([], [])
                second.close()
        assert prices == [ANSWER]
        dry_run.close()

    def test_it_begins_when_what_was_asked_is_answered(self) -> None:
        dry_run = HandFedDryRun(mute)
        with pricing(dry_run) as prices:
            assert dry_run.started.wait(WAIT)
            child = dry_run.children[0]
            assert child.asked.wait(WAIT)
            child.speaks.set()
            with dry_run.resting():
                assert child.killed.is_set()
        assert prices == [ANSWER]

    def test_what_does_not_start_is_tried_again_after_it(self) -> None:
        dry_run = HandFedDryRun(unstartable)
        for _round in range(2):
            assert isinstance(*dry_run.price(specimen(), [KNOWN]), CannotSay)
        assert dry_run.starts == 1
        with dry_run.resting():
            pass
        assert isinstance(*dry_run.price(specimen(), [KNOWN]), CannotSay)
        assert dry_run.starts == 2


class TestIdle:
    def test_a_process_that_nobody_asks_ends_and_the_next_question_starts_another(self) -> None:
        dry_run = HandFedDryRun(idle_limit=0.02)
        assert dry_run.price(specimen(), [KNOWN]) == (ANSWER,)
        assert dry_run.children[0].killed.wait(WAIT)
        assert dry_run.price(specimen(), [KNOWN]) == (ANSWER,)
        assert len(dry_run.children) == 2
        dry_run.close()


class TestMemory:
    def test_a_process_that_does_not_start_is_asked_once(self) -> None:
        dry_run = HandFedDryRun(unstartable)
        assert dry_run.memory() == dry_run.memory() == ()
        (price,) = dry_run.price(specimen(), [KNOWN])
        assert isinstance(price, CannotSay)
        assert "could not be started" in price.sentence
        assert dry_run.starts == 1

    def test_a_process_that_breaks_over_it_is_not_asked_again_but_prices(self) -> None:
        dry_run = HandFedDryRun()
        dry_run.price(specimen(), [KNOWN])
        dry_run.children[0].silent = True
        assert dry_run.memory() == dry_run.memory() == ()
        assert len(dry_run.children) == 1
        assert dry_run.price(specimen(), [Configuration(512)]) == (ANSWER,)
        with dry_run.resting():
            pass
        assert dry_run.memory() == (CARD,)
        dry_run.close()


class TestFailures:
    def test_a_file_that_was_only_too_slow_is_tried_again(self) -> None:
        dry_run = HandFedDryRun()
        dry_run.memory()
        dry_run.children[0].silent = True
        (price,) = dry_run.price(specimen(), [KNOWN])
        assert isinstance(price, CannotSay)
        assert dry_run.price(specimen(), [KNOWN]) == (ANSWER,)
        dry_run.close()

    def test_one_that_was_too_slow_twice_is_not_tried_until_the_next_rest(self) -> None:
        dry_run = HandFedDryRun(silent)
        prices = [*dry_run.price(specimen(), [KNOWN]), *dry_run.price(specimen(), [KNOWN])]
        assert dry_run.price(specimen(), [KNOWN]) == (prices[1],)
        assert dry_run.starts == 2
        assert isinstance(*dry_run.price(specimen(), [Configuration(512)]), CannotSay)
        assert dry_run.starts == 3
        dry_run.make = FakeChild
        with dry_run.resting():
            pass
        assert dry_run.price(specimen(), [KNOWN]) == (ANSWER,)
        dry_run.close()

    def test_a_file_that_the_process_did_not_survive_is_not(self) -> None:
        dry_run = HandFedDryRun()
        dry_run.memory()
        dry_run.children[0].dies = True
        prices = dry_run.price(specimen(), [KNOWN])
        assert isinstance(*prices, CannotSay)
        assert dry_run.price(specimen(), [KNOWN]) == prices
        assert len(dry_run.children) == 1


class TestClosing:
    def test_it_waits_for_no_question_and_the_file_is_not_blamed(self) -> None:
        dry_run = HandFedDryRun(mute)
        with pricing(dry_run) as prices:
            assert dry_run.started.wait(WAIT)
            assert dry_run.children[0].asked.wait(WAIT)
            dry_run.close()
        assert isinstance(*prices, CannotSay)
        dry_run.make = FakeChild
        assert dry_run.price(specimen(), [KNOWN]) == (ANSWER,)
        dry_run.close()

    def test_it_waits_for_no_start_and_what_started_ends(self) -> None:
        starting, may_start = threading.Event(), threading.Event()

        def slowly() -> FakeChild:
            starting.set()
            assert may_start.wait(WAIT)
            return FakeChild()

        dry_run = HandFedDryRun(slowly)
        with pricing(dry_run) as prices:
            assert starting.wait(WAIT)
            dry_run.close()
            may_start.set()
        assert isinstance(*prices, CannotSay)
        assert dry_run.children[0].killed.is_set()
        assert dry_run.price(specimen(), [KNOWN]) == (ANSWER,)
        dry_run.close()
