"""Whether an answer passes the checks of its prompt."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alcove.i18n import _
from alcove.trials.answers import code_of, json_of, plain
from alcove.trials.sandbox.sandbox import Sandbox
from alcove.trials.schema import faults
from alcove.trials.trial import Check, CheckKind, Prompt


@dataclass(frozen=True)
class Finding:
    """What one check found; ``passed`` is None where it could not be made, ``remark`` says why."""

    kind: CheckKind
    passed: bool | None
    remark: str = ""


class Judge:
    """Checks answers; code of theirs is run in ``sandbox`` alone."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._ways: dict[CheckKind, Callable[[str, Any], Finding]] = {
            "equals": _equals,
            "contains": _contains,
            "matches": _matches,
            "json": _is_json,
            "json_schema": _follows,
            "python": self._runs,
        }

    def findings(self, prompt: Prompt, answer: str) -> tuple[Finding, ...]:
        """Return what each check of ``prompt`` found in the text of an answer."""
        return tuple(self._found(check, answer) for check in prompt.checks)

    def _found(self, check: Check, answer: str) -> Finding:
        return self._ways[check.kind](answer, check.value)

    def _runs(self, answer: str, test: str) -> Finding:
        result = self._sandbox.run(code_of(answer), test)
        return Finding("python", result.passed, result.remark)


def outcome(findings: tuple[Finding, ...]) -> bool | None:
    """Return whether all checks passed; None where there was none, or one could not be made."""
    if any(finding.passed is False for finding in findings):
        return False
    return True if findings and all(finding.passed for finding in findings) else None


def _equals(answer: str, allowed: list[str]) -> Finding:
    if plain(answer) in map(plain, allowed):
        return Finding("equals", True)
    wanted = _(" or ").join(allowed)
    return Finding("equals", False, _("The answer is not: {wanted}").format(wanted=wanted))


def _contains(answer: str, wanted: list[str]) -> Finding:
    text = " ".join(answer.casefold().split())
    missing = [one for one in wanted if " ".join(one.casefold().split()) not in text]
    if not missing:
        return Finding("contains", True)
    return Finding("contains", False, _("It lacks: {texts}").format(texts=", ".join(missing)))


def _matches(answer: str, expression: str) -> Finding:
    if re.search(expression, answer):
        return Finding("matches", True)
    return Finding("matches", False, _("It does not match {pattern}").format(pattern=expression))


def _is_json(answer: str, _true: bool) -> Finding:
    try:
        json_of(answer)
    except ValueError as error:
        return _no_json("json", error)
    return Finding("json", True)


def _follows(answer: str, schema: dict[str, Any]) -> Finding:
    try:
        value = json_of(answer)
    except ValueError as error:
        return _no_json("json_schema", error)
    fault = next(faults(value, schema), None)
    return Finding("json_schema", fault is None, fault or "")


def _no_json(kind: CheckKind, error: ValueError) -> Finding:
    return Finding(kind, False, _("It is no JSON: {reason}").format(reason=error))
