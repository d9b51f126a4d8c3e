"""Tokens of texts, and texts of tokens."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from alcove.engine.endpoints.body import read_json
from alcove.engine.endpoints.jobs import check_tokens
from alcove.engine.protocol.errors import Json
from alcove.engine.protocol.tokens import (
    TokenizeRequest,
    parse_detokenize_request,
    parse_tokenize_request,
    piece_document,
)
from alcove.llama.model import Model


class Tokens:
    """llama-server's endpoints about tokens."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def tokenize(self, request: Request) -> Response:
        """Cut a text into tokens."""
        asked = parse_tokenize_request(await read_json(request))
        return JSONResponse(await run_in_threadpool(self._tokenize, asked))

    async def detokenize(self, request: Request) -> Response:
        """Put tokens together."""
        tokens = parse_detokenize_request(await read_json(request))
        return JSONResponse(await run_in_threadpool(self._detokenize, tokens))

    def _tokenize(self, asked: TokenizeRequest) -> Json:
        model = self._model
        tokens = model.tokenize(asked.text, special=asked.special, begin=asked.begin)
        if not asked.pieces:
            return {"tokens": tokens}
        pieces = [piece_document(token, model.piece(token, special=True)) for token in tokens]
        return {"tokens": pieces}

    def _detokenize(self, tokens: tuple[int, ...]) -> Json:
        check_tokens(self._model, tokens)
        data = b"".join(self._model.piece(token, special=True) for token in tokens)
        return {"content": data.decode("utf-8", errors="replace")}
