"""The Hugging Face hub: what repositories hold, and downloads into its shared cache."""

from __future__ import annotations

import os
from importlib import import_module

from alcove.network import is_address


def _import_constants() -> None:
    """Import the part of huggingface_hub that breaks if HF_ENDPOINT is no address.

    ``Network.require`` says so when the hub is needed; models that are installed work without.
    """
    endpoint = os.environ.get("HF_ENDPOINT")
    if endpoint and not is_address(endpoint):
        del os.environ["HF_ENDPOINT"]
        try:
            import_module("huggingface_hub.constants")
        finally:
            os.environ["HF_ENDPOINT"] = endpoint


_import_constants()
