"""llama.cpp's own cache, in which programs of llama.cpp put what they download.

``LLAMA_CACHE``, else ``llama.cpp`` in the user's cache folder (``fs_get_cache_directory`` in
llama.cpp's ``common/common.cpp``): files ``<owner>_<repository>_<file>.gguf``. Since 2026 what
``-hf`` downloads lies in the Hugging Face cache, or in ``LLAMA_CACHE`` laid out in the same way
(``common/hf-cache.cpp``). The places on macOS and Windows are read from that source and were not
tried on such a machine.
"""

from __future__ import annotations

from alcove.library.owners.hub import look_into_cache
from alcove.library.owners.sighting import Sighting, look_into
from alcove.library.owners.system import System


def look(system: System) -> Sighting:
    """Look into the cache: both at single files and at repositories."""
    folder = system.variable("LLAMA_CACHE") or system.caches / "llama.cpp"
    flat = look_into((folder,), "llama.cpp")
    repositories = look_into_cache(folder, "llama.cpp")
    inside = {file for model in repositories.models for file in model.files}
    single = tuple(model for model in flat.models if not inside.intersection(model.files))
    return Sighting((*repositories.models, *single), flat.folders)
