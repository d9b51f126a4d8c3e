"""How child processes end with their parent."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys, threading
from alcove import children
for_ever = threading.Event()
children.end_with_parent(lambda: (print("finishing", flush=True), FINISH), LIMIT)
for_ever.wait()
"""


@pytest.mark.parametrize(
    ("finish", "limit", "status"), [("None", "60", 0), ("for_ever.wait()", "0.1", 1)]
)
def test_a_child_ends_with_its_parent_whatever_it_has_to_finish(
    finish: str, limit: str, status: int
) -> None:
    program = PROGRAM.replace("FINISH", finish).replace("LIMIT", limit)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.close()
        assert child.stdout.readline() == b"finishing\n"
        assert child.wait(60) == status
