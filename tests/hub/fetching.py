"""Downloads as a program does them: through the queue of ALCOVE_HOME and a transfer process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil

from alcove.gguf.header import Header
from alcove.gguf.read import join_headers, parse_header
from alcove.hub.downloads import download
from alcove.hub.headers import fetch_parts
from alcove.hub.items import Item, Wanted
from alcove.hub.leases import Leases
from alcove.hub.options import TransferOptions
from alcove.hub.queue import TransferQueue
from alcove.hub.remote import RemoteModel
from alcove.hub.runner import Runner
from alcove.network import Network
from alcove.paths import Paths

REPOSITORY = "some/Model-GGUF"
FILE = "m-Q8_0.gguf"
SIZE = 3_000_000


def user_queue() -> TransferQueue:
    return TransferQueue(Paths.from_environment().database)


def add(model: RemoteModel) -> Item:
    return user_queue().add(Wanted("Model", model.repository, model.files[0].path), model)


def ignore(_item: Item) -> None:
    """Report to nobody."""


def fetch(
    model: RemoteModel,
    network: Network,
    report: Callable[[Item], None] = ignore,
    cache: Path | None = None,
    **options: float,
) -> tuple[Path, ...]:
    folder = str(cache) if cache else None
    chosen = TransferOptions(network, cache=folder, **options)  # type: ignore[arg-type]
    return download(user_queue(), add(model), chosen, report)


def run_here(network: Network, item: Item) -> Item:
    """Do what the transfer process does, in this process."""
    leases = Leases(user_queue().database)
    claimed = leases.claim(item.id)
    assert claimed is not None
    Runner(leases, TransferOptions(network), lambda _message: None).run(claimed)
    after = user_queue().find(item.id)
    assert after is not None
    return after


def fetch_header(model: RemoteModel, network: Network) -> Header:
    """Read the header of ``model``, all its parts joined."""
    return join_headers([parse_header(part) for part in fetch_parts(model, lambda: network)])


def transfer_processes() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "alcove.hub.transfer" in child.cmdline()]
