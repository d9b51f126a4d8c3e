"""Requests made by hand, for the pictures of the window."""

from __future__ import annotations

from datetime import datetime, timedelta

from alcove.network.entry import Entry, Outcome
from alcove.network.journal import Journal

_FILE = "Qwen3-8B-Q4_K_M.gguf"
_REPOSITORY = "Qwen/Qwen3-8B-GGUF"
_REQUESTS = (
    ("huggingface.co", f"/api/models/{_REPOSITORY}", f"files of {_REPOSITORY}", 200, 48_000),
    ("huggingface.co", f"/{_REPOSITORY}/resolve/main/{_FILE}", f"header of {_FILE}", 302, 1_200),
    ("cas-bridge.xethub.hf.co", "/xet-bridge-us/6810/1f3c?…", f"header of {_FILE}", 206, 4_194_304),
    ("huggingface.co", f"/{_REPOSITORY}/resolve/main/{_FILE}", f"download of {_FILE}", 302, 1_200),
    (
        "cas-bridge.xethub.hf.co",
        "/xet-bridge-us/6810/1f3c?…",
        f"download of {_FILE}",
        206,
        1_073_741_824,
    ),
    ("cas-bridge.xethub.hf.co", "/xet-bridge-us/6810/1f3c?…", f"download of {_FILE}", None, 0),
)


def keep_requests(journal: Journal, now: datetime) -> int:
    """Note some requests, the last of them ``now``, and return how many there are."""
    for number in range(len(_REQUESTS) * 8):
        host, path, why, status, received = _REQUESTS[number % len(_REQUESTS)]
        when = now - timedelta(seconds=11 * (len(_REQUESTS) * 8 - number))
        noted = journal.record(
            Entry(when, "GET", "https", host, 443, path, why, "alcove.hub.transfer")
        )
        failure = "" if status else "Connection reset by peer"
        journal.complete(noted, Outcome(status, 412, received, 0.4, failure))
    return len(_REQUESTS) * 8
