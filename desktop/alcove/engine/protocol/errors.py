"""Why a request is refused, and OpenAI's error object.

Refusal
├── BadRequest        the request cannot be understood
│   └── TooLong       its prompt does not fit the context
├── NotFound          it asks for a model that is not served
├── TooLarge          its body is larger than is read
├── TooSlow           its body took longer to arrive than is waited
└── NotSupported      the server, or the model it serves, cannot do it
"""

from __future__ import annotations

from typing import Any, ClassVar

from alcove.i18n import _

Json = dict[str, Any]


class Refusal(Exception):
    """A request is refused; ``message`` is the reason for whoever sent it.

    ``parameter`` is the field that is wrong, where it is one.
    """

    status: ClassVar[int]
    kind: ClassVar[str] = "invalid_request_error"

    def __init__(self, message: str, parameter: str | None = None, **details: int) -> None:
        super().__init__(message)
        self.message = message
        self.parameter = parameter
        self.details = details

    def document(self) -> Json:
        """Return the JSON of the answer."""
        return error_document(self.status, self.kind, self.message, self.parameter, **self.details)


class BadRequest(Refusal):
    """The request cannot be understood."""

    status = 400


class TooLong(BadRequest):
    """The prompt does not fit the context."""

    kind = "exceed_context_size_error"

    def __init__(self, tokens: int, context: int) -> None:
        super().__init__(
            _(
                "The conversation is {tokens} tokens long, but the context holds {context}. "
                "Shorten it, or load the model with a larger context."
            ).format(tokens=tokens, context=context),
            n_prompt_tokens=tokens,
            n_ctx=context,
        )


class NotFound(Refusal):
    """The request asks for a model that is not served."""

    status = 404
    kind = "not_found_error"


class TooLarge(Refusal):
    """The body of the request is larger than is read."""

    status = 413


class TooSlow(Refusal):
    """The body of the request took too long to arrive."""

    status = 408


class NotSupported(Refusal):
    """The server, or the model it serves, cannot do it."""

    status = 501
    kind = "not_supported_error"


def error_document(
    status: int, kind: str, message: str, parameter: str | None = None, **details: int
) -> Json:
    """Return OpenAI's error object, with the status as its code as llama-server has it."""
    error = {"code": status, "message": message, "type": kind, "param": parameter}
    return {"error": {**error, **details}}
