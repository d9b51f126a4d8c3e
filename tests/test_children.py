from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from alcove.children import Child


def child(body: str, request: Mapping[str, Any] | None = None, **options: Any) -> Child:
    return Child([sys.executable, "-c", f"import os, sys, time\n{body}"], request or {}, **options)


def test_it_gets_the_request_and_answers_in_lines() -> None:
    with child("print(sys.stdin.readline() * 2, end='', flush=True)", {"a": "ä"}) as one:
        assert one.receive(30) == {"a": "ä"}
        assert one.receive(30) == {"a": "ä"}
        assert one.receive(30) is None
        assert one.receive(30) is None
        assert one.wait(30) == 0


@pytest.mark.parametrize("rubbish", [b"hello", b"[1]", b"3", b"\xff", b""])
def test_lines_that_are_no_object_are_passed_over(rubbish: bytes) -> None:
    lines = rubbish + b'\n{"event": "done"}\n'
    with child(f"sys.stdout.buffer.write({lines!r})") as one:
        assert one.receive(30) == {"event": "done"}


def test_silence_is_told_from_the_end() -> None:
    with child("sys.stdin.readline(); sys.stdin.read()") as one:
        with pytest.raises(TimeoutError):
            one.receive(0.05)
        assert one.wait(0) is None


def test_leaving_the_block_lets_it_end_by_itself(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    body = "sys.stdin.readline(); print('{}', flush=True); sys.stdin.read(); "
    with child(body + f"open({str(mark)!r}, 'w')") as one:
        assert one.receive(30) == {}
    assert mark.exists()
    assert one.wait(0) == 0


def test_one_that_does_not_listen_is_killed() -> None:
    one = child("print('{}', flush=True); time.sleep(600)")
    assert one.receive(30) == {}
    started = time.monotonic()
    one.end(0.1)
    one.end(0.1)
    assert time.monotonic() - started < 10
    assert not psutil.pid_exists(one.pid)


def test_its_last_words_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for options in ({}, {"log": log}):
        with child("sys.exit('first\\nno GPU today\\n')", **options) as one:
            assert one.wait(30) == 1
            assert one.last_words() == "no GPU today"
    assert log.read_text().split() == ["first", "no", "GPU", "today"]


def test_it_has_the_environment_it_was_given() -> None:
    with child("sys.exit(os.environ['A'])", environment=os.environ | {"A": "b"}) as one:
        one.wait(30)
        assert one.last_words() == "b"


@pytest.mark.skipif(sys.platform == "win32", reason="process groups of POSIX")
def test_interrupting_the_terminal_does_not_reach_it() -> None:
    with child("sys.stdin.read()") as one:
        assert os.getpgid(one.pid) == one.pid != os.getpgid(0)


def test_a_command_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nothing"):
        Child([str(tmp_path / "nothing")], {})


def test_a_request_that_nobody_reads_is_no_error() -> None:
    with child("os.close(0); sys.exit(3)", {"long": "x" * 1_000_000}) as one:
        assert one.receive(30) is None
        assert one.wait(30) == 3
