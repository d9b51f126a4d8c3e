"""How other computers reach this one in the local network."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address

import psutil


def own_names() -> tuple[str, ...]:
    """Return the names of this machine, as it calls itself and as mDNS announces it."""
    name = socket.gethostname().rstrip(".")
    first = name.partition(".")[0]
    return tuple(dict.fromkeys(each for each in (name, first, f"{first}.local") if first))


def own_addresses() -> tuple[str, ...]:
    """Return the IPv4 addresses of this machine at which others can reach it."""
    states = psutil.net_if_stats()
    found = [
        IPv4Address(each.address)
        for name, addresses in psutil.net_if_addrs().items()
        for each in addresses
        if each.family == socket.AF_INET and name in states and states[name].isup
    ]
    return tuple(str(each) for each in found if not (each.is_loopback or each.is_link_local))
