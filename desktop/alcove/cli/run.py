"""``alcove run``: chat in the terminal, with the readout on standard error."""

from __future__ import annotations

import secrets
import sys
from dataclasses import replace

import typer

from alcove.catalog.model import Sampling
from alcove.cli import output
from alcove.cli.documents import answer_document
from alcove.cli.engines import client_of
from alcove.cli.options import CONTEXT, DRAFT, GPU_LAYERS, KV_TYPE, LORA, MOE_LAYERS, adapters, wish
from alcove.cli.serving import Loading, serving
from alcove.cli.session import Session
from alcove.engine.answer import Delta, Readout, Request, Turn, advised_request
from alcove.engine.client import Client
from alcove.engine.elsewhere import is_engine_address
from alcove.errors import RequestError
from alcove.i18n import _, ngettext
from alcove.library.installed import InstalledModel
from alcove.library.loading import RecordingClient, Service


def run(
    context: typer.Context,
    target: str = typer.Argument(
        help=_("A path, a catalog id, org/repo[:QUANT], a link to it, or an engine's URL.")
    ),
    prompt: str | None = typer.Option(None, "-p", "--prompt", help=_("Ask this and quit.")),
    system: str = typer.Option("", "--system", help=_("System message.")),
    length: int | None = CONTEXT,
    kv_type: str | None = KV_TYPE,
    gpu_layers: int | None = GPU_LAYERS,
    cpu_moe_layers: int | None = MOE_LAYERS,
    lora: list[str] = LORA,
    draft: str = DRAFT,
    max_tokens: int | None = typer.Option(None, "--max-tokens", min=1, help=_("Longest answer.")),
    temperature: float | None = typer.Option(None, "--temperature", min=0.0),
    seed: int | None = typer.Option(None, "--seed", min=0),
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """Chat with a model; without -p, what is piped into it is one prompt."""
    if prompt is None and not sys.stdin.isatty():
        prompt = sys.stdin.buffer.read().decode("utf-8", errors="replace").strip() or None
        if prompt is None:
            raise typer.BadParameter(_("There is no prompt: give -p, or write it to the input."))
    if json_output and prompt is None:
        raise typer.BadParameter(_("--json needs a prompt: give -p, or write it to the input."))
    session: Session = context.obj
    chosen = Request((), max_tokens=max_tokens, temperature=temperature, seed=seed)
    if is_engine_address(target) and session.link(target) is None:
        if lora or draft or any((length, kv_type, gpu_layers, cpu_moe_layers)):
            raise typer.BadParameter(
                _("How a model is loaded is up to the engine at that address.")
            )
        with client_of(session, target) as client:
            _talk(_Chat(client, chosen, system), target, prompt, as_json=json_output)
        return
    asked = wish(session.settings, length, kv_type, gpu_layers, cpu_moe_layers)
    service = Service(
        secrets.token_urlsafe(), sessions=session.paths.sessions, adapters=adapters(lora)
    )
    loading = Loading(target, asked, service, draft)
    with serving(session, loading) as loaded, loaded.client() as client:
        model = loaded.plan.model
        chat = _Chat(client, _advised(session, model, chosen), system)
        _talk(chat, model.name, prompt, as_json=json_output)


class _Chat:
    """One conversation in the terminal."""

    def __init__(self, client: Client | RecordingClient, sampling: Request, system: str) -> None:
        self._client = client
        self._sampling = sampling
        self._turns: tuple[Turn, ...] = (Turn("system", system),) if system else ()

    def ask(self, question: str, *, as_json: bool = False) -> None:
        """Answer one question, writing the answer as it comes."""
        turns = (*self._turns, Turn("user", question))
        request = replace(self._sampling, turns=turns)
        text, reasoning, readout = "", "", None
        for event in self._client.stream(request):
            if isinstance(event, Delta):
                text, reasoning = text + event.text, reasoning + event.reasoning
                if not as_json:
                    _write(event)
            elif isinstance(event, Readout):
                readout = event
        assert readout is not None, "a stream ends with a readout"
        self._turns = (*turns, Turn("assistant", text))
        if as_json:
            output.document(answer_document(text, reasoning, readout))
        else:
            output.line()
            output.note(describe(readout))


def _talk(chat: _Chat, name: str, prompt: str | None, *, as_json: bool) -> None:
    if prompt is not None:
        chat.ask(prompt, as_json=as_json)
    else:
        _converse(chat, name)


def describe(readout: Readout) -> str:
    """Write a readout in one line."""
    return _(
        "{speed:.1f} tokens/s, first token after {first:.2f} s, "
        "prompt {prompt} ({cached} cached) at {prompt_speed:.0f} tokens/s, "
        "answer {answer}, {reason}"
    ).format(
        speed=readout.generation_tokens_per_second,
        first=readout.time_to_first_token_s,
        prompt=_count(readout.prompt_tokens),
        cached=readout.cached_tokens,
        prompt_speed=readout.prompt_tokens_per_second,
        answer=_count(readout.completion_tokens),
        reason=readout.finish_reason,
    )


def _count(tokens: int) -> str:
    return ngettext("{count} token", "{count} tokens", tokens).format(count=tokens)


def _converse(chat: _Chat, name: str) -> None:
    output.note(
        _("{name} listens. An empty line or Ctrl+D ends, Ctrl+C stops an answer.").format(name=name)
    )
    while True:
        try:
            question = input("> ").strip()
        except EOFError:
            return
        if not question:
            return
        try:
            chat.ask(question)
        except KeyboardInterrupt:
            output.note(_("Stopped."))
        except RequestError as error:
            output.note(_("Error: {sentence}").format(sentence=error))


def _write(piece: Delta) -> None:
    sys.stderr.write(piece.reasoning)
    sys.stderr.flush()
    sys.stdout.write(piece.text)
    sys.stdout.flush()


def _advised(session: Session, model: InstalledModel, chosen: Request) -> Request:
    """Return what the publisher advises for sampling, with what the user chose instead."""
    known = session.catalog.get(model.catalog_id) if model.catalog_id else None
    advice = advised_request((), known.sampling if known else Sampling())
    request = replace(advice, max_tokens=chosen.max_tokens, seed=chosen.seed)
    if chosen.temperature is None:
        return request
    return replace(request, temperature=chosen.temperature)
