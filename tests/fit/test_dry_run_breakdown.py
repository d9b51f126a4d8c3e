"""How the account of llama.cpp is read, and that it is of what the model process makes."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.price import Buffers
from alcove.gguf.skeleton import read_skeleton
from alcove.llama import breakdown
from alcove.llama.devices import devices
from alcove.llama.parameters import KV_TYPES

LAYOUTS = [breakdown._GnuNode, breakdown._LlvmNode, breakdown._MicrosoftNode]


def tree(layout: type[ctypes.Structure], nil: int | None) -> Iterator[ctypes.Structure]:
    """Yield the nodes of a search tree with the keys 1 to 6, the root first."""
    children = {4: (2, 6), 2: (1, 3), 6: (5, None)}
    nodes = {key: layout(buffer_type=key, weights=10 * key) for key in (4, 2, 6, 1, 3, 5)}
    address = {key: ctypes.addressof(node) for key, node in nodes.items()}
    for key, node in nodes.items():
        left, right = children.get(key, (None, None))
        node.left = address[left] if left else nil  # type: ignore[attr-defined]
        node.right = address[right] if right else nil  # type: ignore[attr-defined]
        yield node


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_a_map_is_walked_in_order(layout: type[ctypes.Structure]) -> None:
    end = breakdown._MicrosoftNode(is_nil=1)
    nil = ctypes.addressof(end) if layout is breakdown._MicrosoftNode else None
    nodes = list(tree(layout, nil))
    walked = breakdown._walk(layout, ctypes.addressof(nodes[0]), 6)
    assert [(n.buffer_type, n.weights) for n in walked] == [(k, 10 * k) for k in range(1, 7)]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_a_circle_ends(layout: type[ctypes.Structure]) -> None:
    node = layout()
    node.left = ctypes.addressof(node)  # type: ignore[attr-defined]
    assert len(list(breakdown._walk(layout, ctypes.addressof(node), 6))) == 7


MODEL_PROCESS = """
import ctypes, json, sys
from pathlib import Path
from alcove.llama import native
from alcove.llama.breakdown import breakdown
from alcove.llama.context import Context
from alcove.llama.model import Model
from alcove.llama.parameters import ContextOptions, ModelOptions
native.start()
model = Model(Path(sys.argv[1]), ModelOptions())
options = ContextOptions(length=3000, kv_type=sys.argv[2], batch=int(sys.argv[3]))
context = Context(model, options)
(share,) = breakdown(ctypes.cast(context.pointer, ctypes.c_void_p).value)
print(json.dumps([share.weights, share.context, share.compute]))
"""


@pytest.mark.parametrize("kv_type", KV_TYPES)
@pytest.mark.parametrize("batch", [128, 512])
def test_what_is_planned_is_what_the_model_process_makes(
    tmp_path: Path, gemma_path: Path, kv_type: str, batch: int
) -> None:
    command = [sys.executable, "-c", MODEL_PROCESS, str(gemma_path), kv_type, str(batch)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    asked = Configuration(3000, kv_type, batch=batch)
    with DryRun(tmp_path / "log") as dry_run:
        (price,) = dry_run.price(read_skeleton([gemma_path]), [asked])
    assert isinstance(price, Buffers)
    sizes = [price.weights_bytes, price.context_bytes, price.compute_bytes]
    assert sizes == json.loads(output)


def test_devices_come_in_llama_cpps_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The map has them by the addresses of their buffer types, which mean nothing."""
    cpu, first, second = 7, 3, 5
    names = {cpu: "CPU", first: "CUDA0", second: "CUDA1"}
    nodes = [
        breakdown._GnuNode(buffer_type=handle, weights=10 * handle, compute=1)
        for handle in (second, cpu, first, second)
    ]
    known = breakdown.describe(breakdown._cpu())
    monkeypatch.setattr(breakdown, "_nodes", lambda _context: nodes)
    monkeypatch.setattr(breakdown, "_device_of", lambda handle: handle)
    monkeypatch.setattr(breakdown, "_cpu", lambda: cpu)
    monkeypatch.setattr(breakdown, "_place", [first, second, cpu].index)
    monkeypatch.setattr(breakdown, "describe", lambda handle: replace(known, name=names[handle]))
    found = breakdown.breakdown(0)
    assert [(one.device.name, one.weights, one.compute) for one in found] == [
        ("CUDA0", 30, 1),
        ("CUDA1", 100, 2),
        ("CPU", 70, 1),
    ]


def test_every_device_of_ggml_has_a_place() -> None:
    cpu = breakdown._cpu()
    assert [device.kind for device in devices()][breakdown._place(cpu)] == "cpu"
    assert breakdown._place(cpu + 1) == len(devices())
