"""The only door to the network: where the hub is, and whether anything may leave this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from alcove.errors import HubError, OfflineError, Remedy
from alcove.i18n import _

_TRUE = {"1", "true", "yes", "on"}


@dataclass(frozen=True)
class Network:
    """Whether anything may leave this machine, and where the hub is.

    ``by_variable`` tells that HF_HUB_OFFLINE shut the door, which no setting can open.
    """

    endpoint: str = "https://huggingface.co"
    offline: bool = False
    by_variable: bool = False

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, *, offline: bool = False
    ) -> Network:
        """Read ``HF_ENDPOINT`` and ``HF_HUB_OFFLINE``; ``offline`` shuts the door in any case."""
        variables = os.environ if environment is None else environment
        by_variable = variables.get("HF_HUB_OFFLINE", "").lower() in _TRUE
        return cls(
            endpoint=(variables.get("HF_ENDPOINT") or cls.endpoint).rstrip("/"),
            offline=offline or by_variable,
            by_variable=by_variable,
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
                _("Alcove is offline, because HF_HUB_OFFLINE is set; it asked nothing of the hub."),
                _("Unset it, then start Alcove again; models that are installed work without."),
            )
        if self.offline:
            raise OfflineError(
                _("Alcove is offline, because the settings say so; it asked nothing of the hub."),
                _("Leave offline mode in the settings, then try again."),
                Remedy.GO_ONLINE,
            )
        if not is_address(self.endpoint):
            raise HubError(
                _("HF_ENDPOINT is {endpoint}, which is not the address of a server.").format(
                    endpoint=self.endpoint
                ),
                _("Set it to an address such as {example}, or unset it.").format(
                    example=Network.endpoint
                ),
            )


def is_address(endpoint: str) -> bool:
    """Whether an HTTP client can make something of ``endpoint``."""
    try:
        address = urlsplit(endpoint)
        return bool(address.scheme in ("http", "https") and address.hostname and address.port != 0)
    except ValueError:
        return False


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine, whatever the network says of names."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
