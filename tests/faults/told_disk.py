"""The transfer process on a disk with as many bytes left as a file says: ``told_disk.py FILE``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from alcove.hub.transfer import main


def tell(file: Path) -> None:
    """Let ``file`` say how much is free, on whatever disk is looked at."""
    usage = shutil.disk_usage(file)
    shutil.disk_usage = lambda _path: usage._replace(free=int(file.read_text()))  # type: ignore[assignment]


if __name__ == "__main__":
    tell(Path(sys.argv[1]))
    main()
