"""The HTTP side of the model process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from alcove.engine.endpoints.about import About
from alcove.engine.endpoints.answers import Answers
from alcove.engine.endpoints.embedding import Embeddings
from alcove.engine.endpoints.forgetting import Forgetting
from alcove.engine.endpoints.tokens import Tokens
from alcove.engine.gate import Gate
from alcove.engine.protocol.errors import Refusal, error_document
from alcove.engine.serving import Serving
from alcove.engine.ticket import AnswerFailed
from alcove.errors import RequestError
from alcove.i18n import _

Endpoint = Callable[[Request], Awaitable[Response]]


def application(serving: Serving) -> Starlette:
    """Build the ASGI application."""
    return Starlette(
        routes=[*_get_routes(serving), *_post_routes(serving)],
        middleware=[Middleware(Gate, access=serving.access)],
        exception_handlers={
            Refusal: _refused,
            RequestError: _not_rendered,
            AnswerFailed: _failed,
            ClientDisconnect: _gone,
            HTTPException: _not_served,
            Exception: _broken,
        },
    )


def _get_routes(serving: Serving) -> Iterator[Route]:
    about = About(serving)
    yield from _routes("GET", about.health, "/health", "/v1/health")
    yield from _routes("GET", about.models, "/v1/models", "/models")
    yield from _routes("GET", about.model, "/v1/models/{name:path}", "/models/{name:path}")
    yield from _routes("GET", about.properties, "/props")
    yield from _routes("GET", about.root, "/")


def _post_routes(serving: Serving) -> Iterator[Route]:
    answers, tokens = Answers(serving), Tokens(serving.model)
    yield from _routes("POST", answers.chat, "/v1/chat/completions", "/chat/completions")
    yield from _routes("POST", answers.complete, "/v1/completions")
    yield from _routes("POST", answers.respond, "/v1/responses", "/responses")
    yield from _routes("POST", answers.apply_template, "/apply-template")
    yield from _routes("POST", Embeddings(serving).embed, "/v1/embeddings")
    yield from _routes("POST", tokens.tokenize, "/tokenize")
    yield from _routes("POST", tokens.detokenize, "/detokenize")
    yield from _routes("POST", Forgetting(serving.worker).forget, "/forget")


def _routes(method: str, endpoint: Endpoint, *paths: str) -> Iterator[Route]:
    for path in paths:
        yield Route(path, endpoint, methods=[method])


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return JSONResponse(error.document(), status_code=error.status)


async def _not_rendered(_request: Request, error: Exception) -> Response:
    return _error(400, "invalid_request_error", str(error))


async def _failed(_request: Request, error: Exception) -> Response:
    return _error(500, "server_error", str(error))


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


async def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = _("{method} {path} is not served here.").format(
        method=request.method, path=request.url.path
    )
    return _error(error.status_code, "not_found_error", message)


async def _broken(_request: Request, error: Exception) -> Response:
    message = _("Alcove failed at this request ({reason}). Load the model again if that goes on.")
    return _error(500, "server_error", message.format(reason=error))


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse(error_document(status, kind, message), status_code=status)
