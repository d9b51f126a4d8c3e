"""``alcove privacy``: every request that left this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from alcove.cli import output
from alcove.cli.session import Session
from alcove.i18n import _, ngettext
from alcove.network.entry import Entry, Total, document_of
from alcove.network.journal import Journal
from alcove.network.promise import at, never_sent, nothing_listed, what_is_listed
from alcove.words import exact_size

_EXPORT = typer.Option(
    None,
    "--export",
    dir_okay=False,
    help=_("Write all of it to a file: CSV by its name, else JSON."),
)


def privacy(
    context: typer.Context,
    limit: int = typer.Option(20, "--limit", min=1, help=_("Show at most so many requests.")),
    host: str | None = typer.Option(None, "--host", help=_("Only what went to this host.")),
    export: Path | None = _EXPORT,
    clear: bool = typer.Option(False, "--clear", help=_("Forget all of it.")),
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """Show every request that Alcove has sent from this computer."""
    session: Session = context.obj
    journal = Journal(session.paths.database)
    if export is not None:
        output.note(_exported(journal, export))
    if clear:
        journal.clear()
        output.note(_("The journal is empty now."))
    if json_output:
        output.document(_document(session, journal, limit, host))
    elif export is None and not clear:
        _show(session, journal, limit, host)


def _exported(journal: Journal, path: Path) -> str:
    count = journal.export(path)
    return ngettext(
        "{count} request was written to {path}.", "{count} requests were written to {path}.", count
    ).format(count=count, path=path)


def _document(session: Session, journal: Journal, limit: int, host: str | None) -> dict[str, Any]:
    return {
        "offline": session.network.offline,
        "hub": session.network.endpoint,
        "database": str(journal.path),
        "cleared": cleared.isoformat() if (cleared := journal.cleared()) else None,
        "requests": [document_of(entry) for entry in journal.entries(limit, host=host)],
        "totals": [_total_document(total) for total in journal.totals()],
    }


def _total_document(total: Total) -> dict[str, Any]:
    return {
        **asdict(total),
        "first": total.first.isoformat(),
        "last": total.last.isoformat(),
    }


def _show(session: Session, journal: Journal, limit: int, host: str | None) -> None:
    entries, totals = journal.entries(limit, host=host), journal.totals()
    cleared = journal.cleared()
    if entries:
        output.tables().print(_requests(entries))
        output.line()
        output.tables().print(_hosts(totals))
        if cleared:
            output.line(_("The list was cleared on {when}.").format(when=at(cleared)))
    elif totals:
        output.line(_("Nothing that is listed went to {host}.").format(host=host))
    else:
        output.line(nothing_listed(cleared))
    output.line()
    if session.network.offline:
        output.line(_("Alcove is offline: it asks nothing of other computers."))
    for sentence in (what_is_listed(), *never_sent()):
        output.line(sentence)


def _requests(entries: tuple[Entry, ...]) -> Table:
    titles = (_("When"), _("Why"), _("Host"), _("Request"), _("Answer"), _("Sent"), _("Received"))
    table = _table(titles)
    for entry in reversed(entries):
        table.add_row(
            f"{entry.when.astimezone():%Y-%m-%d %H:%M:%S}",
            entry.why,
            entry.place,
            f"{entry.method} {entry.path}",
            entry.answer,
            exact_size(entry.sent_bytes),
            exact_size(entry.received_bytes),
        )
    return table


def _hosts(totals: tuple[Total, ...]) -> Table:
    table = _table((_("Host"), _("Requests"), _("Sent"), _("Received")))
    for total in totals:
        sent, received = exact_size(total.sent_bytes), exact_size(total.received_bytes)
        table.add_row(total.host, str(total.requests), sent, received)
    return table


def _table(titles: tuple[str, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in titles:
        table.add_column(title, overflow="fold")
    return table
