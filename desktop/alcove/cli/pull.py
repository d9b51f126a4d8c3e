"""``alcove pull``: a model from the hub into the Hugging Face cache."""

from __future__ import annotations

import typer

from alcove.cli import output
from alcove.cli.session import Session
from alcove.errors import Remedy, TargetError
from alcove.hub.downloads import download, is_run_elsewhere
from alcove.hub.items import Item, Wanted
from alcove.hub.remote import RemoteModel
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.library.single import inspect_file
from alcove.library.targets import file_in_repository
from alcove.words import gigabytes


def pull(
    context: typer.Context,
    target: str = typer.Argument(
        help=_("A catalog id, org/repo[:QUANT], a file of it, or a link.")
    ),
    projector: bool = typer.Option(
        False, "--mmproj", help=_("Also its projector, by which a model takes images.")
    ),
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """Download a model; a download that was interrupted goes on where it stopped."""
    session: Session = context.obj
    found = session.resolve(target)
    if projector:
        found = _with_projector(session, found)
    if isinstance(found, InstalledModel):
        model = found
    else:
        model = fetch(session, found, projector=projector)
    if json_output:
        output.document(
            {
                "target": target,
                "repository": model.repository,
                "revision": model.revision,
                "quantization": model.quantization,
                "files": [str(path) for path in model.files],
                "mmproj": str(model.projector) if model.projector else None,
                "size_bytes": model.size_bytes,
            }
        )
        return
    name = model.target if session.link(target) else target
    output.line(_("{target} is ready: {path}").format(target=name, path=model.path))
    output.line(_("Talk to it with: alcove run {target}").format(target=name))


def _with_projector(
    session: Session, found: InstalledModel | RemoteModel
) -> InstalledModel | RemoteModel:
    """Return what to download so that the model has its projector, or the model if it does."""
    if isinstance(found, InstalledModel):
        if found.projector is not None:
            return found
        found = _on_the_hub(session, found)
    return session.hub.with_projector(found)


def _on_the_hub(session: Session, model: InstalledModel) -> RemoteModel:
    file = file_in_repository(model.path)
    if model.repository is None or not file:
        raise TargetError(
            _("{name} was not downloaded from the hub into its cache.").format(name=model.name),
            _("Name the model as org/repo, or put its projector into the folder of the model."),
            Remedy.CHOOSE_MODEL,
        )
    return session.hub.resolve(model.repository, file, model.revision)


def fetch(session: Session, remote: RemoteModel, *, projector: bool = False) -> InstalledModel:
    """Download ``remote`` with its progress shown, and return it as it is installed then.

    It stands in the queue that the window shows, where it goes on if it is interrupted here.
    ``projector`` says that one is among its files.
    """
    output.note(
        _("Downloading {file} ({size}) from {repository}").format(
            file=remote.files[0].path,
            size=gigabytes(remote.size_bytes),
            repository=remote.repository,
        )
    )
    item = session.queue.add(Wanted.of(remote, projector=projector), remote)
    if is_run_elsewhere(item):
        output.note(_("Another Alcove is already downloading this; waiting for it."))
    try:
        with output.transfer() as report:
            paths = download(session.queue, item, session.transfer_options, report)
    except KeyboardInterrupt:
        _say_what_is_kept(session, item)
        raise
    found = [model for model in session.installed if paths[0] in model.files]
    return found[0] if found else inspect_file(paths[0], session.catalog)


def _say_what_is_kept(session: Session, item: Item) -> None:
    """Say how far a download is that Ctrl+C ended here; another program may go on with it."""
    now = session.queue.find(item.id)
    if now is None:
        return
    if is_run_elsewhere(now):
        output.note(_("Another Alcove goes on with the download."))
    else:
        output.note(
            _("{kept} of {size} are kept; the same command goes on.").format(
                kept=gigabytes(now.received_bytes), size=gigabytes(now.size_bytes)
            )
        )
