"""Machines made of files: what other programs leave in a home, for whatever system."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from alcove.library.installed import InstalledModel
from alcove.library.owners.system import System
from alcove.library.remove import plan_removal
from local_hub.tiny_gguf import STRING, U32, TinyGguf

IMAGE = "application/vnd.ollama.image."


def system_at(
    home: Path, platform: str = "linux", environment: Mapping[str, str] | None = None
) -> System:
    """Return a system whose home is ``home``; nothing of this machine's is in its environment."""
    ollama = {"OLLAMA_MODELS": str(home / ".ollama" / "models")}
    hub = {"HF_HOME": str(home / ".cache" / "huggingface")}
    return System(platform, home, hub | ollama | dict(environment or {}))


def put(path: Path, content: bytes | str) -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def special_gguf(
    architecture: str = "llama",
    name: str = "Tiny",
    kind: str = "model",
    width: int = 0,
    weights: bytes = b"",
) -> bytes:
    """Return a whole GGUF of another kind, or with other weights, than ``tiny_gguf``."""
    writer = TinyGguf()
    key = "clip.vision.projection_dim" if architecture == "clip" else "llama.embedding_length"
    content = TinyGguf(
        metadata=[
            ("general.architecture", STRING, writer.text(architecture)),
            ("general.type", STRING, writer.text(kind)),
            ("general.name", STRING, writer.text(name)),
            (key, U32, struct.pack("<I", width)),
        ],
        tensors=[("token_embd.weight", (8, 4), 0)],
    ).content()
    return content[: len(content) - len(weights)] + weights


def ollama_pull(store: Path, name: str, **layers: bytes) -> dict[str, Path]:
    """Put a model into a store of Ollama's as `ollama pull` does; returns the blobs by kind.

    ``name`` is the path below ``manifests``, ``layers`` are contents by kind: model, projector.
    """
    blobs, listed = {}, []
    for kind, content in layers.items():
        digest = hashlib.sha256(content).hexdigest()
        blobs[kind] = put(store / "blobs" / f"sha256-{digest}", content)
        listed.append(
            {"mediaType": IMAGE + kind, "digest": f"sha256:{digest}", "size": len(content)}
        )
    put(store / "manifests" / name, json.dumps({"schemaVersion": 2, "layers": listed}))
    return blobs


def remove(model: InstalledModel, installed: Sequence[InstalledModel] = ()) -> int:
    """Delete a model as a user does who agrees; returns the bytes that came free."""
    return plan_removal(model, installed).execute(installed)


def without_starter(models: list[InstalledModel]) -> list[InstalledModel]:
    """Return ``models`` without the one that is installed with the tests."""
    return [model for model in models if model.source != "starter"]
