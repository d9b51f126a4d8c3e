"""Making jobs for the worker from requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from alcove.engine.endpoints.start import start_of
from alcove.engine.formats import NOTHING, Format
from alcove.engine.job import Job
from alcove.engine.protocol.chat import ChatRequest
from alcove.engine.protocol.constraint import unusable_grammar
from alcove.engine.protocol.errors import BadRequest, NotSupported, TooLong
from alcove.engine.protocol.options import AnswerOptions
from alcove.engine.protocol.prompts import Prompt
from alcove.engine.protocol.sampling import seeded
from alcove.engine.protocol.texts import TextRequest
from alcove.engine.serving import Serving
from alcove.engine.template import Prompt as Rendered
from alcove.i18n import _
from alcove.llama.grammar import GrammarError, compile_grammar
from alcove.llama.model import Model
from alcove.llama.sampler import SamplerOptions

_PLAIN = Format("plain")


def rendered(serving: Serving, request: ChatRequest) -> Rendered:
    """Render a conversation; raises BadRequest and RequestError."""
    tools = request.toolbox.tools
    if tools and not serving.template.supports_tools:
        raise BadRequest(
            _(
                "The chat template of this model knows no tools. Choose a model whose template "
                "does, or leave 'tools' out."
            ),
            "tools",
        )
    return serving.template.render(request.turns, tools=tools, options=request.template)


def chat_jobs(serving: Serving, request: ChatRequest) -> list[Job]:
    """Return a job for each answer to a conversation; raises BadRequest and RequestError."""
    _refuse_embedder(serving)
    prompt = rendered(serving, request)
    if request.toolbox.tools and not serving.form.has_calls:
        raise NotSupported(
            _("Alcove cannot read how this model calls tools. Leave 'tools' out."), "tools"
        )
    start = start_of(request, serving.form, prompt.text, reasons=serving.reasons)
    job = replace(
        _job(serving, prompt.text, request.options, start.grammar),
        stops=request.options.stops + prompt.stops,
        form=serving.form,
        opening=start.opening,
        tools={tool.name: tool.parameters for tool in request.toolbox.tools} or None,
    )
    return list(_several(job, request.options.count))


def text_jobs(serving: Serving, request: TextRequest) -> list[Job]:
    """Return a job for each completion of each prompt; raises BadRequest."""
    _refuse_embedder(serving)
    options = request.options
    each = [_job(serving, prompt, options, options.sampling.grammar) for prompt in request.prompts]
    return [job for first in each for job in _several(first, options.count)]


def prompt_tokens(model: Model, prompt: Prompt) -> tuple[int, ...]:
    """Return the tokens of a prompt; raises BadRequest if there are none."""
    if isinstance(prompt, str):
        begins = bool(model.begin_token) and prompt.startswith(model.begin_token)
        prompt = tuple(model.tokenize(prompt, special=True, begin=not begins))
    check_tokens(model, prompt)
    if not prompt:
        raise BadRequest(_("The prompt is empty."))
    return prompt


def check_tokens(model: Model, tokens: Iterable[int]) -> None:
    """Refuse tokens that the model does not know; raises BadRequest."""
    for token in tokens:
        if not 0 <= token < model.vocabulary_size:
            raise BadRequest(
                _("This model has no token {token}; they go from 0 to {last}.").format(
                    token=token, last=model.vocabulary_size - 1
                )
            )


def _job(serving: Serving, prompt: Prompt, options: AnswerOptions, grammar: str) -> Job:
    """Return a job in whose answer nothing is set apart."""
    return Job(
        tokens=_fitting(serving, prompt),
        sampling=_checked(serving, replace(options.sampling, grammar=grammar)),
        max_tokens=options.max_tokens,
        stops=options.stops,
        form=_PLAIN,
        opening=NOTHING,
        logprobs=options.logprobs,
        cache_prompt=options.cache_prompt,
        conversation=options.conversation,
    )


def _fitting(serving: Serving, prompt: Prompt) -> tuple[int, ...]:
    """Return the tokens of a prompt; raises BadRequest if they leave no room in the context."""
    tokens = prompt_tokens(serving.model, prompt)
    if len(tokens) >= serving.context:
        raise TooLong(len(tokens), serving.context)
    return tokens


def _several(job: Job, count: int) -> Iterator[Job]:
    """Yield the job ``count`` times, each with a seed of its own."""
    for index in range(count):
        yield replace(job, sampling=seeded(job.sampling, index))


def _checked(serving: Serving, sampling: SamplerOptions) -> SamplerOptions:
    """Return what suits the model; raises BadRequest for tokens and grammars that do not."""
    check_tokens(serving.model, (token for token, _bias in sampling.logit_bias))
    if sampling.grammar:
        if sampling.ignore_eos:
            raise BadRequest(
                _("An answer of a given form must be able to end; leave 'ignore_eos' out."),
                "ignore_eos",
            )
        try:
            compile_grammar(sampling.grammar, serving.model)
        except GrammarError as error:
            raise unusable_grammar(error) from error
    return replace(  # llama.cpp allocates room for as many tokens as it is told to look back
        sampling,
        repeat_last_n=_bounded(sampling.repeat_last_n, serving.context),
        dry_penalty_last_n=_bounded(sampling.dry_penalty_last_n, serving.context),
    )


def _bounded(tokens: int, context: int) -> int:
    """Return how far back to look; -1 is the whole context."""
    return context if tokens < 0 else min(tokens, context)


def _refuse_embedder(serving: Serving) -> None:
    if serving.embedder is not None:
        raise NotSupported(
            _("This model only makes embeddings. Load a model that answers to chat with one.")
        )
