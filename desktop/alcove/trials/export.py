"""A run as a file: Markdown to read, CSV for tables, JSON with all of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from alcove.database import beside
from alcove.errors import StorageError, reason
from alcove.i18n import _
from alcove.trials import words
from alcove.trials.run import Reply, Run
from alcove.trials.summary import Summary, summaries

READOUT = (
    "finish_reason",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "time_to_first_token_s",
    "prompt_tokens_per_second",
    "generation_tokens_per_second",
    "peak_memory_bytes",
)
"""The figures of an answer, by the names that other programs read."""


def export(run: Run, path: Path) -> None:
    """Write a run to ``path``, in the form that its name ends in; JSON if in none that is known.

    Raises StorageError, and leaves what was there, if the file cannot be written.
    """
    write = {".md": to_markdown, ".csv": to_csv}.get(path.suffix.casefold(), to_json)
    kept = beside(path, ".part")
    try:
        kept.write_text(write(run), encoding="utf-8", newline="")
        kept.replace(path)
    except OSError as error:
        kept.unlink(missing_ok=True)
        raise StorageError(
            _("The run could not be written to {path}: {reason}.").format(
                path=path, reason=reason(error)
            ),
            _("Choose another folder, or free some disk space."),
        ) from error


def to_json(run: Run) -> str:
    """Return all of a run as JSON."""
    return json.dumps(run_document(run), indent=2, ensure_ascii=False) + "\n"


def run_document(run: Run) -> dict[str, Any]:
    """Describe a run; its names are fixed, other programs read them."""
    return {
        "id": run.id,
        "kind": run.kind,
        "created": run.created.isoformat(),
        "finished": run.finished,
        "trial": run.trial.to_json(),
        "models": [_model_document(one) for one in summaries(run)],
        "answers": [reply_document(run, reply) for reply in run.replies],
        "votes": {prompt: _target(run, model) for prompt, model in run.votes.items()},
    }


def reply_document(run: Run, reply: Reply) -> dict[str, Any]:
    """Describe one answer, as ``alcove run -p`` does, with what it was asked and its checks."""
    figures = asdict(reply.readout) if reply.readout else {}
    return {
        "text": reply.text,
        "reasoning": reply.reasoning,
        **{name: figures.get(name) for name in READOUT},
        "target": _target(run, reply.contestant),
        "prompt": reply.prompt,
        "repeat": reply.repeat,
        "passed": reply.passed,
        "checks": [asdict(finding) for finding in reply.findings],
        "failure": reply.failure or None,
        "seconds": reply.seconds,
    }


def to_csv(run: Run) -> str:
    """Return the answers as CSV, one to a row."""
    text = io.StringIO()
    names = [name for name in reply_document(run, Reply(0, "")) if name != "checks"]
    writer = csv.DictWriter(text, [*names, "remark", "vote"])
    writer.writeheader()
    for reply in run.replies:
        document = reply_document(run, reply)
        del document["checks"]
        document["vote"] = run.votes.get(reply.prompt) == reply.contestant
        writer.writerow(document | {"remark": words.why(reply)})
    return text.getvalue()


def to_markdown(run: Run) -> str:
    """Return the tables of a run, then every prompt with its answers."""
    parts = [f"# {run.trial.name}", f"{run.created.astimezone():%Y-%m-%d %H:%M}", _models(run)]
    parts += [f"- {one.name}: {one.failure}" for one in run.contestants if one.failure]
    for prompt in run.trial.prompts:
        parts += [f"## {prompt.name}", _quoted(prompt.text), *_answers(run, prompt.name)]
    return "\n\n".join(parts) + "\n"


def _models(run: Run) -> str:
    titles = (
        _("Model"),
        _("Answers"),
        _("Checks passed"),
        _("Votes"),
        _("Generation, tokens/s"),
        _("Prompt, tokens/s"),
        _("First token"),
        _("Peak memory"),
    )
    rows = [titles, ("---",) * len(titles), *map(_cells, summaries(run))]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)


def _cells(one: Summary) -> tuple[str, ...]:
    return (
        one.contestant.name,
        str(one.answered),
        words.passes(one),
        str(one.votes),
        words.speed(one.generation),
        words.speed(one.prompt),
        words.seconds(one.first_token),
        words.memory(one),
    )


def _answers(run: Run, prompt: str) -> Iterator[str]:
    for contestant in run.contestants:
        for repeat in range(run.repeats):
            reply = run.of(contestant.id, prompt, repeat)
            if reply is None:
                continue
            best = _(", best") if run.votes.get(prompt) == contestant.id else ""
            yield f"### {contestant.name}: {words.mark(reply)}{best}"
            yield from filter(None, (words.why(reply), reply.text.strip()))


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _model_document(summary: Summary) -> dict[str, Any]:
    contestant = asdict(summary.contestant)
    del contestant["id"]
    rest = asdict(summary)
    del rest["contestant"]
    return {**contestant, "failure": summary.contestant.failure or None, **rest}


def _target(run: Run, contestant: int) -> str:
    return next((one.target for one in run.contestants if one.id == contestant), "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
