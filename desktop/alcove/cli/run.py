"""``alcove run``: chat in the terminal, with the readout on standard error."""

from __future__ import annotations

import secrets
import sys
from dataclasses import replace

import typer

from alcove.catalog.model import Sampling
from alcove.cli.engines import client_of
from alcove.cli.options import CONTEXT, DRAFT, GPU_LAYERS, KV_TYPE, LORA, MOE_LAYERS, adapters, wish
from alcove.cli.serving import Loading, serving
from alcove.cli.session import Session
from alcove.cli.talk import Chat, talk
from alcove.engine.answer import Request, advised_request
from alcove.engine.elsewhere import is_engine_address
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.library.loading import Service


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
            talk(Chat(client, chosen, system), target, prompt, as_json=json_output)
        return
    asked = wish(session.settings, length, kv_type, gpu_layers, cpu_moe_layers)
    service = Service(
        secrets.token_urlsafe(), sessions=session.paths.sessions, adapters=adapters(lora)
    )
    loading = Loading(target, asked, service, draft)
    with serving(session, loading) as loaded, loaded.client() as client:
        model = loaded.plan.model
        chat = Chat(client, _advised(session, model, chosen), system)
        talk(chat, model.name, prompt, as_json=json_output)


def _advised(session: Session, model: InstalledModel, chosen: Request) -> Request:
    """Return what the publisher advises for sampling, with what the user chose instead."""
    known = session.catalog.get(model.catalog_id) if model.catalog_id else None
    advice = advised_request((), known.sampling if known else Sampling())
    request = replace(advice, max_tokens=chosen.max_tokens, seed=chosen.seed)
    if chosen.temperature is None:
        return request
    return replace(request, temperature=chosen.temperature)
