"""Embeddings."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from alcove.engine.endpoints.body import read_json
from alcove.engine.endpoints.jobs import prompt_tokens
from alcove.engine.protocol.embeddings import (
    EmbeddingsRequest,
    embeddings,
    parse_embeddings_request,
)
from alcove.engine.protocol.errors import BadRequest, Json, NotSupported
from alcove.engine.serving import Serving
from alcove.i18n import _


class Embeddings:
    """The endpoint that turns texts into vectors."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def embed(self, request: Request) -> Response:
        """Return the vector of each input."""
        body = await read_json(request)
        return JSONResponse(await run_in_threadpool(self._embed, parse_embeddings_request(body)))

    def _embed(self, asked: EmbeddingsRequest) -> Json:
        embedder = self._serving.embedder
        if embedder is None:
            raise NotSupported(
                _("This model answers in text. Load a model for embeddings to ask for some.")
            )
        _check_size(asked, self._serving.model.width)
        inputs = [prompt_tokens(self._serving.model, each) for each in asked.inputs]
        _check_lengths(map(len, inputs), embedder.longest)
        vectors = embedder.embed(inputs)
        return embeddings(self._serving.name, asked, vectors, sum(map(len, inputs)))


def _check_size(asked: EmbeddingsRequest, size: int) -> None:
    if asked.size not in (None, size):
        raise BadRequest(
            _("The embeddings of this model have {size} numbers; leave 'dimensions' out.").format(
                size=size
            ),
            "dimensions",
        )


def _check_lengths(lengths: Iterable[int], most: int) -> None:
    for length in lengths:
        if length > most:
            raise BadRequest(
                _("A text is {length} tokens long, but at most {most} are read. Split it.").format(
                    length=length, most=most
                ),
                "input",
            )
