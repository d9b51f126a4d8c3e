"""Everything that can go wrong in a way the user can do something about.

AlcoveError
├── ModelFileError       the file itself: missing, not a GGUF, damaged, unknown architecture
├── TargetError          a name that leads to no model, or to no machine
│   └── OptionError      one that was given to an option, which the command line calls wrong usage
├── HubError             the hub: no answer, no such repository, no permission
│   ├── OfflineError     the network is switched off or cannot be reached
│   ├── BusyError        it cannot answer now, but will later
│   └── GatedError       the publisher wants a licence accepted first
├── TransferError        a download that cannot go on: disk full, wrong content
├── EngineError          the model process
│   ├── LoadError        it could not load the model
│   ├── ModelMemoryError it needs more memory than there is
│   └── EngineStopped    it ended while it was needed
├── RequestError         the model process refused a request
├── TrialError           a trial that cannot be run as it is
├── StorageError         Alcove's own files: settings, conversations
├── AttachmentError      a file that cannot go with a message
├── ImportFailed         a file out of which no conversations can be read
└── Cancelled            the user asked to stop

Foreign exceptions are turned into one of these once, at the boundary, with ``raise ... from``.
"""

from __future__ import annotations

import re
from enum import Enum

from alcove.i18n import _

_ERROR_NUMBER = re.compile(r"^\[Errno -?\d+\] ")


class Remedy(Enum):
    """What the user can do about a failure; the window offers each as a button."""

    RETRY = "retry"
    RELOAD = "reload"
    LESS_CONTEXT = "less-context"
    SMALLER_MODEL = "smaller-model"
    FREE_DISK = "free-disk"
    SIGN_IN = "sign-in"
    GO_ONLINE = "go-online"
    DOWNLOAD_AGAIN = "download-again"
    CHOOSE_MODEL = "choose-model"


class AlcoveError(Exception):
    """An expected failure: ``cause`` says what happened, ``advice`` what to do about it."""

    def __init__(self, cause: str, advice: str = "", *remedies: Remedy) -> None:
        super().__init__(cause, advice)
        self.cause = cause
        self.advice = advice
        self.remedies = remedies

    def __str__(self) -> str:
        return f"{self.cause} {self.advice}".strip()


class ModelFileError(AlcoveError):
    """A model file cannot be used."""


class TargetError(AlcoveError):
    """A name leads to no model, or to no machine."""


class OptionError(TargetError):
    """What an option was given leads to nothing."""


class HubError(AlcoveError):
    """The hub did not give what was asked."""


class OfflineError(HubError):
    """The network is switched off or cannot be reached."""


class BusyError(HubError):
    """The hub cannot answer now; ``retry_after_s`` is how long it wants to be left alone."""

    retry_after_s: float | None = None


class GatedError(HubError):
    """The publisher wants the licence accepted and a token sent."""


class TransferError(AlcoveError):
    """A download cannot go on."""


class EngineError(AlcoveError):
    """The model process failed."""


class LoadError(EngineError):
    """The model could not be loaded."""


class ModelMemoryError(EngineError):
    """The model needs more memory than there is."""


class EngineStopped(EngineError):
    """The model process ended while it was needed."""


class RequestError(AlcoveError):
    """The model process refused a request."""


class TrialError(AlcoveError):
    """A trial cannot be run as it is."""


class StorageError(AlcoveError):
    """One of Alcove's own files cannot be read or written."""


class AttachmentError(AlcoveError):
    """A file cannot go with a message."""


class ImportFailed(AlcoveError):
    """No conversations can be read out of a file."""


class Cancelled(AlcoveError):
    """The user asked to stop."""

    def __init__(self) -> None:
        super().__init__(_("Cancelled."))


def reason(failure: object) -> str:
    """Return what a foreign exception, or a program, says of a failure, to end a sentence with.

    It is one line without an error number or a full stop, and never empty.
    """
    said = getattr(failure, "strerror", None) or str(failure) or type(failure).__name__
    return _ERROR_NUMBER.sub("", " ".join(str(said).split())).rstrip(".")
