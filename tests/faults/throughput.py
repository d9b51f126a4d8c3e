"""How fast a transfer is beside curl, from the same server, over loopback."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alcove.hub.items import Wanted
from alcove.hub.leases import Leases
from alcove.hub.options import TransferOptions
from alcove.hub.queue import TransferQueue
from alcove.hub.runner import Runner
from alcove.network import Network
from faults.world import FILE, REPOSITORY, Figure
from local_hub import LocalHub


def throughput(folder: Path, size: int, rounds: int) -> list[Figure]:
    """Fetch ``size`` bytes by turns with curl, with curl into sha256sum, and with Alcove.

    Each figure is of the medians of ``rounds``. The server sends with sendfile, in a process of its
    own. A transfer begins with the question which files there are, and ends with the file in its
    place, on the disk; curl only fetches.
    """
    place = folder / "throughput"
    place.mkdir()
    content = place / "content"
    with content.open("wb") as file, Path("/dev/urandom").open("rb") as noise:
        for _mebibyte in range(size >> 20):
            file.write(noise.read(1 << 20))
    with _server(content) as endpoint:
        url = f"{endpoint}/{REPOSITORY}/resolve/main/{FILE}"
        times = [
            (_curl(url, place), _curl_and_hash(url, place), _transfer(endpoint, place))
            for _round in range(rounds)
        ]
    shutil.rmtree(place)
    curl, hashed, ours = (statistics.median(column) for column in zip(*times, strict=True))
    name = f"{size >> 20} MiB over loopback, hash included"
    return [
        Figure(
            f"{name}, beside curl",
            f"{size / ours / 1e6:.0f} MB/s, {curl / ours:.2f} of curl's {size / curl / 1e6:.0f}",
            "at least 0.9",
            curl / ours >= 0.9,
        ),
        Figure(
            f"{name}, beside curl | tee | sha256sum",
            f"{hashed / ours:.2f} of its {size / hashed / 1e6:.0f} MB/s",
            "at least 0.9",
            hashed / ours >= 0.9,
        ),
    ]


def _curl(url: str, place: Path) -> float:
    target = place / "by-curl"
    began = time.perf_counter()
    subprocess.run(["curl", "-sfL", "-o", target, url], check=True)
    return _timed(began, target)


def _curl_and_hash(url: str, place: Path) -> float:
    target = place / "by-curl"
    began = time.perf_counter()
    pipe = f"set -o pipefail; curl -sfL '{url}' | tee '{target}' | sha256sum"
    subprocess.run(["bash", "-c", pipe], check=True, stdout=subprocess.DEVNULL)
    return _timed(began, target)


def _timed(began: float, target: Path) -> float:
    taken = time.perf_counter() - began
    target.unlink()
    return taken


def _transfer(endpoint: str, place: Path) -> float:
    """Do what the transfer process does, here."""
    queue, leases = TransferQueue(place / "alcove.db"), Leases(place / "alcove.db")
    options = TransferOptions(Network(endpoint=endpoint), cache=str(place / "cache"))
    item = leases.claim(queue.add(Wanted("Model", REPOSITORY, FILE)).id)
    assert item is not None
    began = time.perf_counter()
    Runner(leases, options, lambda _message: None).run(item)
    taken = time.perf_counter() - began
    assert [item.state for item in queue.items()] == ["done"]
    queue.cancel(item.id)
    shutil.rmtree(place / "cache")
    return taken


@contextmanager
def _server(content: Path) -> Iterator[str]:
    """Serve ``content`` from a process of its own."""
    command = [sys.executable, "-m", "faults.throughput", str(content)]
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate()


def _serve(content: Path) -> None:
    with LocalHub() as hub:
        hub.add(REPOSITORY, FILE, content)
        sys.stdout.write(f"{hub.endpoint}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
