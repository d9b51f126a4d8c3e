"""What may leave this machine: where the hub is, and whether the door is shut."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from alcove.errors import HubError, OfflineError, Remedy
from alcove.i18n import _
from alcove.paths import Paths
from alcove.seal import is_here

_TRUE = {"1", "true", "yes", "on"}
_OFFLINE = "HF_HUB_OFFLINE"


@dataclass(frozen=True)
class Network:
    """Whether anything may leave this machine, where the hub is, and where requests are noted.

    ``by_variable`` tells that HF_HUB_OFFLINE shut the door, which no setting can open, ``mirrored``
    that the settings name the hub. ``journal`` is the database of the journal, which cannot be left
    out.
    """

    endpoint: str = "https://huggingface.co"
    offline: bool = False
    by_variable: bool = False
    mirrored: bool = False
    journal: Path = field(default_factory=lambda: Paths.from_environment().database)

    @classmethod
    def from_environment(
        cls,
        environment: Mapping[str, str] | None = None,
        *,
        offline: bool = False,
        mirror: str = "",
        journal: Path | None = None,
    ) -> Network:
        """Read ``HF_ENDPOINT`` and ``HF_HUB_OFFLINE``; ``offline`` shuts the door in any case.

        ``mirror`` is the hub's address where ``HF_ENDPOINT`` names none. ``journal`` is where the
        environment says if it is not given.
        """
        variables = os.environ if environment is None else environment
        by_variable = variables.get(_OFFLINE, "").lower() in _TRUE
        named = variables.get("HF_ENDPOINT")
        return cls(
            endpoint=(named or mirror or cls.endpoint).rstrip("/"),
            offline=offline or by_variable,
            by_variable=by_variable,
            mirrored=bool(mirror and not named),
            journal=journal or Paths.from_environment(environment).database,
        )

    def require_host(self, url: str) -> None:
        """Raise OfflineError if the door is shut and ``url`` leads to another machine."""
        if self.offline and not is_loopback(url):
            raise OfflineError(
                _("Alcove is offline, and {url} is on another computer; nothing was asked.").format(
                    url=url
                ),
                _("Leave offline mode, or ask a server on this computer."),
                *(() if self.by_variable else (Remedy.GO_ONLINE,)),
            )

    def require(self) -> None:
        """Raise OfflineError, before any socket is opened, if the door is shut.

        Raises HubError if it leads nowhere.
        """
        if self.by_variable:
            raise OfflineError(
                _(
                    "Alcove is offline, because it was started with --offline or HF_HUB_OFFLINE; "
                    "it asked nothing of the hub."
                ),
                _("Start it again without; models that are installed work as they are."),
            )
        if self.offline:
            raise OfflineError(
                _("Alcove is offline, because the settings say so; it asked nothing of the hub."),
                _("Leave offline mode in the settings, then try again."),
                Remedy.GO_ONLINE,
            )
        if not is_address(self.endpoint):
            raise self._no_address()

    def _no_address(self) -> HubError:
        if self.mirrored:
            cause = _("The mirror in the settings, {endpoint}, is not the address of a server.")
            advice = _("Set it to an address such as {example}, or leave it empty.")
        else:
            cause = _("HF_ENDPOINT is {endpoint}, which is not the address of a server.")
            advice = _("Set it to an address such as {example}, or unset it.")
        return HubError(
            cause.format(endpoint=self.endpoint), advice.format(example=Network.endpoint)
        )


def go_offline() -> None:
    """Shut the door of this process, and of those that it starts, until they end."""
    os.environ[_OFFLINE] = "1"


def is_address(endpoint: str) -> bool:
    """Whether an HTTP client can make something of ``endpoint``."""
    try:
        address = urlsplit(endpoint)
        return bool(address.scheme in ("http", "https") and address.hostname and address.port != 0)
    except ValueError:
        return False


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine, whatever the network says of names."""
    return is_address(url) and is_here(urlsplit(url).hostname or "")
