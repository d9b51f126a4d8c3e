"""Remedies as buttons: what each one says, and what it does where the window can do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alcove.errors import AlcoveError, Remedy
from alcove.gui.messages import Action
from alcove.i18n import _


def label_of(remedy: Remedy) -> str:
    """Return what the button of a remedy says."""
    return {
        Remedy.RETRY: _("Try again"),
        Remedy.RELOAD: _("Load again"),
        Remedy.LESS_CONTEXT: _("Use less context"),
        Remedy.SMALLER_MODEL: _("Find a smaller model"),
        Remedy.FREE_DISK: _("Delete models"),
        Remedy.SIGN_IN: _("How to sign in"),
        Remedy.GO_ONLINE: _("Go online"),
        Remedy.DOWNLOAD_AGAIN: _("Download again"),
        Remedy.CHOOSE_MODEL: _("Choose a model"),
    }[remedy]


def actions_for(
    error: AlcoveError, handlers: Mapping[Remedy, Callable[[], None]]
) -> tuple[Action, ...]:
    """Return a button for each remedy of ``error`` that has a handler."""
    return tuple(
        Action(label_of(remedy), handlers[remedy])
        for remedy in error.remedies
        if remedy in handlers
    )
