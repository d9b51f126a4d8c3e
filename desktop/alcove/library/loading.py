"""From a model on this machine to the process that serves it, with the forecast kept beside."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from alcove.engine.answer import Event, Readout, Request
from alcove.engine.client import Client, Properties
from alcove.engine.load import LoadOptions, ProcessMemory
from alcove.engine.naming import served_name
from alcove.engine.process import ModelProcess
from alcove.engine.session_file import delete_conversation
from alcove.errors import AlcoveError, EngineStopped, ModelMemoryError, Remedy, StorageError
from alcove.fit.configuration import CHECKPOINT_BYTES
from alcove.fit.depth import at_depth
from alcove.fit.ledger import Ledger
from alcove.fit.records import Answer, Load
from alcove.fit.result import Fit
from alcove.fit.speeds import Speeds
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.library.use import in_use


@dataclass(frozen=True)
class Service:
    """For whom a model is loaded, and with what.

    An empty ``key`` lets every program on this machine in; ``port`` 0 is any. What conversations
    leave in memory is kept in ``sessions``, if that is given. ``adapters`` are LoRA files, each
    with its scale; ``draft`` is a smaller model that guesses. ``lan``: other computers are served
    too, which takes a key. ``speculate``: tokens may be guessed ahead.
    """

    key: str = ""
    port: int = 0
    sessions: Path | None = None
    adapters: tuple[tuple[Path, float], ...] = ()
    draft: Path | None = None
    lan: bool = False
    speculate: bool = True


@dataclass(frozen=True)
class Plan:
    """How a model is to be loaded, and what is foretold of that.

    ``foretold`` is what the ledger keeps, without what is measured yet.
    """

    model: InstalledModel
    fit: Fit
    speeds: Speeds | None
    foretold: Load

    def options(self, service: Service) -> LoadOptions:
        """Say it to the model process; raises ModelMemoryError if the model does not fit.

        Where there was no dry run, what only compute buffers make too large is tried all the same,
        since those are guessed then; the model process says why it fails, if it does.
        """
        guessed = 0 if self.fit.basis == "dry-run" else self.fit.compute_bytes
        if self.fit.missing_bytes > guessed:
            raise _does_not_fit(self.model, self.fit)
        configuration, speeds = self.fit.configuration, self.speeds
        return LoadOptions(
            path=self.model.path,
            name=served_name(self.model.target, self.model.path),
            context=configuration.context,
            kv_type=configuration.kv_type,
            gpu_layers=configuration.gpu_layers,
            cpu_moe_layers=configuration.cpu_moe_layers,
            batch=configuration.batch,
            tensor_split=configuration.tensor_split,
            threads=speeds.threads if speeds else None,
            batch_threads=speeds.batch_threads if speeds else None,
            slots=configuration.slots,
            checkpoints=configuration.checkpoints,
            checkpoint_bytes=CHECKPOINT_BYTES,
            sessions=service.sessions,
            adapters=(*((file, 1.0) for file in self.model.adapters), *service.adapters),
            draft=service.draft,
            speculate=service.speculate,
            lan=service.lan,
            key=service.key,
            port=service.port,
        )


class LoadedModel:
    """A model process whose answers are kept in the ledger, beside what was foretold."""

    def __init__(
        self, process: ModelProcess, plan: Plan, ledger: Ledger, use: ExitStack | None = None
    ) -> None:
        self.process = process
        self.plan = plan
        self._forgotten: set[str] = set()
        self._ledger = ledger
        self._use = use or ExitStack()
        self._load_id = _recorded(ledger, plan, process.memory)

    @classmethod
    def start(
        cls,
        plan: Plan,
        ledger: Ledger,
        report: Callable[[float], None],
        log: Path,
        service: Service,
    ) -> LoadedModel:
        """Load a model as planned; raises ModelMemoryError, and what ModelProcess.start does."""
        with ExitStack() as use:
            use.enter_context(in_use(plan.model.files))
            process = ModelProcess.start(plan.options(service), report, log)
            return cls(process, plan, ledger, use.pop_all())

    @property
    def held(self) -> ProcessMemory:
        """What comes back when the process ends."""
        return self.process.memory

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self.process.is_alive()

    def ended(self) -> EngineStopped | None:
        """Say how the process ended, or None if it still runs."""
        return self.process.ended()

    def stop(self) -> None:
        """End the process and wait for it."""
        self.process.stop()
        self._use.close()
        self._delete_forgotten()

    def forget(self, conversation: str) -> None:
        """Drop what is left of a conversation, in the process and on disk."""
        self._forgotten.add(conversation)  # a process that ends just now may yet save it
        with suppress(AlcoveError), self.process.client() as client:
            client.forget(conversation)
        self._delete_forgotten()

    def client(self) -> RecordingClient:
        """Return a client of the process."""
        return RecordingClient(self.process.client(), self._record)

    def _delete_forgotten(self) -> None:
        if folder := self.process.options.sessions:
            for conversation in tuple(self._forgotten):
                delete_conversation(folder, conversation)

    def _record(self, readout: Readout) -> None:
        """Keep how an answer went; the ledger is a convenience, so that its failures cost none."""
        if self._load_id is None:
            return
        with suppress(StorageError):
            answer = _answer(readout, self.plan)
            self._ledger.record_answer(self._load_id, answer, readout.peak_memory_bytes)


class RecordingClient:
    """A client of a model process that passes every readout on, once its answer has ended."""

    def __init__(self, client: Client, record: Callable[[Readout], None]) -> None:
        self._client = client
        self._record = record

    def __enter__(self) -> RecordingClient:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def stream(self, request: Request) -> Generator[Event]:
        """Answer ``request`` as ``Client.stream`` does."""
        readout = None
        try:
            for event in self._client.stream(request):
                if isinstance(event, Readout):
                    readout = event
                yield event
        finally:
            if readout is not None:
                self._record(readout)

    def cancel(self) -> None:
        """End every answer that is streamed now; callable from any thread."""
        self._client.cancel()

    def count_tokens(self, text: str) -> int | None:
        """Say how many tokens ``text`` is."""
        return self._client.count_tokens(text)

    def properties(self) -> Properties:
        """Say what is served."""
        return self._client.properties()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _does_not_fit(model: InstalledModel, fit: Fit) -> ModelMemoryError:
    return ModelMemoryError(
        _("{name} does not fit at a context of {context} tokens: {sentence}.").format(
            name=model.name, context=fit.context, sentence=fit.sentence
        ),
        _("Close other programs, choose a smaller context, or a smaller quantization."),
        Remedy.LESS_CONTEXT,
        Remedy.SMALLER_MODEL,
    )


def _recorded(ledger: Ledger, plan: Plan, memory: ProcessMemory) -> int | None:
    """Keep what a load took; None where that is not possible."""
    taken = {device.identity or device.name: device.taken_bytes for device in memory.devices}
    used = [share for share in plan.fit.devices[:-1] if share.needed_bytes]
    devices = tuple(
        replace(foretold, measured=taken[share.identity])
        for foretold, share in zip(plan.foretold.devices, used, strict=True)
        if share.identity in taken
    )
    load = replace(plan.foretold, process_bytes=memory.process_bytes, devices=devices)
    try:
        return ledger.record_load(load)
    except StorageError:
        return None


def _answer(readout: Readout, plan: Plan) -> Answer:
    forecast, context = plan.fit.forecast, plan.fit.context
    return Answer(
        prompt_tokens=readout.prompt_tokens,
        cached_tokens=readout.cached_tokens,
        completion_tokens=readout.completion_tokens,
        depth=readout.prompt_tokens,
        generation=readout.generation_tokens_per_second,
        prompt=readout.prompt_tokens_per_second,
        forecast=at_depth(forecast, readout.prompt_tokens, context),
        prompt_forecast=forecast.prompt,
    )
