"""Files that are left to huggingface_hub, which begins them anew each time.

Those are the small ones that have no SHA-256, and all others where the user wants hf-xet: that is
native code, which cannot be interrupted, and empties the file to which it writes when it starts.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alcove.hub.client import api
from alcove.hub.failures import hub_failures
from alcove.hub.layout import RepositoryFolder, size_of
from alcove.hub.pulse import Pulse
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.i18n import _
from alcove.network import Network

_LOOK_S = 0.2


def receive_whole(
    model: RemoteModel, file: RemoteFile, network: Network, folder: RepositoryFolder, pulse: Pulse
) -> Path:
    """Bring ``file`` into the cache and return its path there; raises HubError and OSError."""
    pulse.received(file.path, 0)
    why = _("download of {file}").format(file=file.path)
    with (
        hub_failures(network, model.repository),
        api(network, why) as hub,
        _watched(file, folder, pulse),
    ):
        path = hub.hf_hub_download(
            model.repository, file.path, revision=model.revision, cache_dir=folder.cache
        )
    pulse.received(file.path, file.size_bytes)
    return Path(path)


@contextmanager
def _watched(file: RemoteFile, folder: RepositoryFolder, pulse: Pulse) -> Iterator[None]:
    """Note how the file grows, which huggingface_hub tells nobody but a terminal."""
    ended = threading.Event()

    def look() -> None:
        while file.sha256 and not ended.wait(_LOOK_S):
            size = max(map(size_of, folder.orphans(file.sha256)), default=0)
            pulse.grew(file.path, min(size, file.size_bytes))

    thread = threading.Thread(target=look, name="growth", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
