"""The first five rows for five computers, beside what llmfit recommends for the same.

    python tests/benchmarks/recommend.py [LLMFIT]

LLMFIT is the program; without it, the one on the PATH is asked, and if there is none, that is said.
It is told the memory of the graphics card, the RAM and the cores of each computer, a Mac as a
profile of its own with unified memory. A row is usable where a GGUF exists, it fits with at least
8k of context, and at least 5 tokens/s are forecast; of llmfit's rows that is by its own word, a
GGUF being what it names a source of, or calls so. Fails where one of Alcove's rows is not usable.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from alcove.catalog.load import load_catalog
from alcove.fit.offer import Offer, choose
from alcove.fit.rank import rank
from alcove.hardware.machine import Machine
from alcove.hardware.profiles import load_profile, profile_names

COMPUTERS = (
    "laptop-8gb",
    "macbook-air-m2-16gb",
    "rtx-4060-8gb",
    "rtx-4090-24gb",
    "server-2-cores-24gb",
)
ROWS = 5
CONTEXT = 8192
LEAST_SPEED = 5.0


@dataclass(frozen=True)
class Row:
    """What one of the two says: names, whether there is a GGUF, tokens, tokens per second."""

    name: str
    quantization: str
    gguf: bool
    where: str
    context: int
    speed: float

    @property
    def usable(self) -> bool:
        return self.gguf and self.context >= CONTEXT and self.speed >= LEAST_SPEED


def main() -> int:
    given = sys.argv[1] if len(sys.argv) > 1 else None
    llmfit = given or shutil.which("llmfit")
    models = load_catalog().chat_models
    titles = {profile.name: profile.title for profile in profile_names()}
    useless = 0
    for name in COMPUTERS:
        machine = load_profile(name)
        print(f"\n{titles[name]}")
        rows = [ours(offer) for offer in rank(choose(m, machine, CONTEXT) for m in models)[:ROWS]]
        print_rows("Alcove", rows)
        useless += sum(not row.usable for row in rows)
        if llmfit:
            print_rows("llmfit", theirs(llmfit, name, machine))
    if not llmfit:
        print("\nllmfit is not installed here, so that it was not asked.")
    print(f"\n{useless} of {ROWS * len(COMPUTERS)} rows of Alcove are not usable")
    return int(bool(useless))


def ours(offer: Offer) -> Row:
    generation = offer.fit.forecast.generation
    return Row(
        name=offer.model.id,
        quantization=offer.quantization.name,
        gguf=bool(offer.quantization.files),
        where=offer.fit.verdict,
        context=offer.fit.max_context,
        speed=generation.expected if generation else 0.0,
    )


def theirs(llmfit: str, name: str, machine: Machine) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        described = _described(Path(folder), name, machine)
        command = [llmfit, *described, "recommend", "--json", "--limit", str(ROWS)]
        told = subprocess.run(command, check=True, capture_output=True, text=True)
    return [_their_row(model) for model in json.loads(told.stdout)["models"]]


def _described(folder: Path, name: str, machine: Machine) -> list[str]:
    """Describe a computer in llmfit's options, with the memory that it has in all."""
    ram = round(machine.memory.total_bytes / 1024**3)
    gpu = machine.gpus[0] if machine.gpus else None
    if gpu is not None and gpu.kind == "integrated":
        hardware = {
            "total_ram_gb": ram,
            "unified_memory": True,
            "gpu_memory_bandwidth_gbps": (gpu.bandwidth or 0) / 1e9,
        }
        profile = folder / f"{name}.json"  # llmfit wants it to be called so
        profile.write_text(json.dumps({"schema_version": 1, "name": name, "hardware": hardware}))
        return ["--profile", str(profile)]
    told = ["--ram", f"{ram}G", "--cpu-cores", str(machine.cpu.logical_cores)]
    return [*told, "--memory", f"{round(gpu.total_bytes / 1024**3)}G"] if gpu else told


def _their_row(model: dict[str, Any]) -> Row:
    return Row(
        name=model["name"],
        quantization=model["best_quant"] or "-",
        gguf=bool(model["gguf_sources"]) or "gguf" in model["name"].casefold(),
        where=model["run_mode"],
        context=model["usable_context"],
        speed=model["estimated_tps"],
    )


def print_rows(who: str, rows: Sequence[Row]) -> None:
    for row in rows:
        gguf = "GGUF" if row.gguf else "none"
        verdict = "usable" if row.usable else "-"
        print(
            f"  {who}  {row.name[:58]:60}{row.quantization:12}{gguf:6}{row.where:10}"
            f"{row.context // 1024:>6}k{row.speed:>8.1f} tokens/s  {verdict}"
        )


if __name__ == "__main__":
    sys.exit(main())
