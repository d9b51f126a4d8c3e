"""llama-server's requests about tokens."""

from __future__ import annotations

from dataclasses import dataclass

from alcove.engine.protocol.errors import Json
from alcove.engine.protocol.fields import Fields
from alcove.engine.protocol.prompts import is_tokens
from alcove.i18n import _


@dataclass(frozen=True)
class TokenizeRequest:
    """A text to cut into tokens.

    ``begin``: the tokens that begin a sequence come first. ``special``: names of special tokens
    become those tokens. ``pieces``: the bytes of each token are wanted too.
    """

    text: str
    begin: bool
    special: bool
    pieces: bool


def parse_tokenize_request(body: object) -> TokenizeRequest:
    """Check the JSON of a request to tokenize; raises BadRequest with the reason."""
    fields = Fields.of_body(body)
    if not fields.has("content"):
        raise fields.wrong("content", _("'{name}' must be a text."))
    return TokenizeRequest(
        fields.text("content"),
        fields.flag("add_special"),
        fields.flag("parse_special", default=True),
        fields.flag("with_pieces"),
    )


def parse_detokenize_request(body: object) -> tuple[int, ...]:
    """Check the JSON of a request to put tokens together; raises BadRequest with the reason."""
    fields = Fields.of_body(body)
    tokens = fields.value("tokens")
    if tokens != [] and not is_tokens(tokens):
        raise fields.wrong("tokens", _("'{name}' must be a list of token numbers."))
    return tuple(tokens)


def piece_document(token: int, data: bytes) -> Json:
    """Return a token and its text, or its bytes where they are no text by themselves."""
    try:
        return {"id": token, "piece": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"id": token, "piece": list(data)}
