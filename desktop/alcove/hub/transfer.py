"""The transfer process: ``python -m alcove.hub.transfer`` works through the queue.

It reads a request: the ``database`` with the queue, the ``options``, and the item that it is to do
``only``, if not all. It writes ``progress`` messages, ``troubled`` where it cannot reach the queue,
and how items end into the queue. It ends when there is no more to do, or at once when its standard
input closes; what it received stays.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from alcove.children import claim_stdout, end_with_parent, read_request
from alcove.errors import StorageError
from alcove.hub.leases import Leases
from alcove.hub.options import TransferOptions
from alcove.hub.problems import Problem
from alcove.hub.runner import Runner

_IDLE_S = 0.5
_TROUBLED_S = 2.0
"""How long to wait where the queue cannot be read or written, as on a full disk."""


def main() -> None:
    """Serve until there is nothing to do."""
    send = claim_stdout()
    request = read_request()
    leases = Leases(Path(request["database"]))
    runner = Runner(leases, TransferOptions.from_json(request["options"]), send)
    end_with_parent(lambda: _release(runner))
    is_over = False
    while not is_over:
        try:
            is_over = not _work(leases, runner, request["only"])
        except StorageError as error:
            send({"event": "troubled", "problem": Problem.of(error).to_json()})
            time.sleep(_TROUBLED_S)


def _work(leases: Leases, runner: Runner, only: int | None) -> bool:
    """Do what is to be done now; return whether more may come."""
    runner.sweep()
    runner.wake()
    if item := leases.claim(only):
        runner.run(item)
        return True
    if not leases.has_work(only):
        return False
    time.sleep(_IDLE_S)
    return True


def _release(runner: Runner) -> None:
    with suppress(StorageError):
        runner.release()


if __name__ == "__main__":
    main()
