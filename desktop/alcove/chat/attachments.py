"""From a file of the user's to what goes with a message."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from alcove.chat.conversation import Attachment, Kind
from alcove.chat.pdf import read_pdf
from alcove.errors import AttachmentError, reason
from alcove.i18n import _
from alcove.words import gigabytes

MOST_BYTES = 50_000_000
"""The largest file that is read."""
MOST_CHARACTERS = 2_000_000
"""The longest text that goes with a message; no model here reads more."""

_PROSE = {"", ".txt", ".md", ".markdown", ".rst", ".log", ".tex", ".srt", ".vtt"}
_TABLES = {".csv", ".tsv"}
_FOREIGN = {".gguf", ".safetensors", ".zip", ".gz", ".7z", ".png", ".jpg", ".jpeg", ".gif", ".webp"}
_FENCE = re.compile("`{3,}")


def may_be_attached(path: Path) -> bool:
    """Whether a file is worth a look, going by its name."""
    return path.is_file() and path.suffix.lower() not in _FOREIGN


def read_attachment(path: Path, report: Callable[[float], None]) -> Attachment:
    """Read a file; raises AttachmentError with the reason why it cannot go with a message.

    ``report`` gets fractions of 1; whatever it raises is passed on. It may take a while.
    """
    report(0.0)
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise AttachmentError(
                _("{name} has {size}; files up to {most} can be attached.").format(
                    name=path.name, size=gigabytes(size), most=gigabytes(MOST_BYTES)
                ),
                _("Attach a part of it."),
            )
        kind = _kind(path)
        data = path.read_bytes()
    except OSError as error:
        raise AttachmentError(
            _("{name} could not be read: {reason}.").format(name=path.name, reason=reason(error)),
            _("Check that it is still there and that you may read it."),
        ) from error
    text = read_pdf(path.name, data, report) if kind == "pdf" else _decoded(path.name, data)
    return Attachment(path.name, kind, _checked(path.name, text))


def as_prompt(attachment: Attachment) -> str:
    """Return what the model reads of an attachment: its name, and its text as a code block."""
    longest = max((len(found) for found in _FENCE.findall(attachment.text)), default=2)
    fence = "`" * (longest + 1)
    language = "" if attachment.kind in {"text", "pdf"} else _suffix(attachment.name)
    return f"{attachment.name}:\n\n{fence}{language}\n{attachment.text.rstrip()}\n{fence}"


def _kind(path: Path) -> Kind:
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        return "pdf"
    if suffix in _TABLES:
        return "table"
    return "text" if suffix in _PROSE else "code"


def _suffix(name: str) -> str:
    return Path(name).suffix.removeprefix(".").lower()


def _decoded(name: str, data: bytes) -> str:
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ("utf-16",) if marked else ("utf-8-sig", "cp1252")
    if marked or b"\0" not in data:
        for encoding in encodings:
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise AttachmentError(
        _("{name} is no text.").format(name=name),
        _("Text, code, CSV and PDF files can be attached."),
    )


def _checked(name: str, text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise AttachmentError(_("{name} is empty.").format(name=name))
    if len(text) > MOST_CHARACTERS:
        raise AttachmentError(
            _("{name} has {count} characters; {most} can be attached.").format(
                name=name, count=f"{len(text):,}", most=f"{MOST_CHARACTERS:,}"
            ),
            _("Attach a part of it."),
        )
    return text
