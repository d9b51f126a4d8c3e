"""What the names of GGUF files say: the quantization, and the part of a split model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_QUANTIZATION = re.compile(
    r"""(?<![A-Za-z0-9])
    (UD[-_])?
    ( I?Q[1-8] (?:_[01]|_NL|_K_(?:XXL|XL|[SML])|_K|_XXS|_XS|_[SM])(?:_[048]_[48]|_[XLMS]+)?
    | TQ[12]_0 | (?:MXFP4|NVFP4)(?:_MOE)? | BF16 | F16 | FP16 | F32 | FP32 )
    (?![A-Za-z0-9])""",
    re.IGNORECASE | re.VERBOSE,
)
_PART = re.compile(
    r"^(?P<stem>.+?)(?:\.gguf)?-(?:split-)?(?P<number>\d{5})-of-(?P<count>\d{5})(?:\.gguf)?$",
    re.IGNORECASE,
)
_SYNONYMS = {"FP16": "F16", "FP32": "F32"}

_MAIN_TYPES = {
    "IQ2_S": "IQ2_XS",
    "IQ2_M": "IQ2_S",
    "IQ3_XS": "IQ3_S",
    "IQ3_M": "IQ3_S",
    "Q8_K": "Q8_0",
}
"""Quantizations whose name is not that of a type, or that of another one."""

_FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    36: "TQ1_0",
    37: "TQ2_0",
    38: "MXFP4_MOE",
    39: "NVFP4",
    40: "Q1_0",
    41: "Q2_0",
}

_PREFERRED = (
    *("Q4_K_M", "UD-Q4_K_XL", "UD-Q4_K_M", "Q4_K_L", "Q4_K_S", "UD-Q4_K_S", "Q4_K"),
    *("MXFP4", "MXFP4_MOE", "IQ4_NL", "IQ4_XS", "UD-IQ4_XS", "Q4_1", "Q4_0", "NVFP4"),
    *("Q5_K_M", "UD-Q5_K_XL", "UD-Q5_K_M", "Q5_K_S", "Q5_1", "Q5_0"),
    *("Q6_K", "UD-Q6_K_XL", "UD-Q6_K", "Q8_0", "UD-Q8_K_XL"),
    *("UD-Q3_K_XL", "Q3_K_L", "Q3_K_M", "UD-Q3_K_M", "Q3_K_S", "BF16", "F16"),
)
"""What to take where nobody chose: about 4 bits per weight lose little and run everywhere."""

_PROJECTORS = ("F16", "BF16", "Q8_0", "F32")
"""Precisions of projectors, in the order in which they are taken."""


@dataclass(frozen=True)
class Part:
    """Which part of a split model a file is: ``number`` of ``count``, from 1.

    ``stem`` is the path without what tells the parts apart.
    """

    stem: str
    number: int
    count: int


def quantization_of(path: str) -> str | None:
    """Return the quantization that a file name states ("Q4_K_M", "UD-IQ2_XXS"), or None.

    The last one counts, and a folder's name where the file's states none.
    """
    folder, _slash, name = path.rpartition("/")
    for part in (name, folder.rpartition("/")[2]):
        if found := _QUANTIZATION.findall(part):
            prefix, name = found[-1]
            plain = str(name).upper()
            return ("UD-" if prefix else "") + _SYNONYMS.get(plain, plain)
    return None


def quantization_of_file_type(file_type: object) -> str | None:
    """Return the quantization that the metadata value ``general.file_type`` stands for."""
    return _FILE_TYPES.get(file_type) if isinstance(file_type, int) else None


def preferred(quantizations: Iterable[str]) -> str:
    """Return the quantization to take where nobody chose: Q4_K_M, or what comes nearest.

    Where none is known, the first. Raises ValueError if there is none at all.
    """
    there = list(quantizations)
    ranks = {name: rank for rank, name in enumerate(_PREFERRED)}
    return min(there, key=lambda name: ranks.get(name.upper(), len(ranks)))


def is_gguf(path: str) -> bool:
    """Whether the name is one of a GGUF or of a part of one."""
    lower = path.lower()
    return lower.endswith(".gguf") or (".gguf-" in lower and part_of(path) is not None)


def is_companion(path: str) -> bool:
    """Whether the name is one of a file that only accompanies a model: projector, imatrix."""
    return is_projector(path) or "imatrix" in _last(path).lower()


def is_projector(path: str) -> bool:
    """Whether the name is one of a projector, by which a model takes images or sound."""
    return "mmproj" in _last(path).lower()


def projector_rank(path: str) -> int:
    """Return the place of a projector among those of one model that differ in precision, from 0."""
    name = quantization_of(path)
    return _PROJECTORS.index(name) if name in _PROJECTORS else len(_PROJECTORS)


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def part_of(path: str) -> Part | None:
    """Return which part of a split model the name states, or None for a single file."""
    match = _PART.match(path) if "-of-" in path or "-OF-" in path else None
    if match is None:
        return None
    return Part(match["stem"], int(match["number"]), int(match["count"]))


def grouped(paths: Iterable[str]) -> list[tuple[str, ...]]:
    """Put the parts of split models together, in order; single files stand alone.

    Parts that are missing are simply not there: see ``missing_parts``.
    """
    groups: dict[str, list[tuple[int, str]]] = {}
    for path in paths:
        part = part_of(path)
        key, number = (f"{part.stem}/{part.count}", part.number) if part else (path, 0)
        groups.setdefault(key, []).append((number, path))
    return [tuple(path for _number, path in sorted(group)) for group in groups.values()]


def missing_parts(paths: Iterable[str]) -> tuple[int, ...]:
    """Return the numbers of the parts that are not among ``paths``, all of one model."""
    parts = [part for path in paths if (part := part_of(path))]
    if not parts:
        return ()
    return tuple(sorted(set(range(1, parts[0].count + 1)) - {part.number for part in parts}))


def main_type(quantization: str) -> str:
    """Return ggml's name of the type that most weights of a quantization have: Q4_K for Q4_K_M.

    A name that is no quantization counts as F16.
    """
    match = _QUANTIZATION.search(quantization)
    if match is None:
        return "F16"
    name = _SYNONYMS.get(match[2].upper(), match[2].upper()).removesuffix("_MOE")
    name = re.sub(r"(?<=K)_\w+$|(?<=_[01])_\w+$", "", name)
    return _MAIN_TYPES.get(name, name)
