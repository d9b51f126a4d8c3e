"""What runs a trial in the window: the models that the window knows, loaded as the chat does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from alcove.errors import Remedy, TargetError
from alcove.gui.appraising import usual_wish
from alcove.gui.inventory import Inventory
from alcove.gui.preferences import Preferences
from alcove.gui.trials.work import MakeRunner
from alcove.i18n import _
from alcove.paths import Paths

if TYPE_CHECKING:
    from alcove.library.installed import InstalledModel
    from alcove.trials.run import Run
    from alcove.trials.runner import Runner

MakeRoom = Callable[[Callable[[float], None]], None]
"""Ends the model that the chat keeps loaded, and waits for it; called in a task."""


def runner_with(
    paths: Paths, inventory: Inventory, preferences: Preferences, make_room: MakeRoom
) -> MakeRunner:
    """Return what makes runners; their imports wait for the first one."""

    def find(target: str) -> InstalledModel:
        known = (one for one in inventory.installed or () if one.target == target)
        if (model := next(known, None)) is not None:
            return model
        raise TargetError(
            _("{target} is not on this computer any more.").format(target=target),
            _("Download it again, or add its folder to the library."),
            Remedy.CHOOSE_MODEL,
        )

    def make(run: Run, open_allowed: bool, report: Callable[[float], None]) -> Runner:
        from alcove.catalog.load import load_catalog
        from alcove.engine.elsewhere import engine_at
        from alcove.fit.ledger import Ledger
        from alcove.hardware.survey import survey
        from alcove.network.door import Door
        from alcove.trials.judge import Judge
        from alcove.trials.opening import Opener, Surroundings, roomy
        from alcove.trials.runner import Runner
        from alcove.trials.sandbox.sandbox import Sandbox
        from alcove.trials.store import TrialStore

        make_room(report)
        around = Surroundings(
            inventory.appraising.appraiser(),
            lambda: inventory.machine or survey(),
            lambda: inventory.insight,
            Ledger(paths.database),
            inventory.catalog or load_catalog(),
            paths.logs / "trial.log",
        )
        opener = Opener(
            around,
            find,
            lambda target: engine_at(target, preferences.settings.engines).client(
                Door.of(preferences.network())
            ),
            roomy(usual_wish(preferences.settings.context), run),
            speculate=run.kind == "trial",
        )
        judge = Judge(Sandbox(open_allowed=open_allowed))
        return Runner(TrialStore(paths.database), opener, judge)

    return make
