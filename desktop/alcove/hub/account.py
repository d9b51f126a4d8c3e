"""The user's account at the hub: whether there is a token, and where it comes from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from huggingface_hub import constants

_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


@dataclass(frozen=True)
class Account:
    """``source`` is a variable or the file ``path``, which `hf auth login` writes, or neither.

    What the token is, is nowhere kept; whether the hub accepts it is not asked.
    """

    source: Literal["variable", "file", "none"]
    path: Path
    variable: str = ""


def read_account(environment: Mapping[str, str] | None = None) -> Account:
    """Look for a token as huggingface_hub does: in the environment, then in its file."""
    variables = os.environ if environment is None else environment
    path = Path(constants.HF_TOKEN_PATH)
    for name in _VARIABLES:
        if variables.get(name, "").strip():
            return Account("variable", path, name)
    try:
        known = bool(path.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        known = False
    return Account("file" if known else "none", path)
