"""Processes that are killed at random moments: the transfer process, and the program itself."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from alcove.hub.transfers import Transfers
from faults.world import FILE, PATIENCE_S, Figure, World, world

_READY = b"ready\n"


def kills_of_the_process(folder: Path, size: int, count: int) -> Figure:
    """Kill the transfer process ``count`` times during one transfer of ``size`` bytes."""
    rng = random.Random(count)
    with world(folder, size) as here:
        here.hub.faults.bytes_per_second = 2 * size / count
        here.add()
        with here.working() as transfers:
            for sent in _moments(rng, size, count):
                here.once(lambda: here.hub.bytes_sent(FILE) >= sent)  # noqa: B023 - called at once
                _kill_worker(here, transfers)
            here.hub.faults.bytes_per_second = None
            return _figure(here, f"{count} kills of the transfer process", size)


def kills_of_the_program(folder: Path, size: int, count: int) -> Figure:
    """Kill the program, which takes the transfer process with it, ``count`` times."""
    rng = random.Random(count + 1)
    with world(folder, size) as here:
        here.hub.faults.bytes_per_second = 2 * size / count
        here.add()
        for sent in _moments(rng, size, count):
            with _program(here) as process:
                here.once(lambda: here.hub.bytes_sent(FILE) >= sent)  # noqa: B023 - called at once
                assert process.poll() is None, "the program ended by itself"
                process.send_signal(_SIGKILL)
        here.hub.faults.bytes_per_second = None
        with here.working():
            return _figure(here, f"{count} kills of the program", size)


_SIGKILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def _moments(rng: random.Random, size: int, count: int) -> list[int]:
    """Return after how many bytes to kill; where two are close, while the process starts again."""
    return sorted(rng.randrange(size * 9 // 10) for _moment in range(count))


def _kill_worker(here: World, transfers: Transfers) -> None:
    """Kill the process, once there is one again."""
    pid = here.once(lambda: transfers.pid)
    with suppress(ProcessLookupError):  # it died of the last kill, and nobody has noticed yet
        os.kill(pid, _SIGKILL)


def _figure(here: World, name: str, size: int) -> Figure:
    item = here.ended()
    share = (here.hub.bytes_sent(FILE) - size) / size
    is_intact = len(here.queue.items()) == 1
    return Figure(
        f"{name} at random moments of one transfer of {size / 1e6:.0f} MB",
        f"{'identical' if here.is_whole(item) else 'NOT identical'}, queue "
        f"{'intact' if is_intact else 'NOT intact'}, {share:.2%} sent twice",
        "identical, queue intact",
        here.is_whole(item) and is_intact,
    )


@contextmanager
def _program(here: World) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program that owns a supervisor, and nothing else; it works already."""
    request = {"database": str(here.queue.database), "options": here.options.to_json()}
    command = [sys.executable, "-m", "faults.kills", json.dumps(request)]
    folder = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == _READY
        try:
            yield process
        finally:
            process.kill()
            process.wait(PATIENCE_S)


def _be_a_program(request: str) -> None:
    from alcove.hub.options import TransferOptions
    from alcove.hub.queue import TransferQueue

    document = json.loads(request)
    queue = TransferQueue(Path(document["database"]))
    options = TransferOptions.from_json(document["options"])
    with Transfers(queue, options, lambda _items: None, lambda _error: None):
        sys.stdout.buffer.write(_READY)
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    _be_a_program(sys.argv[1])
