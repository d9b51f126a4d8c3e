"""Quantities in words for people; every room that speaks to them shares these."""

from __future__ import annotations

from math import inf

from alcove.i18n import _


def decimal(value: float) -> str:
    """Write a positive number with one digit after the point, and none from 100 on."""
    return f"{value:.0f}" if value >= 99.95 else f"{value:.1f}"


def gigabytes(size: int) -> str:
    """Write bytes in decimal units, as download pages do: "5.3 GB", "98 MB", "200 kB"."""
    if 0 < size < 999_500:
        return _("{size} kB").format(size=max(round(size / 1e3), 1))
    if size < 999_500_000:
        return _("{size} MB").format(size=round(size / 1e6))
    if size < 999_950_000_000:
        return _("{size} GB").format(size=decimal(size / 1e9))
    return _("{size} TB").format(size=decimal(size / 1e12))


def exact_size(size: int) -> str:
    """Write bytes as ``gigabytes`` does, but a handful of them exactly: "12 B"."""
    return _("{size} B").format(size=size) if size < 1000 else gigabytes(size)


def tokens(count: int) -> str:
    """Write a context size in units of 1024, rounded down: "512", "1.5k", "32k", "1M"."""
    if count < 1024:
        return str(count)
    unit, suffix = (1024, "k") if count < 1024**2 else (1024**2, "M")
    tenths = count * 10 // unit
    return f"{tenths // 10 if tenths >= 100 else tenths / 10:g}{suffix}"


def parse_tokens(text: str) -> int:
    """Read a context size, also as ``tokens`` writes it: "8192", "32k", "1M".

    Raises ValueError where it is none.
    """
    number = text.strip().casefold()
    unit = {"k": 1024, "m": 1024**2}.get(number[-1:])
    try:
        count = int(number) if unit is None else float(number[:-1]) * unit
    except ValueError:
        count = 0
    if not 0 < count < inf:
        raise ValueError(f"{text!r} is no context size")
    return int(count)


def parameters(count: int) -> str:
    """Write a number of parameters: "135M", "8.2B", "1.6T"."""
    for unit, suffix in ((1e12, "T"), (1e9, "B")):
        if count >= 0.9995 * unit:  # or it would be written as 1000 of the next smaller
            return decimal(count / unit).removesuffix(".0") + suffix
    return f"{count / 1e6:.0f}M"


def duration(seconds: float) -> str:
    """Write a time to wait: "45 s", "3 min", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("{minutes} min").format(minutes=minutes)
    hours, rest = divmod(minutes, 60)
    return _("{hours} h {minutes} min").format(hours=hours, minutes=rest)
