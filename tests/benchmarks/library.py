"""How long a look at 10,000 GGUF files takes: the first, and the next ones.

    python tests/benchmarks/library.py

Makes that many files of 4 GB each, sparse but for a header of their own, in the folders of the
user, of LM Studio and of Ollama; every tenth is a copy of another one. Looks at them for the first
time, then in a new process, then after 100 of them changed, and, for comparison, without what was
remembered. The files lie in the system's memory by then, as they do not after a restart. Prints one
table and fails if the first look takes 10 s or more, or the second one 1 s or more.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.remove(str(Path(__file__).parent))  # whose "library" is this file

from alcove.catalog.load import load_catalog
from alcove.library.index import Index
from alcove.library.scan import survey
from library.machine_of_files import ollama_pull, put, system_at
from local_hub.tiny_gguf import ARRAY, STRING, TinyGguf

FILES = 10_000
CHANGED = 100
FIRST_S, SECOND_S = 10.0, 1.0
_TOKENS = 1000
"""Of each vocabulary; real ones have 32,000 to 262,000, and take that much longer at first."""


def main() -> int:
    if len(sys.argv) > 1:
        print(look(Path(sys.argv[1]))[0])
        return 0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        make(home)
        first, models = look(home)
        second = float(subprocess.check_output([sys.executable, __file__, folder]))
        for path in sorted((home / "own").rglob("*.gguf"))[:CHANGED]:
            os.utime(path, ns=(1, 1))
        after, _models = look(home)
        without, _models = look(home, remember=False)
    print(f"{'look at':<44} {'seconds':>8} {'allowed':>8}")
    print(f"{f'{FILES} files, {models} models: first':<44} {first:8.2f} {FIRST_S:8.2f}")
    print(f"{'again, in a new process':<44} {second:8.2f} {SECOND_S:8.2f}")
    print(f"{f'again, after {CHANGED} files changed':<44} {after:8.2f}")
    print(f"{'without what is remembered':<44} {without:8.2f}")
    return 0 if first < FIRST_S and second < SECOND_S else 1


def look(home: Path, *, remember: bool = True) -> tuple[float, int]:
    """Return the seconds that a look takes, and the models that it finds."""
    catalog, index = load_catalog(), Index(home / "alcove.db" if remember else None)
    start = time.perf_counter()
    found = survey(catalog, [home / "own"], index, system_at(home))
    return time.perf_counter() - start, len(found.models)


def make(home: Path) -> None:
    """Write the files."""
    for number in range(FILES):
        content = header(number - number % 10 // 9)  # the last of ten is the one before it
        kind = number % 10
        if kind == 0:
            name = f"registry.ollama.ai/library/m{number}/8b"
            path = ollama_pull(home / ".ollama" / "models", name, model=content)["model"]
        elif kind < 4:
            folder = home / ".lmstudio" / "models" / f"org{number % 50}" / f"Repo-{number}-GGUF"
            path = put(folder / f"Model-{number}-8B-Q4_K_M.gguf", content)
        else:
            folder = home / "own" / f"{number % 200}"
            path = put(folder / f"Other-Model-{number}-8B-Instruct-Q4_K_M.gguf", content)
        os.truncate(path, 4 * 1024**3)


def header(number: int) -> bytes:
    """Return the start of a model that has tensors of 4 GB."""
    writer = TinyGguf()
    tokens = writer.array(STRING, *(writer.text(f"token {one}") for one in range(_TOKENS)))
    return TinyGguf(
        metadata=[
            ("general.architecture", STRING, writer.text("llama")),
            ("general.name", STRING, writer.text(f"Model {number}")),
            ("tokenizer.ggml.tokens", ARRAY, tokens),
        ],
        tensors=[(f"blk.{layer}.ffn_up.weight", (4096, 4096), 0) for layer in range(60)],
    ).header()


if __name__ == "__main__":
    sys.exit(main())
