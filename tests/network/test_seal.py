from __future__ import annotations

import subprocess
import sys

import pytest

SEALED = "import socket\nfrom alcove.seal import passage, seal\nseal()\nseal()\n"


def ended(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SEALED + code], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('192.0.2.1', 80), 1)",
        "socket.create_connection(('hub.invalid', 80), 1)",
        "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))",
        "socket.socket().connect(('0.0.0.0', 80))",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 53))",
        "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b''], [], 0, ('192.0.2.1', 53))",
        "socket.gethostbyname('hub.invalid')",
        "socket.getaddrinfo(b'hub.invalid', 80)",
        "socket.gethostbyaddr('192.0.2.1')",
        "socket.getnameinfo(('192.0.2.1', 80), 0)",
        "import urllib.request; urllib.request.urlopen('http://192.0.2.1')",
    ],
)
def test_nothing_but_the_door_leads_out(attempt: str) -> None:
    process = ended(attempt)
    assert process.returncode == 1
    assert "only Alcove's door leads to other computers" in process.stderr


def test_this_machine_is_not_outside() -> None:
    process = ended(
        "listening = socket.create_server(('127.0.0.1', 0))\n"
        "socket.getaddrinfo('0.0.0.0', 80)\n"
        "for host in '127.0.0.1', 'localhost', '::ffff:127.0.0.1':\n"
        "    family = socket.AF_INET6 if ':' in host else socket.AF_INET\n"
        "    socket.socket(family).connect((host, listening.getsockname()[1]))\n"
        "one, other = socket.socketpair()\n"
        "one.send(b'.')\n"
        "try: socket.socket(socket.AF_UNIX).connect('/nothing/here')\n"
        "except FileNotFoundError: print('Unix')\n"
    )
    assert process.stdout == "Unix\n", process.stderr


def test_the_door_leads_out() -> None:
    process = ended(
        "with passage():\n"
        "    try: socket.create_connection(('192.0.2.1', 80), 0.01)\n"
        "    except OSError as error: print(type(error).__name__)\n"
        "try: socket.create_connection(('192.0.2.1', 80), 0.01)\n"
        "except OSError as error: print(type(error).__name__)\n"
    )
    passed, sealed = process.stdout.splitlines()
    assert passed != "Sealed"
    assert sealed == "Sealed"
