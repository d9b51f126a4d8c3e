"""What Alcove says of the network, in sentences; the window and the command line share them."""

from __future__ import annotations

from datetime import datetime

from alcove.i18n import _


def never_sent() -> tuple[str, ...]:
    """Say what has never left this machine, and why that can be told."""
    return (
        _("There is no account, no telemetry, no crash report and no check for updates."),
        _(
            "What you write, what models answer, your files and what was measured here stay on "
            "this computer, but for what you ask of an engine at an address that you gave, and the "
            "words that you search the hub for."
        ),
        _(
            "Your token goes to Hugging Face, or to what HF_ENDPOINT names in its place; to no "
            "other host, to no mirror of the settings, and not into this list."
        ),
    )


def what_is_listed() -> str:
    """Say what the journal holds."""
    return _(
        "Each request is noted here before it is sent; one that cannot be noted is not sent. What "
        "the window asks of its own model on this computer does not leave it, and is not listed."
    )


def nothing_listed(cleared: datetime | None) -> str:
    """Say that the journal is empty; ``cleared`` is when it was emptied, if it was."""
    if cleared is None:
        return _("Nothing was ever asked of another computer, nor of an engine.")
    return _("Nothing was asked since the list was cleared on {when}.").format(when=at(cleared))


def at(when: datetime) -> str:
    """Write a time as this computer's clock shows it."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}"
