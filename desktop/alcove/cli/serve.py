"""``alcove serve``: an OpenAI-compatible server for one model."""

from __future__ import annotations

import typer

from alcove.cli import output
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
    length: int | None = typer.Option(None, "--context", min=1, help=_("Context in tokens.")),
    kv_type: str = typer.Option("f16", "--kv-type", help=_("KV cache type.")),
    gpu_layers: int | None = typer.Option(None, "--gpu-layers", min=0, help=_("Layers on GPUs.")),
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON when ready.")),
) -> None:
    """Serve a model on this computer until Ctrl+C."""
    session: Session = context.obj
    loading = Loading(target, length, kv_type, gpu_layers, key, port)
    with serving(session, loading) as (model, process):
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
