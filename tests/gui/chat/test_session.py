"""The session and the process it owns."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from alcove.errors import Cancelled, EngineStopped, LoadError
from alcove.fit.plan import Wish
from alcove.gui.session import ModelSession, SessionState
from alcove.library.installed import InstalledModel
from gui.chat.fake_engine import FakeStarter


def load(qtbot: QtBot, session: ModelSession, model: InstalledModel) -> None:
    session.load(model, Wish(2048))
    qtbot.waitUntil(lambda: session.state is not SessionState.LOADING)


def test_loading_reports_progress_and_ends_ready(
    qtbot: QtBot, session: ModelSession, installed: InstalledModel, starter: FakeStarter
) -> None:
    fractions: list[float] = []
    session.progressed.connect(fractions.append)
    session.load(installed, Wish(2048))
    assert session.state is SessionState.LOADING
    qtbot.waitUntil(lambda: session.state is SessionState.READY)
    assert fractions[-1] == 0.5
    assert starter.engine.options.path == installed.path
    assert session.properties is not None
    assert session.properties.context == 2048


def test_failure_to_load_can_be_tried_again(
    qtbot: QtBot, session: ModelSession, installed: InstalledModel, starter: FakeStarter
) -> None:
    starter.failure = LoadError("No.")
    load(qtbot, session, installed)
    assert session.state is SessionState.FAILED
    assert str(session.failure) == "No."
    session.reload()
    qtbot.waitUntil(lambda: session.state is SessionState.READY)
    assert session.failure is None


def test_process_that_ends_by_itself_is_noticed(
    qtbot: QtBot, session: ModelSession, installed: InstalledModel, starter: FakeStarter
) -> None:
    load(qtbot, session, installed)
    with qtbot.waitSignal(session.failed) as caught:
        starter.engine.alive = False
    assert caught.args is not None
    assert isinstance(caught.args[0], EngineStopped)
    assert session.state is SessionState.FAILED
    assert session.client is None


def test_unloading_and_closing_stop_the_process(
    qtbot: QtBot, session: ModelSession, installed: InstalledModel, starter: FakeStarter
) -> None:
    load(qtbot, session, installed)
    session.unload()
    assert session.state is SessionState.IDLE
    qtbot.waitUntil(lambda: not starter.engine.alive)
    load(qtbot, session, installed)
    session.close()
    assert not starter.engine.alive


def test_second_model_takes_the_place_of_the_first(
    qtbot: QtBot, session: ModelSession, installed: InstalledModel, starter: FakeStarter
) -> None:
    load(qtbot, session, installed)
    load(qtbot, session, installed)
    first, second = starter.engines
    assert not first.alive
    assert second.alive


def test_model_that_is_ready_too_late_is_stopped(
    qtbot: QtBot, session: ModelSession, installed: InstalledModel, starter: FakeStarter
) -> None:
    starter.may_start.clear()
    session.load(installed, Wish(2048))
    qtbot.waitUntil(lambda: starter.begun == 1)
    session.unload()
    starter.may_start.set()
    qtbot.waitUntil(lambda: bool(starter.engines) and not starter.engine.alive)
    assert session.state is SessionState.IDLE
    assert session.client is None


def test_loading_while_loading_starts_one_model_after_the_other(
    qtbot: QtBot, session: ModelSession, installed: InstalledModel, starter: FakeStarter
) -> None:
    starter.may_start.clear()
    session.load(installed, Wish(512))
    qtbot.waitUntil(lambda: starter.begun == 1)
    session.load(installed, Wish(1024))
    session.load(installed, Wish(2048))
    starter.may_start.set()
    qtbot.waitUntil(lambda: session.state is SessionState.READY)
    assert starter.most_at_once == 1
    assert session.client is starter.engine.talk
    assert [engine.options.context for engine in starter.engines if engine.alive] == [2048]


def test_loading_waits_until_the_unloaded_model_has_ended(
    qtbot: QtBot, session: ModelSession, installed: InstalledModel, starter: FakeStarter
) -> None:
    load(qtbot, session, installed)
    session.unload()
    load(qtbot, session, installed)
    session.unload()
    session.load(installed, Wish(1024))
    qtbot.waitUntil(lambda: session.state is SessionState.READY)
    assert starter.most_at_once == 1
    assert starter.engine.alive


def test_cancelled_load_reports_nothing(
    qtbot: QtBot, session: ModelSession, installed: InstalledModel, starter: FakeStarter
) -> None:
    starter.failure = Cancelled()
    session.load(installed, Wish(2048))
    with qtbot.assertNotEmitted(session.failed, wait=200):
        session.unload()
