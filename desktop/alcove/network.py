"""The only door to the network: whether it is open, and the HTTP client that goes through it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from alcove.errors import OfflineError, Remedy
from alcove.i18n import _

_TRUE = {"1", "true", "yes", "on"}


@dataclass(frozen=True)
class Network:
    """Whether anything may leave this machine, and where the hub is."""

    endpoint: str = "https://huggingface.co"
    offline: bool = False

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, *, offline: bool = False
    ) -> Network:
        """Read ``HF_ENDPOINT`` and ``HF_HUB_OFFLINE``; ``offline`` shuts the door in any case."""
        variables = os.environ if environment is None else environment
        return cls(
            endpoint=(variables.get("HF_ENDPOINT") or cls.endpoint).rstrip("/"),
            offline=offline or variables.get("HF_HUB_OFFLINE", "").lower() in _TRUE,
        )

    def require(self) -> None:
        """Raise OfflineError, before any socket is opened, if the door is shut."""
        if self.offline:
            raise OfflineError(
                _("Alcove is offline, so it asked nothing of the hub."),
                _("Unset HF_HUB_OFFLINE or leave offline mode in the settings, then try again."),
                Remedy.GO_ONLINE,
            )
