"""What is known of a model that may run elsewhere: from its header, or from the catalog."""

from __future__ import annotations

from alcove.catalog.model import Model, Quantization
from alcove.fit.catalogued import shape_from_catalog
from alcove.fit.shape import shape_from_skeleton
from alcove.fit.vllm import Heads, heads_of
from alcove.gguf.names import quantization_of
from alcove.gguf.skeleton import Skeleton
from alcove.library.beyond import Elsewhere, hub_file, published
from alcove.library.installed import InstalledModel

_PAGES = ("general.base_model.0.repo_url", "general.source.repo_url", "general.source.url")
"""Where a header may say from what model it was made."""


def of_remote(repository: str, file: str, skeleton: Skeleton) -> Elsewhere:
    """Describe a file of the hub by its header."""
    return Elsewhere(
        target=f"{repository}/{file}",
        gguf=hub_file(repository, file, quantization_of(file) or ""),
        page=_page_in(skeleton),
        shape=shape_from_skeleton(skeleton),
        heads=heads_of(skeleton.header),
    )


def of_installed(model: InstalledModel, known: Model | None, skeleton: Skeleton) -> Elsewhere:
    """Describe a model on this computer; ``known`` is what the catalog says of it."""
    listed = known.quantization(model.quantization) if known else None
    if model.repository is not None:
        gguf = hub_file(model.repository, model.path.name, model.quantization)
    elif listed is not None:
        gguf = hub_file(listed.repository, listed.file, listed.name)
    else:
        gguf = ("-m", str(model.path))
    return Elsewhere(
        target=model.target,
        gguf=gguf,
        page=(published(known.page) if known else "") or _page_in(skeleton),
        shape=shape_from_skeleton(skeleton),
        heads=heads_of(skeleton.header),
    )


def of_catalogued(model: Model, quantization: Quantization, skeleton: Skeleton | None) -> Elsewhere:
    """Describe a model of the catalog by its header, fetched or rebuilt, where there is one."""
    transformer = model.transformer
    counts = (transformer.heads, transformer.kv_heads)
    queries, keys = ((count,) if count else () for count in counts)
    shape = shape_from_skeleton(skeleton) if skeleton else shape_from_catalog(model, quantization)
    return Elsewhere(
        target=f"{quantization.repository}/{quantization.file}",
        gguf=hub_file(quantization.repository, quantization.file, quantization.name),
        page=published(model.page),
        shape=shape,
        heads=heads_of(skeleton.header) if skeleton else Heads(queries, keys),
    )


def _page_in(skeleton: Skeleton) -> str:
    texts = (skeleton.header.text(key) or "" for key in _PAGES)
    return next(filter(None, map(published, texts)), "")
