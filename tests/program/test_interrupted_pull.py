"""Downloads that are interrupted, asked for twice, or given up, by the whole program."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alcove.hub.layout import cache_folder
from hub.fetching import user_queue
from local_hub import LocalHub
from program.running import alcove, sentence

REPOSITORY = "org/Small-GGUF"
FILE = "small-Q4_1.gguf"
PULL = [sys.executable, "-m", "alcove", "pull", REPOSITORY]


@pytest.fixture
def hub(local_hub: LocalHub, smollm2_path: Path) -> LocalHub:
    local_hub.add(REPOSITORY, FILE, smollm2_path)
    local_hub.faults.pause_after = 2_000_000
    return local_hub


@pytest.fixture
def pulling(hub: LocalHub) -> Iterator[subprocess.Popen[str]]:
    """A download that waits in its middle."""
    with subprocess.Popen(
        PULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert hub.paused.wait(100)
        yield process
        process.kill()


def test_what_ctrl_c_keeps_is_said_listed_and_deleted(
    hub: LocalHub, pulling: subprocess.Popen[str]
) -> None:
    pulling.send_signal(signal.SIGINT)
    _nothing, said = pulling.communicate(timeout=100)
    hub.resume()
    assert "2 MB of 98 MB are kept; the same command goes on." in said
    assert f"Go on with: alcove pull {REPOSITORY}/{FILE}" in alcove("list", "--installed").stdout
    assert "--yes" in sentence("rm", REPOSITORY)
    assert "2 MB are free again" in alcove("rm", REPOSITORY, "--yes").stdout
    assert user_queue().items() == ()
    blobs = cache_folder() / "models--org--Small-GGUF" / "blobs"
    assert list(blobs.iterdir()) == []
    assert "not on this computer" in sentence("rm", REPOSITORY, "--yes")


def test_a_second_pull_waits_for_the_first(hub: LocalHub, pulling: subprocess.Popen[str]) -> None:
    with subprocess.Popen(
        PULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as second:
        assert second.stderr is not None
        assert any("waiting for it" in line for line in second.stderr)
        hub.resume()
        output, _said = second.communicate(timeout=100)
    pulling.communicate(timeout=100)
    assert (pulling.returncode, second.returncode) == (0, 0)
    assert "is ready" in output
    assert len([one for one in hub.requests if one.path.endswith(FILE)]) == 1
