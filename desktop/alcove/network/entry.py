"""One request as the journal holds it, and what came of it."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from alcove.i18n import _

PORTS = {"http": 80, "https": 443}
"""The usual ports."""


@dataclass(frozen=True)
class Entry:
    """One request. Its body and headers are nowhere kept, nor is what is secret in its address.

    ``path`` has no signature and no token in it; ``why`` says what it is for, ``process`` which
    process of Alcove sent it, and ``pid`` its number, ``proxy`` through whom it went. What came of
    it, ``status`` to ``failure``, is known later: ``seconds`` is None until it ended.
    """

    when: datetime
    method: str
    scheme: str
    host: str
    port: int
    path: str
    why: str
    process: str
    proxy: str = ""
    status: int | None = None
    sent_bytes: int = 0
    received_bytes: int = 0
    seconds: float | None = None
    failure: str = ""
    id: int | None = None
    pid: int = field(default_factory=os.getpid)

    @property
    def place(self) -> str:
        """The host, with its port where that is not the usual one, and the proxy, for people."""
        usual = PORTS.get(self.scheme) == self.port
        host = self.host if usual else f"{self.host}:{self.port}"
        return _("{host} by {proxy}").format(host=host, proxy=self.proxy) if self.proxy else host

    @property
    def answer(self) -> str:
        """What came of it, for people."""
        if not self.method:
            return _("not counted")
        under_way = self.seconds is None and not self.failure
        parts = (str(self.status or ""), _("under way") if under_way else self.failure)
        return ", ".join(filter(None, parts)) or _("none")


@dataclass(frozen=True)
class Outcome:
    """What came of a request so far."""

    status: int | None = None
    sent_bytes: int = 0
    received_bytes: int = 0
    seconds: float | None = None
    failure: str = ""


@dataclass(frozen=True)
class Total:
    """All requests to one host, which has its port where that is not the usual one."""

    host: str
    requests: int
    sent_bytes: int
    received_bytes: int
    first: datetime
    last: datetime


def document_of(entry: Entry) -> dict[str, Any]:
    """Return a request as JSON has it; its time is of UTC."""
    document = asdict(entry)
    return {"id": document.pop("id"), **document, "when": entry.when.isoformat()}
