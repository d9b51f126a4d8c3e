"""How a verdict on memory was come by, in words for people."""

from __future__ import annotations

from alcove.fit.result import Basis
from alcove.i18n import _


def basis_in_words(basis: Basis) -> str:
    """Say how the bytes of a verdict were come by."""
    return {
        "dry-run": _("Checked with llama.cpp's own dry run of this file."),
        "header": _("Estimated from the publisher's configuration; the file was not looked into."),
        "catalog": _("Estimated from the size of the file and the model's published shape."),
    }[basis]
