"""What is served, and whether it is well."""

from __future__ import annotations

import time
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from alcove.engine.memory import peak_memory_bytes
from alcove.engine.protocol.documents import BUILD
from alcove.engine.protocol.errors import Json, NotFound
from alcove.engine.protocol.sampling import DEFAULT
from alcove.engine.serving import Serving
from alcove.i18n import _


class About:
    """The endpoints that tell of the model and of the process."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._started = int(time.time())

    async def health(self, _request: Request) -> Response:
        """Say that the model is loaded."""
        return JSONResponse({"status": "ok"})

    async def models(self, _request: Request) -> Response:
        """List the one model."""
        return JSONResponse({"object": "list", "data": [self._model()]})

    async def model(self, request: Request) -> Response:
        """Describe the model, if it is meant."""
        name = request.path_params["name"]
        if name != self._serving.name:
            raise NotFound(
                _("The model {name} is not served here; {served} is.").format(
                    name=name, served=self._serving.name
                )
            )
        return JSONResponse(self._model())

    async def root(self, _request: Request) -> Response:
        """Say to whoever looks at the bare address what is here."""
        return PlainTextResponse(
            _(
                "Alcove serves {name}. Clients of OpenAI's protocol find it at /v1, "
                "and its name at /v1/models."
            ).format(name=self._serving.name)
            + "\n"
        )

    async def properties(self, _request: Request) -> Response:
        """Describe how the model is served, with llama-server's names and some of our own."""
        model = self._serving.model
        parameters = {"n_predict": -1, "max_tokens": -1, **asdict(DEFAULT), "stream": False}
        return JSONResponse(
            {
                "default_generation_settings": {
                    "n_ctx": self._serving.context,
                    "params": parameters,
                },
                "total_slots": self._serving.slots,
                "model_alias": self._serving.name,
                "chat_template": model.chat_template,
                "bos_token": model.begin_token,
                "eos_token": model.end_token,
                "modalities": {"vision": False, "audio": False},
                "build_info": BUILD,
                "model_description": model.description,
                "n_ctx": self._serving.context,
                "supports_embeddings": self._serving.embedder is not None,
                "supports_tools": self._serving.template.supports_tools,
                "peak_memory_bytes": peak_memory_bytes(),
            }
        )

    def _model(self) -> Json:
        model = self._serving.model
        return {
            "id": self._serving.name,
            "object": "model",
            "created": self._started,
            "owned_by": "alcove",
            "meta": {
                "n_ctx": self._serving.context,
                "n_ctx_train": model.trained_context,
                "n_vocab": model.vocabulary_size,
            },
        }
