"""OpenAI's completions: a text goes on."""

from __future__ import annotations

from dataclasses import dataclass

from alcove.engine.protocol.constraint import parse_grammar
from alcove.engine.protocol.errors import BadRequest
from alcove.engine.protocol.fields import Fields
from alcove.engine.protocol.options import (
    MOST_ANSWERS,
    AnswerOptions,
    parse_options,
    parse_text_logprobs,
)
from alcove.engine.protocol.prompts import Prompt, parse_prompts
from alcove.i18n import _


@dataclass(frozen=True)
class TextRequest:
    """A valid request to complete texts."""

    prompts: tuple[Prompt, ...]
    options: AnswerOptions


def parse_text_request(body: object) -> TextRequest:
    """Check the JSON of a request for a completion; raises BadRequest with the reason."""
    fields = Fields.of_body(body)
    if fields.flag("echo"):
        raise BadRequest(_("This server does not repeat the prompt; leave 'echo' out."), "echo")
    if fields.text("suffix"):
        raise BadRequest(_("This server fills no gaps; leave 'suffix' out."), "suffix")
    options = parse_options(fields, parse_grammar(fields), parse_text_logprobs(fields))
    if fields.whole("best_of", options.count, 1, MOST_ANSWERS) > options.count:
        raise BadRequest(
            _("This server returns every answer it generates; leave 'best_of' out."), "best_of"
        )
    prompts = parse_prompts(fields, "prompt", MOST_ANSWERS // options.count)
    return TextRequest(prompts, options)
