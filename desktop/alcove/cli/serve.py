"""``alcove serve``: an OpenAI-compatible server for one model."""

from __future__ import annotations

import typer

from alcove.cli import output
from alcove.cli.options import CONTEXT, GPU_LAYERS, KV_TYPE, MOE_LAYERS, wish
from alcove.cli.serving import Loading, serving
from alcove.cli.session import Session
from alcove.i18n import _

DEFAULT_PORT = 8080
"""The port that llama-server uses, too."""


def serve(
    context: typer.Context,
    target: str = typer.Argument(help=_("A path, a catalog id, org/repo[:QUANT] or a file of it.")),
    port: int = typer.Option(DEFAULT_PORT, "--port", min=0, max=65535, help=_("0 picks one.")),
    key: str = typer.Option("", "--api-key", help=_("Key that clients must send.")),
    length: int | None = CONTEXT,
    kv_type: str | None = KV_TYPE,
    gpu_layers: int | None = GPU_LAYERS,
    cpu_moe_layers: int | None = MOE_LAYERS,
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON when ready.")),
) -> None:
    """Serve a model on this computer until Ctrl+C."""
    session: Session = context.obj
    asked = wish(session.settings, length, kv_type, gpu_layers, cpu_moe_layers)
    loading = Loading(target, asked, key, port)
    with serving(session, loading) as loaded:
        model, process = loaded.plan.model, loaded.process
        if json_output:
            output.document(
                {
                    "url": f"{process.url}/v1",
                    "model": model.target,
                    "context": process.context,
                    "pid": process.pid,
                }
            )
        else:
            output.line(
                _("{name} is served at {url}/v1 (Ctrl+C ends).").format(
                    name=model.name, url=process.url
                )
            )
        try:
            process.wait()
        except KeyboardInterrupt:
            return
        if (ended := process.ended()) is not None:
            raise ended
