"""Whether a smaller model can guess for a larger one, by their headers alone."""

from __future__ import annotations

from collections.abc import Sequence

from alcove.engine.load import FEW_TOKENS, of_another_family
from alcove.gguf.split import read_model
from alcove.library.installed import InstalledModel

_SAMPLES = 50


def require_family(draft: InstalledModel, model: InstalledModel) -> None:
    """Raise LoadError if the vocabularies differ, before anything is loaded, or ModelFileError."""
    small, large = _vocabulary(draft), _vocabulary(model)
    if not small or not large:
        return  # the model process sees
    shared = min(len(small), len(large))
    alike = all(small[at] == large[at] for at in range(0, shared, max(shared // _SAMPLES, 1)))
    if not alike or abs(len(small) - len(large)) > FEW_TOKENS:
        raise of_another_family(draft.path.name, model.path.name)


def _vocabulary(model: InstalledModel) -> Sequence[object]:
    tokens = read_model(model.files).metadata.get("tokenizer.ggml.tokens")
    return tokens if isinstance(tokens, Sequence) and not isinstance(tokens, str) else ()
