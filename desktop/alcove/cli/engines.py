"""``alcove connect``, and engines at an address: servers that know OpenAI's protocol."""

from __future__ import annotations

from dataclasses import replace

import typer

from alcove import settings
from alcove.cli import output
from alcove.cli.session import Session
from alcove.engine.client import Client
from alcove.engine.elsewhere import (
    EngineModel,
    engine_address,
    engine_at,
    is_engine_address,
    with_engine,
    without_engine,
)
from alcove.i18n import _
from alcove.network.door import Door
from alcove.settings import Engine


def connect(
    context: typer.Context,
    url: str = typer.Argument(help=_("Where it answers, such as http://127.0.0.1:8000.")),
    key: str = typer.Option(
        "", "--api-key", envvar="ALCOVE_ENGINE_KEY", help=_("The key that it wants.")
    ),
    model: str = typer.Option("", "--model", help=_("Which of its models to ask.")),
    forget: bool = typer.Option(False, "--forget", help=_("Forget it, and its key.")),
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """List the models of an engine elsewhere, and remember it for `alcove run URL`."""
    session: Session = context.obj
    if not is_engine_address(url):
        raise typer.BadParameter(_("An address begins with http:// or https://."))
    url = engine_address(url)
    known = session.settings.engines
    if forget:
        _save(session, without_engine(known, url))
        output.line(_("{url} is forgotten.").format(url=url))
        return
    before = engine_at(url, known)
    engine = Engine(url, key or before.key, model or before.model)
    with EngineModel.of(engine).client(Door.of(session.network)) as client:
        models = client.models()
    if engine.model and engine.model not in models:
        raise typer.BadParameter(
            _("{url} has no model {model}; it has: {names}.").format(
                url=url, model=engine.model, names=", ".join(models)
            )
        )
    _save(session, with_engine(known, engine))
    if json_output:
        output.document({"url": url, "models": list(models)})
        return
    for name in models:
        output.line(name)
    output.note(_("Chat with: alcove run {url}").format(url=url))


def client_of(session: Session, target: str) -> Client:
    """Return a client of the engine at an address, which may end in "#" and a model's name.

    Raises OfflineError.
    """
    return engine_at(target, session.settings.engines).client(Door.of(session.network))


def _save(session: Session, engines: tuple[Engine, ...]) -> None:
    settings.save(session.paths.settings, replace(session.settings, engines=engines))
