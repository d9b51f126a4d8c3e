"""Bringing up the models of a run, one after the other: loaded and unloaded, or at an address."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from alcove.catalog.load import Catalog
from alcove.catalog.model import Sampling
from alcove.engine.answer import Request, advised_request
from alcove.engine.client import Client
from alcove.engine.elsewhere import is_engine_address
from alcove.fit.insight import Insight
from alcove.fit.ledger import Ledger
from alcove.fit.plan import Wish
from alcove.hardware.machine import Machine
from alcove.library.appraisal import Appraiser
from alcove.library.installed import InstalledModel
from alcove.library.loading import LoadedModel, Service
from alcove.trials.asking import BENCH_TOKENS
from alcove.trials.run import Run
from alcove.trials.talking import Opened

_ROOM = 256
"""Tokens of context beside those that are measured: for the template, and lengths that are off."""


@dataclass(frozen=True)
class Surroundings:
    """What it takes to load models on this computer as the rest of the program does."""

    appraiser: Appraiser
    machine: Callable[[], Machine]
    insight: Callable[[], Insight]
    ledger: Ledger
    catalog: Catalog
    log: Path


class Opener:
    """Opens targets of models on this computer, which ``find`` finds, and addresses of engines.

    ``speculate``: tokens may be guessed ahead, which makes speeds depend on the text.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        find: Callable[[str], InstalledModel],
        engine: Callable[[str], Client],
        wish: Wish,
        *,
        speculate: bool = True,
    ) -> None:
        self._around = surroundings
        self._find = find
        self._engine = engine
        self._wish = wish
        self._speculate = speculate

    @contextmanager
    def __call__(self, target: str, report: Callable[[float], None]) -> Iterator[Opened]:
        """See ``Open``."""
        if is_engine_address(target):
            with self._engine(target) as client:
                client.properties()  # raises where nobody answers, before the first prompt
                yield Opened(client, Request(()))
            return
        model = self._find(target)
        loaded = self._load(model, report)
        try:
            with loaded.client() as talker:
                yield Opened(talker, advised_request((), self._advice(model)))
        finally:
            loaded.stop()

    def _load(self, model: InstalledModel, report: Callable[[float], None]) -> LoadedModel:
        around = self._around
        plan = around.appraiser.plan(model, around.machine(), self._wish, around.insight())
        service = Service(secrets.token_urlsafe(), speculate=self._speculate)
        with around.appraiser.resting():
            return LoadedModel.start(plan, around.ledger, report, around.log, service)

    def _advice(self, model: InstalledModel) -> Sampling:
        known = self._around.catalog.get(model.catalog_id) if model.catalog_id else None
        return known.sampling if known else Sampling()


def roomy(wish: Wish, run: Run) -> Wish:
    """Ask for a context that holds what a benchmark measures."""
    if run.kind != "bench":
        return wish
    longest = max(int(prompt.name) for prompt in run.trial.prompts)
    least = longest + (run.trial.options.max_tokens or BENCH_TOKENS) + _ROOM
    return replace(wish, context=max(wish.context, least), least_context=least)
