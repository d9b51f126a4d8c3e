"""Experts that stay in RAM: which tensors llama.cpp moves, and to which of its buffers."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from fit.synthetic_shapes import gpt_oss_20b

PROGRAM = """
import json, re, sys
from pathlib import Path
from alcove.gguf.skeleton import read_skeleton
from alcove.llama.breakdown import breakdown
from alcove.llama.dryrun import DryModel, start
from alcove.llama.parameters import ContextOptions, ModelOptions
transcript = start()
skeleton = read_skeleton([Path(sys.argv[1])])
for layers in (0, 2):
    options = ModelOptions(cpu_moe_layers=layers)
    model = DryModel(skeleton.data, skeleton.file_size, options, transcript)
    found = (re.search(r"tensor (\\S+) .*overrid", line) for line in model.log)
    moved = [match[1] for match in found if match]
    with model.context(ContextOptions(1024)) as context:
        weights = sum(share.weights for share in breakdown(context))
    print(json.dumps({"moved": moved, "weights": weights}))
    model.close()
"""


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a dry run says with the experts of no layer in RAM, and with those of two."""
    (path,) = gpt_oss_20b().write(tmp_path_factory.mktemp("model"))
    command = [sys.executable, "-c", PROGRAM, str(path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    path.unlink()
    return [json.loads(line) for line in output.splitlines()]


def test_the_experts_of_the_first_layers_are_moved(planned: list[dict[str, Any]]) -> None:
    none, two = planned
    assert none["moved"] == []
    assert set(two["moved"]) == {
        f"blk.{layer}.ffn_{part}_exps.{kind}"
        for layer in (0, 1)
        for part in ("up", "down", "gate")
        for kind in ("weight", "bias")
    }


def test_on_a_cpu_they_lie_as_they_would_anyway(planned: list[dict[str, Any]]) -> None:
    """Another copy of ggml's buffer type would lose the order that the CPU's kernels want."""
    none, two = planned
    assert two["weights"] == none["weights"]
