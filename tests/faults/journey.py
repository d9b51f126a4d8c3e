"""Walk a list of commands and say what came of each: ``python journey.py COMMANDS``.

COMMANDS is a JSON array of what ``alcove`` is started with, one after the other. ``["serve", ...]``
is asked one question once it is ready, and interrupted then. Prints a JSON array of outcomes.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any
from urllib.request import Request, urlopen

ALCOVE = (sys.executable, "-m", "alcove")
_LIMIT_S = 300


def walk(arguments: Sequence[str]) -> dict[str, Any]:
    """Run one command; ``stdout`` is what it said, or what the server answered."""
    if arguments[0] == "serve":
        return _serve(arguments)
    ended = subprocess.run(
        [*ALCOVE, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    return _outcome(arguments, ended.returncode, ended.stdout, ended.stderr)


def _serve(arguments: Sequence[str]) -> dict[str, Any]:
    with subprocess.Popen(
        [*ALCOVE, *arguments, "--port", "0", "--json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        said = ""
        while line := server.stdout.readline():
            said += line
            if line.startswith("}"):
                break
        answer = _ask(json.loads(said)["url"]) if said else ""
        server.send_signal(signal.SIGINT)
        _rest, errors = server.communicate(timeout=_LIMIT_S)
    return _outcome(arguments, server.returncode, answer, errors)


def _ask(url: str) -> str:
    body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 4}
    request = Request(
        f"{url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urlopen(request, timeout=_LIMIT_S) as response:
        return str(json.load(response)["choices"][0]["message"]["content"])


def _outcome(arguments: Sequence[str], status: int, stdout: str, stderr: str) -> dict[str, Any]:
    return {"command": list(arguments), "status": status, "stdout": stdout, "stderr": stderr}


if __name__ == "__main__":
    json.dump([walk(each) for each in json.loads(sys.argv[1])], sys.stdout, indent=2)
