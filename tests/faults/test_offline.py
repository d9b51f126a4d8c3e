"""Two journeys of a user, seen by what the kernel is asked for; see ``proof.py``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from alcove.network.entry import Entry
from alcove.network.journal import Journal
from faults import proof
from local_hub import LocalHub


@dataclass(frozen=True)
class Journeys:
    """What was seen on the way, and what was left of it."""

    hub: LocalHub
    database: Path
    entries: tuple[Entry, ...]
    online: proof.Seen
    offline: proof.Seen
    refused: proof.Seen


@pytest.fixture(scope="module")
def journeys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journeys]:
    home = tmp_path_factory.mktemp("home")
    database = home / "alcove" / "alcove.db"
    with proof.hub() as serving:
        with proof.engine(home / "elsewhere") as url:
            online = proof.go_online(home, serving, proof.engine_commands(url))
        entries = Journal(database).entries(1000)
        offline = proof.go_offline(home)
        refused = proof.walk(proof.WITH_NETWORK, home, {"HF_HUB_OFFLINE": "1"}, alone=False)
        yield Journeys(serving, database, entries, online, offline, refused)


def test_the_way_online_is_walked_to_its_end(journeys: Journeys) -> None:
    assert [outcome for outcome in journeys.online.outcomes if outcome["status"]] == []


def test_every_connection_is_in_the_journal(journeys: Journeys) -> None:
    assert journeys.online.trace.reached
    assert proof.unlisted(journeys.online, journeys.entries) == []
    assert journeys.online.outside == ()


def test_every_request_that_the_hub_got_is_in_the_journal(journeys: Journeys) -> None:
    asked = proof.asked_of(journeys.hub)
    assert asked == proof.noted_for(journeys.hub, journeys.entries)
    assert {path.split("/")[1] for _method, path in asked if "harness" in path} == set()
    assert all(entry.seconds is not None for entry in journeys.entries)


def test_each_request_says_what_it_was_for(journeys: Journeys) -> None:
    reasons = {entry.why for entry in journeys.entries}
    assert {
        f"details of {proof.INSTALLED}",
        f"details of {proof.LOOKED_AT}",
        f"header of {proof.FILE}",
        f"download of {proof.FILE}",
    } <= reasons
    (engine,) = {reason for reason in reasons if reason.startswith("engine at http://127.0.0.1:")}
    assert {entry.path for entry in journeys.entries if entry.why == engine} == {
        "/v1/models",
        "/v1/chat/completions",
        "/props",
    }


def test_the_token_goes_to_the_hub_alone(journeys: Journeys) -> None:
    assert all(request.authorized == (request.host == "hub") for request in journeys.hub.requests)
    with closing(sqlite3.connect(journeys.database)) as connection:
        assert proof.TOKEN not in "\n".join(connection.iterdump())


def test_everything_that_needs_no_network_works_without(journeys: Journeys) -> None:
    assert [outcome for outcome in journeys.offline.outcomes if outcome["status"]] == []
    said = {" ".join(outcome["command"]): outcome for outcome in journeys.offline.outcomes}
    assert said["--offline --self-test"]["stdout"].strip()
    assert said[f"serve {proof.INSTALLED} --offline"]["stdout"].strip()
    assert "The file was not looked into" in said["fit qwen3-0.6b --offline"]["stderr"]


def test_offline_nothing_outside_is_reached(journeys: Journeys) -> None:
    assert journeys.offline.trace.reached, "the models of this machine"
    assert journeys.offline.outside == ()
    assert journeys.refused.trace.reached == ()


def test_offline_what_needs_the_network_says_so(journeys: Journeys) -> None:
    for outcome in journeys.refused.outcomes:
        assert outcome["status"] == 1
        (line,) = outcome["stderr"].strip().splitlines()
        assert line.startswith("Error: Alcove is offline")


def test_offline_nothing_is_noted(journeys: Journeys) -> None:
    assert Journal(journeys.database).entries(1000) == journeys.entries
