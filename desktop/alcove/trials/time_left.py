"""How long a run will take yet, from what was measured in it so far."""

from __future__ import annotations

from statistics import fmean

from alcove.trials.run import Contestant, Run


def seconds_left(run: Run) -> float | None:
    """Foretell it in seconds; None before anything was measured.

    A prompt takes as long as it took other models, times how much slower or faster this model was
    on the prompts that both have answered.
    """
    if not run.replies:
        return None
    usual = _usual(run)
    return sum(_of_model(run, one, usual) for one in run.contestants)


def _of_model(run: Run, contestant: Contestant, usual: dict[str, float]) -> float:
    pending = run.pending(contestant)
    if not pending:
        return 0.0
    mean = fmean(usual.values())
    answers = sum(usual.get(prompt, mean) for prompt, _repeat in pending)
    loads = [one.load_seconds for one in run.contestants if one.load_seconds is not None]
    load = fmean(loads) if loads and contestant.load_seconds is None else 0.0
    return _pace(run, contestant, usual) * answers + load


def _usual(run: Run) -> dict[str, float]:
    """Return how many seconds each prompt took, of all models and repeats."""
    taken: dict[str, list[float]] = {}
    for reply in run.replies:
        taken.setdefault(reply.prompt, []).append(reply.seconds)
    return {prompt: fmean(seconds) for prompt, seconds in taken.items()}


def _pace(run: Run, contestant: Contestant, usual: dict[str, float]) -> float:
    """Return how many times longer than usual this model takes; 1 where nothing is known."""
    own = [reply for reply in run.replies if reply.contestant == contestant.id]
    expected = sum(usual[reply.prompt] for reply in own)
    return sum(reply.seconds for reply in own) / expected if expected > 0 else 1.0
