"""``alcove search``: GGUF repositories of the hub, and the verdict on each of their files."""

from __future__ import annotations

from dataclasses import asdict
from itertools import count

import typer
from rich.table import Table

from alcove.catalog.listing import has_repository
from alcove.cli import output
from alcove.cli.documents import Json, fit_document
from alcove.cli.options import CONTEXT, JSON, MACHINE, wish
from alcove.cli.session import Session
from alcove.fit.forecast import speed
from alcove.hub.counts import in_words, unchecked
from alcove.hub.remote import RemoteRepository
from alcove.hub.repository import models_in, pick
from alcove.hub.search import MOST, FoundRepository, search_repositories
from alcove.i18n import _, ngettext
from alcove.library.references import Reference
from alcove.library.repository_files import JudgedFile, RepositoryJudge
from alcove.words import gigabytes

_WORDS = typer.Argument(
    help=_("Words of its name; or org/repo, or a link to it, for the files in it.")
)


def search(
    context: typer.Context,
    words: list[str] = _WORDS,
    limit: int = typer.Option(20, "--limit", min=1, max=MOST, help=_("Show at most so many.")),
    exact: bool = typer.Option(
        False, "--exact", help=_("Fetch the header of every file: some megabytes each.")
    ),
    length: int | None = CONTEXT,
    machine: str | None = MACHINE,
    json_output: bool = JSON,
) -> None:
    """Search the hub for models beyond the catalog; nobody checked what it finds."""
    session: Session = context.obj
    session.profile = machine
    asked = " ".join(words).strip()
    if not asked:
        raise typer.BadParameter(_("Give some words to search for."))
    link = session.link(asked) or Reference.read(asked)
    if link is None:
        _show_found(search_repositories(session.network, asked, limit), asked, json_output)
    else:
        found = session.hub.contents(link.repository, link.revision)
        files = _judged(session, found, link, length, exact=exact)
        _show_files(session, found, files, json_output)


def _show_found(found: tuple[FoundRepository, ...], asked: str, as_json: bool) -> None:
    if as_json:
        results = [asdict(each) for each in found]
        output.document({"words": asked, "checked": False, "results": results})
        return
    if not found:
        output.line(
            _("The hub found no repository with GGUF files for {words}.").format(words=asked)
        )
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(_("Repository"), overflow="fold")
    for title in (_("Downloads"), _("Likes"), _("Updated")):
        table.add_column(title, no_wrap=True)
    for each in found:
        mark = _("{name} (gated)").format(name=each.name) if each.gated else each.name
        table.add_row(mark, _count(each.downloads), _count(each.likes), each.updated or "")
    output.tables().print(table)
    output.line(unchecked())
    output.line(_("What fits here: alcove search {name}").format(name=found[0].name))


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _judged(
    session: Session, found: RemoteRepository, link: Reference, length: int | None, *, exact: bool
) -> tuple[JudgedFile, ...]:
    """Judge every file of a repository."""
    models = models_in(found, link.revision)
    chosen = pick(link.repository, models, link.wanted)
    judge = RepositoryJudge(
        session.skeletons,
        session.appraiser,
        session.machine,
        wish(session.settings, length, None, None, None),
        session.insight,
    )
    begun = count(1)
    total = len(models) if exact else 1
    with output.measuring() as report:
        return judge.judge(
            models,
            chosen,
            lambda model: report((next(begun) - 1) / total, model.files[0].path),
            exact=exact,
        )


def _show_files(
    session: Session, found: RemoteRepository, files: tuple[JudgedFile, ...], as_json: bool
) -> None:
    checked = has_repository(session.catalog, found.name)
    if as_json:
        output.document(
            {
                "repository": found.name,
                "revision": found.revision,
                "downloads": found.downloads,
                "likes": found.likes,
                "checked": checked,
                "files": [_file_document(each) for each in files],
            }
        )
        return
    output.line("  ·  ".join(filter(None, (found.name, in_words(found.downloads, found.likes)))))
    output.tables().print(_table(files))
    if estimated := sum(each.fit is not None and not each.own_header for each in files):
        output.line(
            ngettext(
                "~ {count} file is judged by the header that it should have; --exact fetches it.",
                "~ {count} files are judged by the headers that they should have; --exact fetches "
                "them.",
                estimated,
            ).format(count=estimated)
        )
    if not checked:
        output.line(unchecked())


def _table(files: tuple[JudgedFile, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(_("File"), overflow="fold")
    for title in (_("Size"), _("Needs"), _("Speed"), _("Verdict")):
        table.add_column(title, no_wrap=title != _("Verdict"))
    for each in files:
        fit, model = each.fit, each.model
        name = model.quantization or model.files[0].path
        if fit is None:
            problem = each.problem or _("Look at it with: alcove fit {target}").format(
                target=f"{model.repository}/{model.files[0].path}"
            )
            table.add_row(name, gigabytes(model.size_bytes), "", "", problem)
            continue
        table.add_row(
            name if each.own_header else f"~ {name}",
            gigabytes(model.size_bytes),
            gigabytes(fit.needed_bytes),
            speed(fit.forecast.generation) if fit.forecast.generation else "",
            fit.sentence,
        )
    return table


def _file_document(each: JudgedFile) -> Json:
    model = each.model
    target = f"{model.repository}/{model.files[0].path}"
    shared = {
        "quantization": model.quantization,
        "size_bytes": model.size_bytes,
        "own_header": each.own_header,
    }
    if each.fit is None:
        return {"target": target, **shared, "verdict": None, "problem": each.problem}
    document = fit_document(target, model.files[0].path, "", each.fit)
    del document["architecture"]
    return document | shared
