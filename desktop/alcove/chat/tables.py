"""The rows of CSV files, to show them."""

from __future__ import annotations

import csv
from io import StringIO
from itertools import islice

_SEPARATORS = ",;\t|"

Rows = tuple[tuple[str, ...], ...]


def rows_of(text: str, most: int) -> Rows:
    """Return the first ``most`` rows of a CSV file, all as long as the longest of them.

    What separates the fields is what the first line has most of.
    """
    first = text[: text.find("\n")]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(StringIO(text), delimiter=separator)
    try:
        rows = [tuple(row) for row in islice(reader, most) if row]
    except csv.Error:  # a field longer than csv reads
        rows = [(line,) for line in text.splitlines()[:most]]
    width = max(map(len, rows), default=0)
    return tuple(row + ("",) * (width - len(row)) for row in rows)
