"""What Alcove's processes reach, and what the journal says of it.

    python tests/benchmarks/privacy.py

walks the journeys of ``tests/faults/proof.py`` under strace and prints what was seen.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alcove.network.journal import Journal
from faults import proof


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


if __name__ == "__main__":
    sys.exit(main())
