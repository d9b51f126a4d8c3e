"""What a model process serves."""

from __future__ import annotations

from dataclasses import dataclass

from alcove.engine.formats import Format
from alcove.engine.gate import Access
from alcove.engine.template import ChatTemplate
from alcove.engine.worker import Worker
from alcove.llama.embedding import Embedder
from alcove.llama.model import Model


@dataclass(frozen=True)
class Serving:
    """One model under one name.

    ``context`` is how many tokens a conversation may have, ``slots`` how many are answered at a
    time. ``reasons``: the model may begin to reason by itself. A model for embeddings has an
    ``embedder``, and answers nothing else.
    """

    name: str
    model: Model
    context: int
    slots: int
    template: ChatTemplate
    worker: Worker
    form: Format
    access: Access
    reasons: bool = False
    embedder: Embedder | None = None
