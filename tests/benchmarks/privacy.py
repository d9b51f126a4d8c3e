"""What Alcove's processes reach, and what the journal says of it.

    python tests/benchmarks/privacy.py

walks the journeys of ``tests/faults/proof.py`` under strace and prints what was seen; fails if a
connection is not in the journal, or offline leads to another machine. Then it prints what the seal
and the journal cost.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import timeit
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alcove.database import connect
from alcove.network.entry import Entry, Outcome
from alcove.network.journal import Journal
from alcove.seal import seal
from faults import proof

EVENTS = """
import sys
from alcove.__main__ import main
events = [0]
def count(event, arguments): events[0] += 1
sys.addaudithook(count)
main(['list', '--limit', '1'])
sys.stderr.write(f'events {events[0]}\\n')
"""


def main() -> int:
    """Walk both journeys and print what was seen; 1 if something is not as it should be."""
    with tempfile.TemporaryDirectory(prefix="proof-") as folder, proof.hub() as serving:
        home = Path(folder)
        with proof.engine(home / "elsewhere") as url:
            online = proof.go_online(home, serving, proof.engine_commands(url))
        entries = Journal(home / "alcove" / "alcove.db").entries(1000)
        missing = proof.unlisted(online, entries)
        good = _print_outcomes("Online", online, 0)
        print(f"  connections {_tcp(online)}, requests in the journal {len(entries)}")
        got, noted = proof.asked_of(serving), proof.noted_for(serving, entries)
        print(f"  the hub got {got.total()} requests, the journal has {noted.total()} of them")
        print(f"  connections that the journal lacks: {len(missing)}")
        works = proof.go_offline(home)
        place = "no network but loopback" if works.isolated else "network namespaces are forbidden"
        good &= _print_outcomes(f"Offline, {place}", works, 0)
        print(f"  connections {_tcp(works)}, outside this machine {len(works.outside)}")
        refused = proof.walk(proof.WITH_NETWORK, home, {"HF_HUB_OFFLINE": "1"}, alone=False)
        good &= _print_outcomes("Offline by HF_HUB_OFFLINE, with a network", refused, 1)
        print(f"  connections {_tcp(refused)}, outside this machine {len(refused.outside)}")
        _print_costs(home)
    return 0 if good and got == noted and not (missing or works.outside or refused.outside) else 1


def _tcp(seen: proof.Seen) -> int:
    return sum(reach.call == "connect" for reach in seen.trace.reached)


def _print_outcomes(title: str, seen: proof.Seen, status: int) -> bool:
    print(title)
    for outcome in seen.outcomes:
        wrong = "" if outcome["status"] == status else f"  STATUS {outcome['status']}"
        said = (outcome["stderr"] if status else outcome["stdout"]).strip().splitlines()
        print(f"  {' '.join(outcome['command']):<44} {(said or ['', ''])[0][:70]}{wrong}")
    return all(outcome["status"] == status for outcome in seen.outcomes)


def _print_costs(home: Path) -> None:
    """Print what the seal adds to each event that Python audits, and a request to the journal."""
    before = _seconds_of_an_event()
    seal()
    added = _seconds_of_an_event() - before
    listing = subprocess.run(
        [sys.executable, "-c", EVENTS],
        env=proof.environment_of(home),
        capture_output=True,
        text=True,
        check=True,
    )
    events = int(listing.stderr.rpartition("events ")[2])
    print(f"The seal adds {added * 1e9:.0f} ns to each of {events} events of `alcove list`")
    print(f"  which is {added * events * 1e3:.1f} ms")
    journal = Journal(home / "cost.db")
    print(f"A request takes {_milliseconds_of_a_request(journal):.1f} ms in the journal (median),")
    with closing(connect(journal.path)):
        print(f"  and {_milliseconds_of_a_request(journal):.1f} ms while the window has it open")


def _milliseconds_of_a_request(journal: Journal) -> float:
    entry = Entry(datetime.now(UTC), "GET", "https", "hub.example", 443, "/", "a benchmark", "")
    taken = timeit.repeat(
        lambda: journal.complete(journal.record(entry), Outcome(200)), number=1, repeat=101
    )
    return sorted(taken)[50] * 1e3


def _seconds_of_an_event() -> float:
    return min(timeit.repeat(lambda: sys.audit("a.benchmark"), number=100_000, repeat=5)) / 1e5


if __name__ == "__main__":
    sys.exit(main())
