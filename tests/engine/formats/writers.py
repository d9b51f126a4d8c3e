"""How every family writes, and the answers that it is to be read in."""

from __future__ import annotations

from engine.formats import text_writers, token_writers

WRITERS = (*text_writers.WRITERS, *token_writers.WRITERS)
SAMPLES = tuple(sample for writer in WRITERS for sample in writer.samples())
