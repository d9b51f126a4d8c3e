"""What a hub can answer, or not: each ends well, or in one sentence and with a way to go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from alcove.errors import Remedy
from alcove.hub.items import Item
from alcove.hub.transfers import Transfers
from alcove.network import Network
from faults.world import FILE, REPOSITORY, Figure, World, world
from local_hub.hub import Faults

SIZE = 6_000_000
_AGAIN = {Remedy.RETRY, Remedy.DOWNLOAD_AGAIN}


@dataclass(frozen=True)
class Fault:
    """What a hub does wrong, and whether a transfer gets over it ``by itself``.

    ``midway`` faults begin when half of the file is there. ``endpoint`` is another hub.
    """

    name: str
    begin: Callable[[World], None] = lambda _world: None
    by_itself: bool = False
    midway: bool = False
    endpoint: Callable[[World], str] | None = None


def _set(**values: object) -> Callable[[World], None]:
    def begin(here: World) -> None:
        for name, value in values.items():
            setattr(here.hub.faults, name, value)

    return begin


def _replace(here: World) -> None:
    """Publish other content under the same name, and forget the old."""
    other = here.content.with_name("other")
    other.write_bytes(here.content.read_bytes()[::-1])
    here.stored = here.hub.add(REPOSITORY, FILE, other)


def _encrypted(here: World) -> str:
    return here.hub.endpoint.replace("http://", "https://")


FAULTS = (
    Fault("a stall", _set(pause_after=SIZE // 3), by_itself=True),
    Fault("429 with Retry-After", _set(status=429, times=2, retry_after="1"), by_itself=True),
    Fault("500", _set(status=500, times=2), by_itself=True),
    Fault("503 midway", _set(status=503, times=2), by_itself=True, midway=True),
    Fault("503 for long", _set(status=503)),
    Fault("a wrong length", _set(other_size=True)),
    Fault("a wrong hash", _set(corrupt=True)),
    Fault("a changed ETag midway", _set(etag="0" * 64), midway=True),
    Fault("other content midway, the old commit gone", _replace, midway=True),
    Fault("a redirect loop", _set(loop=True)),
    Fault("an answer without ranges", _set(ignore_ranges=True)),
    Fault("a TLS error", endpoint=_encrypted),
    Fault("a DNS failure", endpoint=lambda _world: "http://no-such-host.invalid"),
)


def answer(folder: Path, fault: Fault) -> Figure:
    """Meet ``fault``, see how the transfer takes it, let it pass, and retry if that is needed."""
    with world(folder, SIZE) as here:
        if fault.midway:
            here.hub.faults.pause_after = SIZE // 2
        else:
            fault.begin(here)
        here.add()
        endpoint = fault.endpoint(here) if fault.endpoint else here.hub.endpoint
        with here.working(network=Network(endpoint=endpoint), stall_s=1.0) as transfers:
            if fault.midway:
                here.wait(lambda item: here.hub.paused.is_set() and item.received_bytes > 0)
                fault.begin(here)
                here.hub.break_off()
            said = "" if fault.by_itself else _stopped(here, transfers, fault)
            item = here.wait(lambda item: item.state == "done")
        is_good = here.is_whole(item) and here.has_no_corrupt_file()
        good = "ends well by itself" if fault.by_itself else "a sentence, retry, ends well"
        result = f"{said} Then whole." if said else "whole"
        return Figure(fault.name, result if is_good else f"{said} NOT whole", good, is_good)


def _stopped(here: World, transfers: Transfers, fault: Fault) -> str:
    """Wait for the sentence, let the fault pass, press the button, and return the sentence."""
    item = here.wait(lambda item: item.problem is not None and item.state != "running")
    assert item.problem is not None
    assert here.has_no_corrupt_file()
    assert _AGAIN & set(item.problem.remedies), f"{item.problem} offers no way to try again"
    here.hub.faults = Faults()
    if fault.endpoint:
        transfers.configure(replace(here.options, network=Network(endpoint=here.hub.endpoint)))
    _press(here, item)
    return item.problem.cause


def _press(here: World, item: Item) -> None:
    if item.state == "failed":
        here.queue.retry(item.id)
    else:
        here.queue.resume(item.id)
