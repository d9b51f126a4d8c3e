"""The life of the transfer process: killed, orphaned, impossible to start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alcove.errors import TransferError
from alcove.hub.items import Item
from alcove.hub.options import TransferOptions
from alcove.hub.remote import RemoteModel
from alcove.network import Network
from hub.fetching import SIZE, add, fetch, transfer_processes, user_queue
from local_hub import LocalHub


def test_a_killed_process_is_started_again(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    local_hub.faults.pause_after = 500_000
    killed: list[int] = []

    def kill(_item: Item) -> None:
        if local_hub.paused.is_set() and not killed:
            for process in transfer_processes():
                os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
                killed.append(process.pid)
            local_hub.resume()

    (path,) = fetch(model, network, kill)
    assert killed
    assert path.stat().st_size == SIZE
    assert local_hub.requests_to("/resolve/")[-1].range == f"bytes=500000-{SIZE - 1}"


def test_the_process_ends_with_the_one_that_started_it(
    local_hub: LocalHub, model: RemoteModel, network: Network
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "alcove.hub.transfer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        add(model)
        local_hub.faults.pause_after = 0
        request = {
            "database": str(user_queue().database),
            "options": TransferOptions(network).to_json(),
            "only": None,
        }
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        assert local_hub.paused.wait(60)
        process.stdin.close()
        assert process.wait(60) == 0
    (item,) = user_queue().items()
    assert (item.state, item.owner) == ("waiting", None)


def test_a_process_that_cannot_start_is_an_ordinary_failure(
    model: RemoteModel, network: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(TransferError, match="could not be started"):
        fetch(model, network)
