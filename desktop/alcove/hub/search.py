"""Looking for GGUF repositories on the hub by words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from alcove.hub.client import ask
from alcove.hub.counts import count
from alcove.hub.failures import no_hub
from alcove.i18n import _
from alcove.network import Network

MOST = 100
"""Repositories that are asked for at most."""

_EXPANDED = ("downloads", "gated", "lastModified", "likes")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class FoundRepository:
    """A repository that the hub found, as it describes itself: nobody checked it.

    ``downloads`` are those of the last 30 days, ``updated`` is an ISO date; None is what the hub
    does not say. ``gated``: its files are only for accounts that accepted its terms.
    """

    name: str
    downloads: int | None
    likes: int | None
    updated: str | None
    gated: bool


def search_repositories(
    network: Network, words: str, limit: int = 20
) -> tuple[FoundRepository, ...]:
    """Return repositories with GGUF files whose names contain ``words``, most downloaded first.

    Raises HubError or one of its kinds.
    """
    why = _("search for {words}").format(words=words)
    parameters = {
        "filter": "gguf",
        "search": words,
        "sort": "downloads",
        "limit": min(limit, MOST),
        "expand": list(_EXPANDED),
    }
    listed = ask(network, "/api/models", parameters, words, why)
    if not isinstance(listed, list):
        raise no_hub(network.endpoint)
    found = (_read(each) for each in listed)
    return tuple(each for each in found if each is not None)[:limit]


def _read(described: object) -> FoundRepository | None:
    """Read one repository; None for what is none."""
    if not isinstance(described, Mapping):
        return None
    name = described.get("id")
    if not isinstance(name, str) or not _REPOSITORY.fullmatch(name):
        return None
    updated = described.get("lastModified")
    day = _DAY.match(updated) if isinstance(updated, str) else None
    return FoundRepository(
        name=name,
        downloads=count(described.get("downloads")),
        likes=count(described.get("likes")),
        updated=day[0] if day else None,
        gated=bool(described.get("gated")),
    )
