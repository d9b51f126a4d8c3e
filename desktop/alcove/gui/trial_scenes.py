"""The pictures of the Trials page: nothing yet, many runs, a new one, and each kind of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from alcove.gui.desktop import Desktop
from alcove.gui.sample_trials import keep_runs
from alcove.trials.run import Heading
from alcove.trials.store import TrialStore

Scene = tuple[str, Callable[[], bool]]
"""The name of a picture, and whether the window is ready for it."""

_NAMES = ("trials-done", "trials-blind", "trials-failed", "trials-bench")


def trial_scenes(desktop: Desktop) -> Iterator[Scene]:
    """Yield each picture after it was prepared."""
    store = TrialStore(desktop.paths.database)
    for one in store.history():
        store.delete(one.id)
    desktop.window.open_page("trials")
    assert desktop.trials is not None
    page, work = desktop.trials.page, desktop.trials.work
    page.open_history()
    yield "trials-empty", lambda: work.history == ()
    keep_runs(store)
    history = store.history()
    page.open_history()
    yield "trials", lambda: work.history == history
    if (starter := desktop.inventory.starter) is not None:
        page.form.models.choose(starter.target)
    page.open_form()
    yield "trials-new", lambda: True
    for name, one in zip(_NAMES, history, strict=True):
        yield from _run(desktop, name, one)


def _run(desktop: Desktop, name: str, one: Heading) -> Iterator[Scene]:
    assert desktop.trials is not None
    page, work = desktop.trials.page, desktop.trials.work
    page.open_run(one.id)
    yield name, lambda: work.shown is not None and work.shown.id == one.id
    if one.kind == "trial":
        page.run.open_part(1)
        page.run.answers.show_prompt(13)
        yield f"{name}-answers", lambda: True
