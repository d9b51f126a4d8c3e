"""What processes ask the kernel to reach, read from strace."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

_CALLS = "connect,sendto,sendmsg,sendmmsg,getsockname"
_ADDRESS = re.compile(
    r"sin6?_port=htons\((?P<port>\d+)\).*?"
    r'(?:inet_addr\("(?P<v4>[^"]+)"\)|inet_pton\(AF_INET6, "(?P<v6>[^"]+)")'
)
_CALL = re.compile(r"^(?P<pid>\d+) +(?:<\.\.\. )?(?P<name>\w+)(?:\(| resumed>)(?P<rest>.*)$")


@dataclass(frozen=True)
class Reach:
    """One call that names an address of the internet. ``call`` is that of the kernel."""

    call: str
    host: str
    port: int
    line: str

    @property
    def is_loopback(self) -> bool:
        """Whether the address is one of this machine."""
        address = ip_address(self.host)
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback


@dataclass(frozen=True)
class Trace:
    """The calls of a process and of all that it started.

    ``listening`` are ports of sockets that were asked for their own name, as servers do.
    """

    reached: tuple[Reach, ...]
    listening: frozenset[int]


def command(output: Path, traced: Sequence[str]) -> list[str]:
    """Return the command that runs ``traced`` under strace."""
    options = ["-f", "-qq", "-e", f"trace={_CALLS}", "-e", "signal=none", "-s", "0"]
    return ["strace", *options, "-o", str(output), *traced]


def read(output: Path) -> Trace:
    """Read what strace wrote."""
    reached: list[Reach] = []
    listening: set[int] = set()
    for name, address, line in _calls(output.read_text(errors="replace").splitlines()):
        host, port = address["v4"] or address["v6"], int(address["port"])
        if name == "getsockname":
            listening.add(port)
        else:
            reached.append(Reach(name, host, port, line))
    return Trace(tuple(reached), frozenset(listening))


def _calls(lines: Sequence[str]) -> Iterator[tuple[str, re.Match[str], str]]:
    for line in lines:
        call, address = _CALL.match(line), _ADDRESS.search(line)
        if call and address:
            yield call["name"], address, line
