"""A KV cache that is as full as after a long conversation, without having had one.

llama.cpp writes the state of a sequence as the cells of its caches, one after another. From the
state after one token comes that after many, with empty keys and values: attention takes the time
that it takes, whatever they are.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass

_START = 8
"""A magic number and the number of the sequence."""

_NEXT_CACHE = (1, 1, 0, 1)
"""How a cache with one cell begins: streams, cells, the position of the cell, its sequences."""

_EXTENSIONS = (0, 12, 8)
"""Bytes of a cell between its number of sequences and the sequence: llama_kv_cell_ext."""

_MOST_LAYERS = 4096
_MOST_TYPES = 64
_LEAST_ROW, _MOST_ROW = 16, 2**20


class NotUnderstood(Exception):
    """The state is not written in the way that this module knows."""


@dataclass(frozen=True)
class _Rows:
    """Keys or values of one layer: what comes before them, and bytes per cell."""

    start: bytes
    cell_bytes: int


@dataclass(frozen=True)
class _Cache:
    """One KV cache with one cell. ``cell`` is that cell but for its position."""

    start: bytes
    cell: bytes
    middle: bytes
    rows: tuple[_Rows, ...]


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = _START

    def peek(self, form: str) -> tuple[int, ...]:
        try:
            return struct.unpack_from(f"<{form}", self.data, self.position)
        except struct.error:
            raise NotUnderstood from None

    def take(self, size: int) -> bytes:
        start, self.position = self.position, self.position + size
        if self.position > len(self.data):
            raise NotUnderstood
        return self.data[start : self.position]

    @property
    def is_at_end(self) -> bool:
        return self.position == len(self.data)


def filled(state: bytes, depth: int, window: int) -> mmap.mmap:
    """Return the state after ``depth`` tokens that grew from ``state``, that after one token.

    Of a second cache, which is that of the layers with a sliding window, ``window`` cells are full.
    Pages of zeros are not written, so that they take no memory. Raises NotUnderstood.
    """
    cursor = _Cursor(state)
    caches = [_cache(cursor)]
    while not cursor.is_at_end:
        start = cursor.position
        try:
            caches.append(_cache(cursor))
        except NotUnderstood:
            cursor.position = start
            break
    tail = bytearray(state[cursor.position :])
    if len(tail) >= _START:  # recurrent layers: how many states there are, and their position
        struct.pack_into("<i", tail, 4, depth - 1)
    elif tail:
        raise NotUnderstood
    counts = [depth] + [min(depth, window) if window else depth] * (len(caches) - 1)
    sizes = [_size(cache, count) for cache, count in zip(caches, counts, strict=True)]
    result = mmap.mmap(-1, _START + sum(sizes) + len(tail))
    result.write(state[:_START])
    for cache, count in zip(caches, counts, strict=True):
        _write(result, cache, count, depth)
    result.write(tail)
    return result


def _cache(cursor: _Cursor) -> _Cache:
    start = cursor.position
    streams, cells = cursor.peek("II")
    if (streams, cells) != (1, 1):
        raise NotUnderstood
    for extension in _EXTENSIONS:
        cursor.position = start
        try:
            return _cache_with(cursor, extension)
        except NotUnderstood:
            continue
    raise NotUnderstood


def _cache_with(cursor: _Cursor, extension: int) -> _Cache:
    start = cursor.take(4)
    cursor.take(4)  # number of cells
    position, sequences = cursor.peek("iI")
    if (position, sequences) != (0, 1):
        raise NotUnderstood
    cursor.take(4)
    cell = cursor.take(8 + extension)
    turned, layers = cursor.peek("II")
    if turned > 1 or layers > _MOST_LAYERS or cell[-4:] != cursor.data[4:_START]:
        raise NotUnderstood
    middle = cursor.take(8)
    if layers == 0 and cursor.peek("IIiI") != _NEXT_CACHE:  # it is of the windows' layers alone
        raise NotUnderstood
    rows = [_plain_rows(cursor) for _ in range(layers)]
    values = _turned_rows if turned else _plain_rows
    before = cursor.position
    try:
        rows += [values(cursor) for _ in range(layers)]
    except NotUnderstood:  # latent attention keeps no values
        cursor.position = before
        rows = rows[:layers]
    return _Cache(start, cell, middle, tuple(rows))


def _plain_rows(cursor: _Cursor) -> _Rows:
    kind, size = cursor.peek("iQ")
    if not (0 <= kind < _MOST_TYPES and _LEAST_ROW <= size <= _MOST_ROW):
        raise NotUnderstood
    start = cursor.take(12)
    cursor.take(size)
    return _Rows(start, size)


def _turned_rows(cursor: _Cursor) -> _Rows:
    kind, element, count = cursor.peek("iII")
    size = element * count
    if not (0 <= kind < _MOST_TYPES and 0 < element <= 8 and _LEAST_ROW <= size <= _MOST_ROW):
        raise NotUnderstood
    start = cursor.take(12)
    cursor.take(size)
    return _Rows(start, size)


def _size(cache: _Cache, cells: int) -> int:
    rows = sum(len(row.start) + row.cell_bytes * cells for row in cache.rows)
    return len(cache.start) + 4 + cells * (4 + len(cache.cell)) + len(cache.middle) + rows


def _write(result: mmap.mmap, cache: _Cache, cells: int, depth: int) -> None:
    result.write(cache.start + struct.pack("<I", cells))
    for position in range(depth - cells, depth):
        result.write(struct.pack("<i", position) + cache.cell)
    result.write(cache.middle)
    for row in cache.rows:
        result.write(row.start)
        result.seek(row.cell_bytes * cells, 1)
