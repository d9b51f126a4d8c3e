"""Code of answers: what it can reach, and how much it may take.

Where the system isolates nothing, none of it is run, and the tests see that it says so.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
from pathlib import Path

import psutil
import pytest

from alcove.trials.sandbox.calls import REFUSED, filter_program
from alcove.trials.sandbox.limits import Limits
from alcove.trials.sandbox.sandbox import CodeResult, Sandbox
from alcove.trials.sandbox.ways import isolations

SANDBOXES = [Sandbox(ways=(way,)) for way in isolations()]
"""One for each way to isolate, with the usual limits, which are far away on a busy machine, too."""


def isolated(code: str, test: str = "") -> list[CodeResult]:
    """Run code in each way that isolates here, after a look at what the others say."""
    results = []
    for sandbox in SANDBOXES:
        result = sandbox.run(code, test)
        if sandbox.obstacle:
            assert result.passed is None
            assert sandbox.obstacle in result.remark
        else:
            results.append(result)
    return results


def passes(code: str, test: str = "") -> None:
    """See that code passes, however it is isolated."""
    for result in isolated(code, test):
        assert result == CodeResult(True)


def refused(code: str, said: str) -> None:
    """See that code comes to an error that says so, however it is isolated."""
    for result in isolated(code):
        assert result.passed is False
        assert re.search(said, result.remark), result.remark


def limited(code: str, limits: Limits) -> str:
    """Run code that goes beyond a limit, isolated or not, and return what is said of it."""
    result = Sandbox(limits, open_allowed=True).run(code, "")
    assert result.passed is False
    return result.remark


def test_code_passes_or_fails_by_its_test() -> None:
    code = "def double(x):\n    return 2 * x"
    passes(code, "assert double(4) == 8")
    for result in isolated(code, "assert double(4) == 9"):
        assert result == CodeResult(False, "AssertionError")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys\nsys.exit(0)", "ended before its test"),
        ("import os\nos._exit(0)", "ended before its test"),
        ("def f(:", "SyntaxError"),
        ("input()", "EOFError"),
        ("import alcove", "ModuleNotFoundError"),
        ("import psutil", "ModuleNotFoundError"),
    ],
)
def test_what_ends_early_has_not_passed(code: str, said: str) -> None:
    refused(code, said)


def test_what_is_under_main_is_not_run() -> None:
    passes("if __name__ == '__main__':\n    raise SystemExit")


def test_there_is_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        refused(f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 9)", "Error")
        with pytest.raises(BlockingIOError):
            server.accept()
    datagram = (
        f"s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.sendto(b'a', ('1.1.1.1', {port}))"
    )
    refused(f"import socket\n{datagram}", "Error")
    refused("import socket\nsocket.getaddrinfo('localhost.example', 80)", "gaierror")


def test_the_files_of_the_user_are_not_there(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mine")
    refused(f"open({str(secret)!r})", "FileNotFoundError|PermissionError")
    refused(f"open({str(Path(__file__))!r})", "FileNotFoundError|PermissionError")
    refused("open('/usr/written', 'w')", "Error")
    refused("open('/etc/passwd')", "FileNotFoundError|PermissionError")
    refused(f"import os\nos.truncate({str(secret)!r}, 0)", "FileNotFoundError|PermissionError")
    refused(f"import os\nos.chmod({str(secret)!r}, 0)", "FileNotFoundError|PermissionError")
    refused(f"import os\nos.unlink({str(secret)!r})", "FileNotFoundError|PermissionError")
    assert secret.read_text() == "mine"
    assert secret.stat().st_mode & 0o777 == 0o644


def test_it_may_write_in_its_own_empty_folder() -> None:
    code = """
import os, tempfile
assert os.listdir() == [], os.listdir()
open("a", "w").write("b")
assert open("a").read() == "b"
tempfile.TemporaryFile().write(b"c")
"""
    passes(code)
    passes("import os\nassert os.listdir() == []")


def test_it_sees_neither_the_environment_nor_other_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    passes("import os\nassert 'HF_TOKEN' not in os.environ")
    with subprocess.Popen(["sleep", "100"]) as other:
        refused(f"import os\nos.kill({other.pid}, 9)", "ProcessLookupError|PermissionError")
        assert other.poll() is None
        other.kill()


def test_it_has_none_of_our_open_files(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        refused(f"import os\nos.write({file.fileno()}, b'x')", "OSError")
    assert (tmp_path / "open").read_text() == ""


def test_time_of_the_processor_is_limited() -> None:
    assert "CPU time" in limited("while True: pass", Limits(cpu_seconds=1))


def test_time_is_limited() -> None:
    assert "did not end" in limited("import time\ntime.sleep(900)", Limits(seconds=2.0))


def test_memory_is_limited() -> None:
    assert "Memory" in limited("x = bytearray(2**31)", Limits())


def test_output_is_limited() -> None:
    assert "printed too much" in limited("while True: print('a' * 1000)", Limits())


def test_files_are_limited() -> None:
    code = "with open('a', 'wb') as file:\n    for _ in range(99): file.write(bytes(2**20))"
    assert "Error" in limited(code, Limits())


def test_what_code_starts_ends_with_it() -> None:
    before = {process.pid for process in psutil.process_iter()}
    code = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(900)"
    for result in isolated(code):  # it starts nothing, or what it starts ends with it
        assert result.passed or "Error" in result.remark
    left = [one for one in psutil.process_iter(["cmdline"]) if one.pid not in before]
    assert not [one for one in left if "-X" in (one.info["cmdline"] or ())]


def test_threads_may_be_started() -> None:
    code = "import threading\none = threading.Thread(target=print)\none.start()\none.join()"
    passes(code)


def test_the_first_way_that_isolates_is_taken() -> None:
    def unable(_command: object, _folder: object, _limits: object) -> list[str]:
        return ["false"]

    for sandbox in SANDBOXES:
        if not sandbox.obstacle:
            [way] = sandbox._ways
            assert Sandbox(ways=(unable, way)).run("x = 1", "assert x").passed is True


def test_where_nothing_isolates_code_runs_only_if_that_is_allowed() -> None:
    closed = Sandbox(ways=())
    assert closed.run("x = 1", "assert x").passed is None
    assert closed.obstacle in closed.run("x = 1", "assert x").remark
    allowed = Sandbox(ways=(), open_allowed=True)
    assert allowed.run("x = 1", "assert x == 1").passed is True
    assert allowed.run("x = 1", "assert x == 2").passed is False


def test_many_small_files_are_limited_together() -> None:
    code = """
import time
for number in range(99):
    with open(str(number), "wb") as file:
        file.write(bytes(2**20))
time.sleep(900)
"""
    assert re.search("too much|Error", limited(code, Limits()))


def test_every_call_is_refused_once() -> None:
    for column, machine in enumerate(("x86_64", "aarch64")):
        numbers = [one[column] for one in REFUSED.values() if one[column] is not None]
        assert len(numbers) == len(set(numbers))
        program = filter_program(machine)
        assert len(program) % 8 == 0
        assert len(program) // 8 < 4096
    with pytest.raises(KeyError):
        filter_program("riscv64")
