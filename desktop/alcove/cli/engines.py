"""``alcove connect``, and engines at an address: servers that know OpenAI's protocol."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urldefrag

import typer

from alcove import settings
from alcove.cli import output
from alcove.cli.session import Session
from alcove.engine.client import Client
from alcove.i18n import _
from alcove.network.door import Door
from alcove.settings import Engine


def is_engine(target: str) -> bool:
    """Whether a target is the address of an engine."""
    return target.startswith(("http://", "https://"))


def connect(
    context: typer.Context,
    url: str = typer.Argument(help=_("Where it answers, such as http://127.0.0.1:8000.")),
    key: str = typer.Option(
        "", "--api-key", envvar="ALCOVE_API_KEY", help=_("The key that it wants.")
    ),
    model: str = typer.Option("", "--model", help=_("Which of its models to ask.")),
    forget: bool = typer.Option(False, "--forget", help=_("Forget it, and its key.")),
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """List the models of an engine elsewhere, and remember it for `alcove run URL`."""
    session: Session = context.obj
    if not is_engine(url):
        raise typer.BadParameter(_("An address begins with http:// or https://."))
    url = _address(url)
    before = _known(session, url)
    key, model = key or before.key, model or before.model
    others = tuple(each for each in session.settings.engines if each.url != url)
    if forget:
        settings.save(session.paths.settings, replace(session.settings, engines=others))
        output.line(_("{url} is forgotten.").format(url=url))
        return
    session.network.require_host(url)
    with Client(url, key, model=model, door=Door.of(session.network)) as client:
        models = client.models()
    if model and model not in models:
        raise typer.BadParameter(
            _("{url} has no model {model}; it has: {names}.").format(
                url=url, model=model, names=", ".join(models)
            )
        )
    known = (*others, Engine(url, key, model))
    settings.save(session.paths.settings, replace(session.settings, engines=known))
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
    url, named = urldefrag(target)
    session.network.require_host(url)
    known = _known(session, _address(url))
    door = Door.of(session.network)
    return Client(url, known.key, model=named or known.model, door=door)


def _address(url: str) -> str:
    """Write an address in one way: without "/v1" and without a slash at its end."""
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def _known(session: Session, url: str) -> Engine:
    return next((each for each in session.settings.engines if each.url == url), Engine(url))
