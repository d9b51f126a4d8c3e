from __future__ import annotations

import pytest

from alcove.fit.forecast import speed
from alcove.fit.result import Range
from alcove.words import decimal, duration, gigabytes, parameters, parse_tokens, tokens


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 MB"),
        (400, "1 kB"),
        (204_800, "205 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (98_362_432, "98 MB"),
        (999_499_999, "999 MB"),
        (999_500_000, "1.0 GB"),
        (5_300_000_000, "5.3 GB"),
        (99_940_000_000, "99.9 GB"),
        (99_960_000_000, "100 GB"),
        (380_400_000_000, "380 GB"),
        (1_024_000_000_000, "1.0 TB"),
    ],
)
def test_gigabytes(size: int, text: str) -> None:
    assert gigabytes(size) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0.0"), (7.06, "7.1"), (149.2, "149")])
def test_decimal(value: float, text: str) -> None:
    assert decimal(value) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (512, "512"),
        (4096, "4k"),
        (8448, "8.2k"),
        (32768, "32k"),
        (128000, "125k"),
        (131072, "128k"),
        (1048576, "1M"),
    ],
)
def test_tokens(count: int, text: str) -> None:
    assert tokens(count) == text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("8192", 8192),
        ("32k", 32768),
        ("1.5K", 1536),
        ("1m", 2**20),
        (" 1M ", 2**20),
        ("97k", 99328),
    ],
)
def test_parse_tokens(text: str, count: int) -> None:
    assert parse_tokens(text) == count


@pytest.mark.parametrize("text", ["", "k", "32x", "-1", "0", "1.5", "nank", "infk", "1kk"])
def test_what_is_no_number_of_tokens(text: str) -> None:
    with pytest.raises(ValueError, match="is no context size"):
        parse_tokens(text)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (134_515_008, "135M"),
        (8_190_735_360, "8.2B"),
        (30_532_122_624, "30.5B"),
        (3_000_000_000, "3B"),
        (235_093_634_560, "235B"),
        (1_650_497_936_906, "1.7T"),
    ],
)
def test_parameters(count: int, text: str) -> None:
    assert parameters(count) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (7.6, 12.4, "about 8-12 tokens/s"),
        (0.8, 2.1, "about 0.8-2.1 tokens/s"),
        (8.1, 8.2, "about 8 tokens/s"),
    ],
)
def test_speed(low: float, high: float, text: str) -> None:
    assert speed(Range(low, (low + high) / 2, high)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (45, "45 s"),
        (59.6, "1 min"),
        (180, "3 min"),
        (3599, "1 h 0 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text
