"""Walk a journey with a full disk: ``python full_disk.py FOLDER COMMANDS``, as ``journey.py`` does.

FOLDER becomes a small disk of its own, without a byte left, in a mount namespace. What is in it is
copied there before. Ends with status 77 where the system forbids that.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

FORBIDDEN = 77
_NEW_USER, _NEW_MOUNTS = 0x10000000, 0x00020000
_SIZE = "size=1m"


def fill(folder: Path) -> None:
    """Put a full disk in the place of ``folder``; raises OSError where that is forbidden."""
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_USER | _NEW_MOUNTS):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with tempfile.TemporaryDirectory() as kept:
        shutil.copytree(folder, kept, dirs_exist_ok=True)
        if libc.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, _SIZE.encode()):
            raise OSError(ctypes.get_errno(), "mount")
        shutil.copytree(kept, folder, dirs_exist_ok=True)
    with suppress(OSError), (folder / "filling").open("wb", buffering=0) as filling:
        while filling.write(bytes(512)):
            pass


if __name__ == "__main__":
    try:
        fill(Path(sys.argv[1]))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(FORBIDDEN)
    journey = Path(__file__).with_name("journey.py")
    os.execv(sys.executable, [sys.executable, str(journey), *sys.argv[2:]])
