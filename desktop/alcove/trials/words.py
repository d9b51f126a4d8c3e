"""What a run is called in tables: figures and outcomes in words."""

from __future__ import annotations

from alcove.i18n import _, ngettext
from alcove.trials.run import Reply, Run
from alcove.trials.runner import Progress
from alcove.trials.summary import Figure, Summary
from alcove.words import decimal, duration, gigabytes

NONE = "–"


def speed(figure: Figure) -> str:
    """Write a median speed in tokens per second, with how many answers it is of."""
    return NONE if figure.median is None else _of(decimal(figure.median), figure.count)


def seconds(figure: Figure) -> str:
    """Write a median time in seconds, with how many answers it is of."""
    if figure.median is None:
        return NONE
    return _of(_("{seconds:.2f} s").format(seconds=figure.median), figure.count)


def spread(figure: Figure) -> str:
    """Write the least and the most of what was measured."""
    if figure.low is None or figure.high is None:
        return NONE
    low, high = (f"{one:.3g}" if one < 100 else f"{one:.0f}" for one in (figure.low, figure.high))
    return low if low == high else f"{low}–{high}"


def passes(summary: Summary) -> str:
    """Write how many checked answers passed: "12 of 15", and how many could not be checked."""
    if not summary.checked and not summary.unchecked:
        return NONE
    text = _("{passed} of {checked}").format(passed=summary.passed, checked=summary.checked)
    if not summary.unchecked:
        return text
    return (
        text
        + " "
        + ngettext("({count} not checked)", "({count} not checked)", summary.unchecked).format(
            count=summary.unchecked
        )
    )


def memory(summary: Summary) -> str:
    """Write the most memory that the model's process took."""
    return gigabytes(summary.peak_memory_bytes) if summary.peak_memory_bytes else NONE


def mark(reply: Reply | None) -> str:
    """Write the outcome of one answer in a word."""
    if reply is None:
        return NONE
    if reply.failure:
        return _("failed")
    if not reply.findings:
        return _("answered")
    return {True: _("passed"), False: _("wrong"), None: _("not checked")}[reply.passed]


def why(reply: Reply) -> str:
    """Say what is wrong with an answer; empty where nothing is."""
    if reply.failure:
        return reply.failure
    remarks = (finding.remark for finding in reply.findings if finding.passed is not True)
    return "; ".join(filter(None, remarks))


def share_done(run: Run) -> tuple[int, int]:
    """Return how many answers are there, or will not come, and how many there are in all."""
    total = len(run.contestants) * len(run.trial.prompts) * run.repeats
    return total - sum(len(run.pending(one)) for one in run.contestants), total


def progress_line(progress: Progress) -> str:
    """Say where a run is: the model, the prompt, how many answers are there, the time left."""
    done, total = share_done(progress.run)
    what = _("loading") if progress.loaded is not None else progress.prompt
    parts = [progress.contestant.name, what, _("{done} of {total}").format(done=done, total=total)]
    if progress.left_s is not None:
        parts.append(_("{time} left").format(time=duration(progress.left_s)))
    return " · ".join(filter(None, parts))


def _of(text: str, count: int) -> str:
    return _("{figure} (n = {count})").format(figure=text, count=count)
