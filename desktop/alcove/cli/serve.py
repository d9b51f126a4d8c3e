"""``alcove serve``: an OpenAI-compatible server for one model."""

from __future__ import annotations

from dataclasses import replace

import typer

from alcove.cli import output
from alcove.cli.options import CONTEXT, DRAFT, GPU_LAYERS, KV_TYPE, LORA, MOE_LAYERS, adapters, wish
from alcove.cli.serving import Loading, serving
from alcove.cli.session import Session
from alcove.engine.lan import own_addresses
from alcove.errors import EngineStopped
from alcove.i18n import _
from alcove.library.loading import LoadedModel, Service

DEFAULT_PORT = 8080
"""The port that llama-server uses, too."""

DEFAULT_PARALLEL = 4


def serve(
    context: typer.Context,
    target: str = typer.Argument(
        help=_("A path, a catalog id, org/repo[:QUANT], a file of it, or a link.")
    ),
    port: int = typer.Option(DEFAULT_PORT, "--port", min=0, max=65535, help=_("0 picks one.")),
    key: str = typer.Option(
        "", "--api-key", envvar="ALCOVE_API_KEY", help=_("Key that clients must send.")
    ),
    length: int | None = CONTEXT,
    kv_type: str | None = KV_TYPE,
    gpu_layers: int | None = GPU_LAYERS,
    cpu_moe_layers: int | None = MOE_LAYERS,
    lora: list[str] = LORA,
    draft: str = DRAFT,
    lan: bool = typer.Option(False, "--lan", help=_("Serve other computers too; needs --api-key.")),
    parallel: int = typer.Option(
        DEFAULT_PARALLEL,
        "--parallel",
        min=1,
        max=64,
        help=_("Answers at a time, which share the context."),
    ),
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON when ready.")),
) -> None:
    """Serve a model on this computer until Ctrl+C."""
    if lan and not key:
        raise typer.BadParameter(_("--lan needs --api-key: other computers must not ask freely."))
    session: Session = context.obj
    asked = wish(session.settings, length, kv_type, gpu_layers, cpu_moe_layers)
    service = Service(key, port, session.paths.sessions, adapters(lora), lan=lan)
    loading = Loading(target, replace(asked, slots=parallel), service, draft)
    with serving(session, loading) as loaded:
        _tell(loaded, lan=lan, json_output=json_output)
        process = loaded.process
        try:
            process.wait()
        except KeyboardInterrupt:
            return
        if (ended := process.ended()) is not None:
            raise EngineStopped(
                ended.cause,
                _("Serve it again, with a smaller --context if the memory was short."),
                *ended.remedies,
            )


def _tell(loaded: LoadedModel, *, lan: bool, json_output: bool) -> None:
    """Say where a model is served."""
    model, process = loaded.plan.model, loaded.process
    others = [f"http://{each}:{process.port}/v1" for each in own_addresses()] if lan else []
    if json_output:
        document = {
            "url": f"{process.url}/v1",
            "model": process.options.name,
            "context": process.context,
            "pid": process.pid,
        }
        output.document(document | ({"lan_urls": others} if lan else {}))
        return
    output.line(
        _("{name} is served at {url}/v1 (Ctrl+C ends).").format(name=model.name, url=process.url)
    )
    if others:
        output.line(_("Other computers ask {urls}.").format(urls=", ".join(others)))
