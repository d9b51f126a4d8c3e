"""From what a model process is told to a model that answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from alcove.engine.draft_model import DraftModel
from alcove.engine.formats import format_of
from alcove.engine.gate import Access
from alcove.engine.lan import own_names
from alcove.engine.load import LoadOptions, of_another_family
from alcove.engine.running import Engine
from alcove.engine.scheduler import Scheduler
from alcove.engine.serving import Serving
from alcove.engine.sessions import Post, Sessions
from alcove.engine.slots import Checkpoints, Slot
from alcove.engine.template import ChatTemplate
from alcove.engine.templates.renderer import Renderer
from alcove.engine.worker import Order, Worker
from alcove.errors import EngineError, LoadError, ModelMemoryError, Remedy
from alcove.hardware.cpu import read_cpu
from alcove.i18n import _
from alcove.llama import native
from alcove.llama.adapters import Adapter, AdapterRefused, put_on
from alcove.llama.context import Context, ContextFailed
from alcove.llama.devices import build_version
from alcove.llama.embedding import Embedder
from alcove.llama.model import LoadFailed, Model
from alcove.llama.parameters import ContextOptions, ModelOptions

_ALL_LAYERS = -1
_MEMORY_MARKS = ("failed to allocate", "unable to allocate", "out of memory", "cannot allocate")
_ARCHITECTURE = re.compile(r"unknown model architecture: '([^']*)'")


def serve_model(
    options: LoadOptions, progress: Callable[[float], None], log: native.Log
) -> Serving:
    """Load a model and make it ready to answer; raises EngineError and its kinds."""
    renderer = Renderer()  # it starts while the model loads
    try:
        model = Model(options.path, _model_options(options), progress)
        if model.ranks:
            raise _ranks(options.path)
        embedder = Embedder(model, _context_options(options)) if model.embeds else None
        context = embedder.context if embedder else Context(model, _context_options(options))
        put_on(model, context, [Adapter(*adapter) for adapter in options.adapters])
        queue = SimpleQueue[Order]()
        draft = _draft(options, model, log) if options.draft else None
        scheduler = _scheduler(
            options, Engine(model, context, model.special_tokens, draft), queue.put
        )
    except AdapterRefused as error:
        raise _adapter_refused(options, error) from error
    except (LoadFailed, ContextFailed) as error:
        raise _explain(options, log.errors) from error
    source = (model.chat_template or "") + (model.tool_template or "")
    form = format_of(source, model.architecture)
    native.give_memory_back()  # what loading needed for a while is tens of megabytes
    return Serving(
        name=options.name,
        model=model,
        context=context.length,
        slots=context.sequences,
        template=_template(model, renderer),
        worker=Worker(scheduler, context.interrupt, queue),
        form=form,
        access=Access(options.key, own_names() if options.lan else None),
        reasons=form.may_reason(source),
        embedder=embedder,
    )


def _template(model: Model, renderer: Renderer) -> ChatTemplate:
    return ChatTemplate(
        model.chat_template,
        model.begin_token,
        model.end_token,
        tool_source=model.tool_template,
        renderer=renderer,
    )


def _scheduler(options: LoadOptions, engine: Engine, post: Post) -> Scheduler:
    context = engine.context
    slots = [
        Slot(
            number,
            context,
            Checkpoints(context, number, options.checkpoints, options.checkpoint_bytes),
        )
        for number in range(context.sequences)
    ]
    sessions = Sessions(options.sessions, _session_key(options), options.session_bytes, post)
    return Scheduler(engine, slots, sessions, speculate=options.speculate)


def _draft(options: LoadOptions, model: Model, log: native.Log) -> DraftModel:
    """Load the smaller model; raises EngineError, in which it is named."""
    assert options.draft is not None
    try:
        small = Model(options.draft, ModelOptions(_model_options(options).gpu_layers))
        context = Context(small, replace(_context_options(options), sequences=1))
    except (LoadFailed, ContextFailed) as error:
        raise _explain(replace(options, path=options.draft), log.errors) from error
    draft = DraftModel(small, context)
    if not draft.suits(model):
        raise of_another_family(options.draft.name, options.path.name)
    return draft


def _ranks(path: Path) -> LoadError:
    return LoadError(
        _("{name} is a reranker: it only tells how well a text answers a question.").format(
            name=path.name
        ),
        _("Choose a model that answers, or one for embeddings."),
        Remedy.CHOOSE_MODEL,
    )


def _session_key(options: LoadOptions) -> str:
    """Return what states depend on: the file, the build, and how both are used."""
    parts = [_identity(options.path), build_version(), options.kv_type, options.gpu_layers]
    adapters = [(_identity(path), scale) for path, scale in options.adapters]
    return repr((parts, adapters))


def _identity(path: Path) -> str:
    """Tell files apart: those in the cache of Hugging Face are called by their hash."""
    real = path.resolve()
    stat = real.stat()
    return f"{real.name} {stat.st_size} {stat.st_mtime_ns}"


def _model_options(options: LoadOptions) -> ModelOptions:
    layers = _ALL_LAYERS if options.gpu_layers is None else options.gpu_layers
    return ModelOptions(layers, options.cpu_moe_layers, options.tensor_split)


def _context_options(options: LoadOptions) -> ContextOptions:
    return ContextOptions(
        length=options.context,
        kv_type=options.kv_type,
        batch=options.batch,
        sequences=options.slots,
        threads=options.threads or read_cpu().physical_cores,
        batch_threads=options.batch_threads,
    )


def _adapter_refused(options: LoadOptions, error: AdapterRefused) -> LoadError:
    return LoadError(
        _("llama.cpp does not take the adapter {adapter} for {name}.").format(
            adapter=error.args[0], name=options.path.name
        ),
        _("An adapter is a GGUF file made for this very model."),
    )


def _explain(options: LoadOptions, log: str) -> EngineError:
    """Say why llama.cpp refused; its log is the only place where it tells."""
    name = options.path.name
    if found := _ARCHITECTURE.search(log):
        return LoadError(
            _(
                "{name} has the architecture '{architecture}', which the installed llama.cpp "
                "does not know."
            ).format(name=name, architecture=found[1]),
            _("Update it with: pip install --upgrade llama-cpp-python"),
            Remedy.CHOOSE_MODEL,
        )
    if any(mark in log.lower() for mark in _MEMORY_MARKS):
        return ModelMemoryError(
            _("There is not enough memory for {name} with a context of {context} tokens.").format(
                name=name, context=options.context
            ),
            _("Close other programs, choose a smaller context, or a smaller quantization."),
            Remedy.LESS_CONTEXT,
            Remedy.SMALLER_MODEL,
        )
    reason = log.strip().partition("\n")[0].rstrip(".") or _("no reason given")
    return LoadError(
        _("llama.cpp could not load {name}: {reason}.").format(name=name, reason=reason),
        _("The file may be damaged; get it again from where it came."),
        Remedy.DOWNLOAD_AGAIN,
        Remedy.CHOOSE_MODEL,
    )
