"""Downloads in words for people."""

from __future__ import annotations

from alcove.hub.items import Item
from alcove.i18n import _
from alcove.words import duration, gigabytes

STEPS = 1000
"""Steps of a progress bar."""


def steps(item: Item) -> int:
    """Return how much of an item is here, or was compared with the hub's hashes, of STEPS."""
    done = item.verified_bytes if item.is_verifying else item.received_bytes
    return min(STEPS, STEPS * done // item.size_bytes) if item.size_bytes else 0


def percent(item: Item) -> int:
    """Return the same in percent."""
    return 100 * steps(item) // STEPS


def verb(item: Item) -> str:
    """Name what ``Transfers.act`` does with an item; with one that is done, a chat is begun."""
    return {
        "waiting": _("Pause"),
        "running": _("Pause"),
        "paused": _("Resume"),
        "failed": _("Try again"),
        "done": _("Chat"),
    }[item.state]


def progress_in_words(item: Item) -> str:
    """Say how far an item is: "37 % · 1.9 GB of 5.0 GB · 41 MB/s · 1 min left"."""
    if item.is_verifying:
        return _("Verifying · {percent} %").format(percent=percent(item))
    parts = []
    if item.received_bytes and item.size_bytes and item.state != "done":
        parts.append(_("{percent} %").format(percent=percent(item)))
        parts.append(
            _("{received} of {total}").format(
                received=gigabytes(item.received_bytes), total=gigabytes(item.size_bytes)
            )
        )
    elif item.size_bytes:
        parts.append(gigabytes(item.size_bytes))
    if item.state == "running":
        parts += _speed(item) or [_("starting")]
    return " · ".join(parts)


def state_in_words(item: Item, now: float) -> str:
    """Say what an item does, or waits for; ``now`` is in seconds since the epoch."""
    if item.state == "paused":
        return _why_paused(item)
    if item.state == "waiting" and item.retry_at is not None and item.retry_at > now:
        wait = duration(item.retry_at - now)
        return _("Tries again in {time}").format(time=wait)
    return {
        "waiting": _("Waiting"),
        "running": "",
        "failed": _("Failed"),
        "done": _("On this computer"),
    }[item.state]


def status_in_words(item: Item, now: float) -> str:
    """Say both in one line."""
    return " · ".join(filter(None, (state_in_words(item, now), progress_in_words(item))))


def reason_in_words(item: Item) -> str:
    """Say why an item does not go on; empty where it does, or where the user stopped it."""
    if item.problem is None or item.why == "user" or item.state in ("running", "done"):
        return ""
    return f"{item.problem.cause} {item.problem.advice}".strip()


def _speed(item: Item) -> list[str]:
    if item.bytes_per_second <= 0:
        return []
    parts = [_("{speed}/s").format(speed=gigabytes(round(item.bytes_per_second)))]
    if item.seconds_left is not None:
        parts.append(_("{time} left").format(time=duration(item.seconds_left)))
    return parts


def _why_paused(item: Item) -> str:
    if item.why == "disk":
        return _("Paused, the disk lacks {size}").format(size=gigabytes(item.missing_bytes))
    if item.why == "offline":
        return _("Paused, there is no way to the hub")
    return _("Paused")
