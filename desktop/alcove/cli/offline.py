"""The option that every verb has: ``--offline``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any

import typer

from alcove.i18n import _
from alcove.network import go_offline

_NAME = "offline"


def with_offline(verb: Callable[..., None]) -> Callable[..., None]:
    """Return ``verb`` with the option added; it shuts the door before the verb begins."""
    option = typer.Option(False, "--offline", help=_("Ask nothing of the network."))

    @wraps(verb)
    def run(*arguments: Any, offline: bool, **options: Any) -> None:  # noqa: ANN401
        if offline:
            go_offline()
        verb(*arguments, **options)

    plain = signature(verb)
    added = Parameter(_NAME, Parameter.KEYWORD_ONLY, default=option, annotation=bool)
    changed = plain.replace(parameters=[*plain.parameters.values(), added])
    run.__signature__ = changed  # type: ignore[attr-defined]
    run.__annotations__ = {**verb.__annotations__, _NAME: bool}
    return run
