"""The program: the window without arguments, the command line with a verb."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from alcove.network import go_offline
from alcove.seal import seal

_OF_THE_WINDOW = ("--self-test", "--screenshots")
_OFFLINE = "--offline"
_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run Alcove and return its exit code; Qt is imported only for the window."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        return _run(given)
    except KeyboardInterrupt:  # while modules were imported: later, somebody else catches it
        return _FAILED


def _run(given: Sequence[str]) -> int:
    seal()
    if given[:1] == [_OFFLINE]:
        go_offline()
        given = given[1:]
    if not given or given[0] in _OF_THE_WINDOW:
        from alcove.gui.app import run

        return run(given)
    from alcove.cli.app import execute

    return execute(given)


if __name__ == "__main__":
    sys.exit(main())
