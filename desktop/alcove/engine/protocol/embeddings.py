"""OpenAI's embeddings."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from alcove.engine.protocol.errors import Json
from alcove.engine.protocol.fields import Fields
from alcove.engine.protocol.prompts import Prompt, parse_prompts
from alcove.engine.protocol.sampling import COUNT
from alcove.i18n import _

_INPUTS = 2048


@dataclass(frozen=True)
class EmbeddingsRequest:
    """A valid request for embeddings; ``size`` is how many numbers each must have, if asked."""

    inputs: tuple[Prompt, ...]
    base64: bool
    size: int | None


def parse_embeddings_request(body: object) -> EmbeddingsRequest:
    """Check the JSON of a request for embeddings; raises BadRequest with the reason."""
    fields = Fields.of_body(body)
    encoding = fields.text("encoding_format", "float")
    if encoding not in ("float", "base64"):
        raise fields.wrong("encoding_format", _("'{name}' must be 'float' or 'base64'."))
    size = fields.whole("dimensions", 0, 1, COUNT)
    inputs = parse_prompts(fields, "input", _INPUTS)
    return EmbeddingsRequest(inputs, encoding == "base64", size or None)


def embeddings(
    model: str, request: EmbeddingsRequest, vectors: Sequence[Sequence[float]], tokens: int
) -> Json:
    """Return the answer; ``tokens`` is how many the inputs had together."""
    return {
        "object": "list",
        "model": model,
        "data": [
            {"object": "embedding", "index": index, "embedding": _encoded(request, vector)}
            for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _encoded(request: EmbeddingsRequest, vector: Sequence[float]) -> Sequence[float] | str:
    if not request.base64:
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")
