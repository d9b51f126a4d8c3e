"""What can be done about a model that is not there, as buttons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from alcove.engine.elsewhere import EngineModel
from alcove.errors import Remedy
from alcove.gui.messages import Action
from alcove.gui.remedies import actions_for, label_of
from alcove.gui.session import ModelSession
from alcove.i18n import _

LEAST_CONTEXT = 512
"""The smallest context, in tokens, that a model is loaded with to make it fit."""


def recoveries(
    session: ModelSession, discover: Callable[[], None], library: Callable[[], None]
) -> tuple[Action, ...]:
    """Return a button for each remedy of the session's failure; to load again is always one."""
    error, model, wish = session.failure, session.model, session.wish
    if error is None or model is None:
        return ()
    if isinstance(model, EngineModel):
        return (Action(_("Connect again"), session.reload),)
    handlers: dict[Remedy, Callable[[], None]] = {
        Remedy.RELOAD: session.reload,
        Remedy.RETRY: session.reload,
        Remedy.SMALLER_MODEL: discover,
        Remedy.DOWNLOAD_AGAIN: discover,
        Remedy.CHOOSE_MODEL: library,
        Remedy.FREE_DISK: library,
    }
    if wish is not None and wish.context > LEAST_CONTEXT:
        less = replace(wish, context=max(LEAST_CONTEXT, wish.context // 2), least_context=None)
        handlers[Remedy.LESS_CONTEXT] = partial(session.load, model, less)
    actions = actions_for(error, handlers)
    if {Remedy.RELOAD, Remedy.RETRY}.isdisjoint(error.remedies):
        actions += (Action(label_of(Remedy.RELOAD), session.reload),)
    return actions
