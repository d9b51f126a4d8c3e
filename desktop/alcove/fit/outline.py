"""What rebuilt headers say of the catalog's files, in a short form that ships with it.

Rebuilding the headers of all files takes seconds; a list of them must not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

from alcove.fit.kv import KvCache
from alcove.fit.shape import Part, Shape


def outline_of(shape: Shape) -> dict[str, Any]:
    """Return what the files of one model have in common, as JSON."""
    return {
        "kv": list(astuple(shape.kv)),
        "width": shape.width,
        "expert_share": shape.expert_share,
        "vocabulary_size": shape.vocabulary_size,
        "tokenizer_model": shape.tokenizer_model,
        "tokenizer_merges": shape.tokenizer_merges,
        "drafts": shape.drafts,
        "files": {},
    }


def file_outline(shape: Shape) -> list[Any]:
    """Return what one file takes, as JSON: its different parts, and which part each place has.

    The places are the embedding, the output and the layers, each a letter. The last member says
    whether the embedding serves as the output.
    """
    places = (shape.embedding, shape.output, *shape.blocks)
    parts = list({_key(part): part for part in places}.values())
    letters = {_key(part): chr(ord("a") + index) for index, part in enumerate(parts)}
    order = "".join(letters[_key(part)] for part in places)
    return [[_part_of(part) for part in parts], order, shape.tied]


def shape_from_outline(outline: Mapping[str, Any], name: str, context: int) -> Shape | None:
    """Read the shape of the file of the quantization ``name``; None where it is not described."""
    if (file := outline["files"].get(name)) is None:
        return None
    listed, order, tied = file
    parts = [Part(*part) for part in listed]
    embedding, output, *blocks = (parts[ord(letter) - ord("a")] for letter in order)
    return Shape(
        embedding=embedding,
        blocks=tuple(blocks),
        output=output,
        tied=tied,
        expert_share=outline["expert_share"],
        kv=KvCache(*outline["kv"]),
        width=outline["width"],
        context_limit=context,
        vocabulary_size=outline["vocabulary_size"],
        tokenizer_model=outline["tokenizer_model"],
        tokenizer_merges=outline["tokenizer_merges"],
        drafts=outline["drafts"],
        basis="header",
    )


def _part_of(part: Part) -> Sequence[Mapping[str, int]]:
    return [part.dense, part.experts] if part.experts else [part.dense]


def _key(part: Part) -> str:
    return repr((sorted(part.dense.items()), sorted(part.experts.items())))
