"""What every model takes and how fast it runs, with all that is known of it and of the machine."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from alcove.catalog.model import Model, Quantization
from alcove.engine.load import ProcessMemory
from alcove.errors import ModelFileError
from alcove.fit.catalogued import shape_from_catalog
from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.estimate import estimate
from alcove.fit.insight import FileKey, Insight
from alcove.fit.offer import Offer, choose, offered
from alcove.fit.plan import MIN_CONTEXT, Planner, Unpriced, Wish
from alcove.fit.price import Buffers, CannotSay, Refusal, Remembered
from alcove.fit.rank import rank
from alcove.fit.records import DeviceBytes, Load
from alcove.fit.result import Fit, Forecast
from alcove.fit.shape import Shape, shape_from_skeleton
from alcove.fit.slices import measure_slices
from alcove.fit.verdict import cache_refused, judge, refused
from alcove.gguf.skeleton import Skeleton
from alcove.hardware.machine import Machine
from alcove.hardware.memory import read_memory
from alcove.hub.remote import RemoteModel
from alcove.library.free_memory import with_free
from alcove.library.installed import InstalledModel
from alcove.library.loading import Plan
from alcove.library.presence import file_of, quantization_of
from alcove.library.references import Reference
from alcove.library.skeletons import Known, Skeletons

_KEPT = 200
"""Models whose prices are remembered; each takes a few kilobytes."""


@dataclass(frozen=True)
class _Subject:
    key: FileKey
    shape: Shape
    price: Remembered


class Appraiser:
    """Judges models by dry run where their headers are at hand, else by formula.

    For another computer there is no ``dry_run``. Most of it takes a while and belongs into a task;
    threads may share it.
    """

    def __init__(self, skeletons: Skeletons, dry_run: DryRun | None) -> None:
        self._skeletons = skeletons
        self._dry_run = dry_run
        self._lock = threading.Lock()
        self._subjects: OrderedDict[FileKey, _Subject] = OrderedDict()

    def refreshed(self, machine: Machine, held: ProcessMemory | None = None) -> Machine:
        """Return this machine with the memory that is free now.

        What is ``held`` comes back before the next model is loaded.
        """
        devices = self._dry_run.memory() if self._dry_run and machine.usable_gpus else ()
        return with_free(machine, read_memory(), devices, held)

    def resting(self) -> AbstractContextManager[None]:
        """Stay off the GPUs in the block, which loads or measures something.

        Whoever asks for a verdict by dry run meanwhile waits for its end, so that the block itself
        must not.
        """
        return self._dry_run.resting() if self._dry_run else nullcontext()

    def close(self) -> None:
        """End the process of the dry run at once; the next verdict starts another."""
        if self._dry_run is not None:
            self._dry_run.close()

    def installed(
        self, model: InstalledModel, machine: Machine, wish: Wish, insight: Insight
    ) -> Fit:
        """Judge a model on this machine; raises ModelFileError."""
        full = partial(self._skeletons.of_installed, model, keep_tokenizer=True)
        skeleton = self._skeletons.of_installed(model)
        return self._judge(skeleton, full, machine, wish, insight)

    def plan(self, model: InstalledModel, machine: Machine, wish: Wish, insight: Insight) -> Plan:
        """Plan how a model on this machine is loaded now; raises ModelFileError.

        Lets go of the GPUs, which the model is to have; load it in a block of ``resting`` where
        others may ask for verdicts.
        """
        machine = self.refreshed(machine)
        fit = self.installed(model, machine, wish, insight)
        subject = self._subject(self._skeletons.of_installed(model))
        with self.resting():
            pass
        estimated = insight.estimate(subject.shape, fit.configuration, machine, subject.key)
        return Plan(
            model=model,
            fit=fit,
            speeds=insight.speeds,
            foretold=Load(
                target=model.target,
                name=model.name,
                architecture=model.architecture,
                conditions=insight.conditions(
                    subject.shape, fit.configuration, machine, subject.key
                ),
                basis=fit.basis,
                predicted_bytes=fit.devices[-1].needed_bytes + fit.overhead_bytes,
                process_bytes=0,
                devices=tuple(
                    DeviceBytes(device.name, device.needed_bytes, 0)
                    for device in fit.devices[:-1]
                    if device.needed_bytes
                ),
                estimated=estimated,
                shown=fit.forecast,
            ),
        )

    def measure(
        self,
        skeleton: Skeleton,
        configuration: Configuration,
        machine: Machine,
        insight: Insight,
        report: Callable[[float, str], None],
        log: Path,
    ) -> Forecast:
        """Time some layers of a model on this machine, in 2 to 20 seconds.

        ``report`` gets fractions of 1 with words; whatever it raises is passed on. Raises
        LoadError, ModelMemoryError and EngineError. Stays off the GPUs meanwhile.
        """
        machine = self.refreshed(machine)
        with self.resting():
            return measure_slices(skeleton, configuration, machine, insight.speeds, report, log)

    def remote(
        self,
        model: RemoteModel,
        machine: Machine,
        wish: Wish,
        insight: Insight,
        asked: Reference | None = None,
    ) -> Fit:
        """Judge a model on the hub, whose header is fetched once; raises HubError too.

        ``asked`` is what led to the model, which leads there without the hub from then on.
        """
        full = partial(self._skeletons.of_remote, model, keep_tokenizer=True)
        skeleton = self._skeletons.of_remote(model, asked=asked)
        return self._judge(skeleton, full, machine, wish, insight)

    def catalogued(
        self,
        model: Model,
        quantization: Quantization,
        machine: Machine,
        wish: Wish,
        insight: Insight,
    ) -> Fit:
        """Judge a model of the catalog by its header if that is at hand, else by a rebuilt one.

        Where there is neither, or llama.cpp does not take what was rebuilt, by formula.
        """
        return (
            self.known(quantization, machine, wish, insight)
            or self._rebuilt(model, quantization, machine, wish, insight)
            or estimate(shape_from_catalog(model, quantization), machine, wish, insight)
        )

    def known(self, reference: Known, machine: Machine, wish: Wish, insight: Insight) -> Fit | None:
        """Judge by a header that was fetched before; None where there is none."""
        if (skeleton := self._skeletons.known(reference)) is None:
            return None
        full = partial(self._skeletons.known, reference, keep_tokenizer=True)
        return self._judge(skeleton, full, machine, wish, insight)

    def expected(
        self, skeleton: Skeleton, machine: Machine, wish: Wish, insight: Insight
    ) -> Fit | None:
        """Judge by a header that a file should have; None where llama.cpp does not take that."""
        fit = self._judge(skeleton, lambda: None, machine, wish, insight)
        refused = not (fit.fits or fit.missing_bytes)
        return None if refused else replace(fit, basis="header")

    def offers(
        self,
        models: Iterable[Model],
        machine: Machine,
        context: int,
        insight: Insight,
        installed: Sequence[InstalledModel] = (),
    ) -> list[Offer]:
        """Offer every model in the quantization that suits the machine, best first.

        A model that is among the ``installed`` is offered as the file that is there.
        """
        return rank([self._offer(model, machine, context, insight, installed) for model in models])

    def _offer(
        self,
        model: Model,
        machine: Machine,
        context: int,
        insight: Insight,
        installed: Sequence[InstalledModel],
    ) -> Offer:
        offer = choose(model, machine, context, insight)
        wanted = min(context, model.context)
        wish = Wish(wanted, least_context=min(wanted, MIN_CONTEXT))
        if (file := file_of(model, offer.quantization, installed)) is not None:
            with suppress(ModelFileError):  # gone or damaged since it was found
                fit_of_file = self.installed(file, machine, wish, insight)
                return offered(model, quantization_of(model, file), fit_of_file)
        fit = self.known(offer.quantization, machine, wish, insight)
        return offered(model, offer.quantization, fit) if fit else offer

    def _rebuilt(
        self,
        model: Model,
        quantization: Quantization,
        machine: Machine,
        wish: Wish,
        insight: Insight,
    ) -> Fit | None:
        skeleton = self._skeletons.rebuilt(model.id, quantization)
        return self.expected(skeleton, machine, wish, insight) if skeleton else None

    def _judge(
        self,
        skeleton: Skeleton,
        full: Callable[[], Skeleton | None],
        machine: Machine,
        wish: Wish,
        insight: Insight,
    ) -> Fit:
        """Judge by dry run if there is one.

        Some models are refused without their tokenizer: then ``full`` is what is tried, unless it
        was only the type of the KV cache that was refused.
        """
        subject = self._subject(skeleton)
        if wish.least_context is not None:  # nobody insists on the context
            wish = replace(wish, context=min(wish.context, subject.shape.context_limit))
        if self._dry_run is None:
            return estimate(subject.shape, machine, wish, insight, subject.key)
        found = _judged(self._dry_run, subject, machine, wish, insight)
        if (
            isinstance(found, Refusal)
            and not _takes_f16(subject, wish)
            and (whole := full()) is not None
        ):
            # It is the same file; what was learned of it is kept by the usual key.
            subject = replace(self._subject(whole), key=subject.key)
            found = _judged(self._dry_run, subject, machine, wish, insight)
        if isinstance(found, Fit):
            return found
        by_formula = estimate(subject.shape, machine, wish, insight, subject.key)
        if isinstance(found, CannotSay):
            return replace(by_formula, remarks=(*by_formula.remarks, found.sentence))
        if _takes_f16(subject, wish):
            return cache_refused(by_formula, found.reason)
        return refused(by_formula, found.reason)

    def _subject(self, skeleton: Skeleton) -> _Subject:
        with self._lock:
            if (subject := self._subjects.get(skeleton.key)) is None:
                subject = self._new_subject(skeleton)
                self._subjects[skeleton.key] = subject
            self._subjects.move_to_end(skeleton.key)
            if len(self._subjects) > _KEPT:
                self._subjects.popitem(last=False)
            return subject

    def _new_subject(self, skeleton: Skeleton) -> _Subject:
        dry_run = self._dry_run
        price = partial(dry_run.price, skeleton) if dry_run else lambda _asked: ()
        return _Subject(skeleton.key, shape_from_skeleton(skeleton), Remembered(price))


def _judged(
    dry_run: DryRun, subject: _Subject, machine: Machine, wish: Wish, insight: Insight
) -> Fit | Refusal | CannotSay:
    """Judge by dry run, or say why that is not possible."""
    planner = Planner(
        subject.shape, machine, subject.price, insight.margins, lambda: dry_run.resting_bytes
    )
    forecaster = partial(insight.forecast, subject.shape, machine=machine, key=subject.key)
    try:
        return judge(planner, wish, forecaster, "dry-run")
    except Unpriced as unpriced:
        return unpriced.price


def _takes_f16(subject: _Subject, wish: Wish) -> bool:
    """Whether another KV cache was asked for, and llama.cpp takes the file with a plain one."""
    if wish.kv_type in (None, "f16"):
        return False
    (price,) = subject.price([Configuration(wish.context)])
    return isinstance(price, Buffers)
