"""What form the answer is to have: text, a JSON document, or what a grammar allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alcove.engine.protocol.errors import BadRequest
from alcove.engine.protocol.fields import Fields
from alcove.i18n import _
from alcove.llama.grammar import GrammarError, checked, schema_grammar

_ANY_OBJECT = {"type": "object"}


def parse_grammar(fields: Fields, form: str = "response_format") -> str:
    """Return the GBNF that the answer must follow; empty for none.

    ``form`` is the field with OpenAI's description of the form, beside which llama-server knows
    "json_schema" and "grammar".
    """
    asked = [name for name in ("json_schema", "grammar") if fields.has(name)]
    schema = _schema_of_form(fields, form)
    if len(asked) + (schema is not None) > 1:
        raise BadRequest(
            _("Only one of '{form}', 'json_schema' and 'grammar' can be enforced.").format(
                form=form
            ),
            form,
        )
    if schema is None and "json_schema" in asked:
        schema = fields.inner("json_schema").document
    if schema is not None:
        return grammar_of(schema, asked[0] if asked else form)
    try:
        return checked(fields.text("grammar"))
    except GrammarError as error:
        raise unusable_grammar(error) from error


def grammar_of(schema: Mapping[str, Any], parameter: str) -> str:
    """Return the GBNF of a JSON schema that came in the field ``parameter``."""
    try:
        return schema_grammar(schema or _ANY_OBJECT)
    except GrammarError as error:
        raise BadRequest(
            _("The JSON schema in '{name}' cannot be enforced: {reason}.").format(
                name=parameter, reason=error
            ),
            parameter,
        ) from error


def unusable_grammar(error: GrammarError) -> BadRequest:
    """Return the refusal of a grammar."""
    return BadRequest(_("The grammar cannot be used: {reason}.").format(reason=error), "grammar")


def _schema_of_form(fields: Fields, name: str) -> Mapping[str, Any] | None:
    """Return the schema that OpenAI's description of the form holds, None if text is wanted."""
    form = fields.inner(name)
    match form.text("type", "text"):
        case "text":
            return None
        case "json_object":
            return form.inner("schema").document or _ANY_OBJECT
        case "json_schema":
            wrapper = form.inner("json_schema") if form.has("json_schema") else form
            return wrapper.inner("schema").document or _ANY_OBJECT
    raise fields.wrong(
        name, _("The type of '{name}' must be 'text', 'json_object' or 'json_schema'.")
    )
