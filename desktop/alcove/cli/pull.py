"""``alcove pull``: a model from the hub into the Hugging Face cache."""

from __future__ import annotations

import typer

from alcove.cli import output
from alcove.cli.session import Session
from alcove.hub.downloads import download
from alcove.hub.items import Wanted
from alcove.hub.remote import RemoteModel
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.library.single import inspect_file
from alcove.words import gigabytes


def pull(
    context: typer.Context,
    target: str = typer.Argument(
        help=_("A catalog id, org/repo[:QUANT], a file of it, or a link.")
    ),
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """Download a model; a download that was interrupted goes on where it stopped."""
    session: Session = context.obj
    found = session.resolve(target)
    model = found if isinstance(found, InstalledModel) else fetch(session, found)
    if json_output:
        output.document(
            {
                "target": target,
                "repository": model.repository,
                "revision": model.revision,
                "quantization": model.quantization,
                "files": [str(path) for path in model.files],
                "size_bytes": model.size_bytes,
            }
        )
        return
    output.line(_("{target} is ready: {path}").format(target=target, path=model.path))
    output.line(_("Talk to it with: alcove run {target}").format(target=target))


def fetch(session: Session, remote: RemoteModel) -> InstalledModel:
    """Download ``remote`` with its progress shown, and return it as it is installed then.

    It stands in the queue that the window shows, where it goes on if it is interrupted here.
    """
    output.note(
        _("Downloading {file} ({size}) from {repository}").format(
            file=remote.files[0].path,
            size=gigabytes(remote.size_bytes),
            repository=remote.repository,
        )
    )
    item = session.queue.add(Wanted.of(remote), remote)
    with output.transfer() as report:
        paths = download(session.queue, item, session.transfer_options, report)
    found = [model for model in session.installed if paths[0] in model.files]
    return found[0] if found else inspect_file(paths[0], session.catalog)
