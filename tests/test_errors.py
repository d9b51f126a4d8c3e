from __future__ import annotations

import errno

import pytest

from alcove.errors import reason


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (OSError(errno.ENOENT, "No such file or directory", "/a"), "No such file or directory"),
        (OSError("odd"), "odd"),
        (ValueError("It is missing a protocol."), "It is missing a protocol"),
        (ValueError("first\nsecond.\n"), "first second"),
        (TimeoutError(), "TimeoutError"),
        ("killed.", "killed"),
        (RuntimeError("[Errno 111] Connection refused"), "Connection refused"),
        (RuntimeError("[Errno -2] Name or service not known"), "Name or service not known"),
    ],
)
def test_a_reason_ends_a_sentence(failure: object, said: str) -> None:
    assert reason(failure) == said
