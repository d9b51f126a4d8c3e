"""Trial files: JSON or TOML, and the sets that ship with Alcove."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from alcove.errors import TrialError, reason
from alcove.i18n import _
from alcove.resources import resource
from alcove.trials.fields import Fields, wrong
from alcove.trials.schema import unknown_keyword
from alcove.trials.trial import Check, CheckKind, Options, Prompt, Trial

_TRIAL = ("name", "system", "options", "prompts")
_PROMPT = ("name", "topic", "system", "prompt", "checks")
_OPTIONS = ("max_tokens", "temperature", "seed")
_KINDS: tuple[CheckKind, ...] = get_args(CheckKind)


def shipped_trials() -> tuple[str, ...]:
    """Return the names of the sets that ship with Alcove."""
    return tuple(sorted(path.stem for path in resource("trials").glob("*.json")))


def find_trial(name: str) -> Trial:
    """Return the shipped set of that name, or else read the file; raises TrialError."""
    if name in shipped_trials():
        return read_trial(resource("trials", f"{name}.json"))
    return read_trial(Path(name))


def read_trial(path: Path) -> Trial:
    """Read a trial file, TOML if its name ends so and else JSON; raises TrialError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TrialError(
            _("The trial {path} cannot be read: {reason}.").format(path=path, reason=reason(error)),
            _("Name a trial file, or one of the sets that come with Alcove: {names}.").format(
                names=", ".join(shipped_trials())
            ),
        ) from error
    try:
        document = tomllib.loads(text) if path.suffix.casefold() == ".toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise wrong(
            _("The trial {path} cannot be read: {reason}.").format(path=path, reason=reason(error))
        ) from error
    return parse_trial(document, path.stem)


def parse_trial(document: object, name: str = "") -> Trial:
    """Read what a trial file holds; ``name`` is its name if it says none. Raises TrialError."""
    fields = Fields(document, _("the trial"), _TRIAL)
    prompts = fields.value("prompts")
    if not isinstance(prompts, list) or not prompts:
        raise fields.must("prompts", _("a list with at least one prompt"))
    system = fields.text("system", "")
    read = tuple(_prompt(each, number, system) for number, each in enumerate(prompts, start=1))
    _require_different([prompt.name for prompt in read])
    return Trial(fields.text("name", name) or _("Trial"), read, _options(fields.value("options")))


def _options(document: object) -> Options:
    usual = Options()
    fields = Fields({} if document is None else document, _("the options"), _OPTIONS)
    return Options(
        max_tokens=fields.whole("max_tokens", usual.max_tokens, 1),
        temperature=fields.number("temperature", usual.temperature, 0),
        seed=fields.whole("seed", usual.seed, 0),
    )


def _prompt(document: object, number: int, system: str) -> Prompt:
    if isinstance(document, str):
        document = {"prompt": document}
    fields = Fields(document, _("prompt {number}").format(number=number), _PROMPT)
    return Prompt(
        name=fields.text("name", "") or str(number),
        text=fields.text("prompt"),
        topic=fields.text("topic", ""),
        system=fields.text("system", system),
        checks=_checks(fields),
    )


def _checks(prompt: Fields) -> tuple[Check, ...]:
    given = prompt.value("checks")
    where = _("the checks of {prompt}").format(prompt=prompt.where)
    fields = Fields({} if given is None else given, where, _KINDS)
    return tuple(
        Check(kind, _value(kind, fields)) for kind in _KINDS if fields.value(kind) is not None
    )


def _value(kind: CheckKind, fields: Fields) -> Any:  # noqa: ANN401 - JSON, by its kind
    value = fields.value(kind)
    match kind:
        case "equals" | "contains":
            return _texts(value, kind, fields)
        case "json":
            if value is not True:
                raise fields.must(kind, _("true"))
        case "json_schema":
            _require_schema(value, fields)
        case "matches":
            _require_expression(fields.text(kind), fields)
        case "python":
            _require_program(fields.text(kind), fields)
    return value


def _texts(value: object, name: str, fields: Fields) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if isinstance(texts, list) and texts and all(isinstance(one, str) and one for one in texts):
        return texts
    raise fields.must(name, _("a text, or a list of texts"))


def _require_schema(value: object, fields: Fields) -> None:
    if not isinstance(value, Mapping):
        raise fields.must("json_schema", _("a JSON schema"))
    if keyword := unknown_keyword(value):
        raise wrong(
            _("The JSON schema of {where} has {keyword!r}, which Alcove cannot check.").format(
                where=fields.where, keyword=keyword
            )
        )


def _require_expression(expression: str, fields: Fields) -> None:
    try:
        re.compile(expression)
    except re.error as error:
        raise fields.must(
            "matches", _("a regular expression ({reason})").format(reason=error)
        ) from error


def _require_program(program: str, fields: Fields) -> None:
    try:
        compile(program, "test.py", "exec")
    except (SyntaxError, ValueError) as error:
        raise fields.must("python", _("Python ({reason})").format(reason=error)) from error


def _require_different(names: list[str]) -> None:
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise wrong(_("Two prompts are called {name!r}.").format(name=twice))
