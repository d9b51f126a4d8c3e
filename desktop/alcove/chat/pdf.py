"""The text of PDF files."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from alcove.errors import AlcoveError, AttachmentError, reason
from alcove.i18n import _


def read_pdf(name: str, data: bytes, report: Callable[[float], None]) -> str:
    """Return the text of all pages; ``name`` is what errors call the file.

    ``report`` gets fractions of 1 with every page. Raises AttachmentError where there is no text to
    read: in scanned pages, and behind a password.
    """
    from pypdf import PdfReader  # takes long, and most messages need none of it
    from pypdf.errors import DependencyError

    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise _locked(name)
        pages: list[str] = []
        for number, page in enumerate(reader.pages):
            report(number / len(reader.pages))
            pages.append(page.extract_text().strip())
    except AlcoveError:
        raise
    except DependencyError as error:
        raise _locked(name) from error
    except Exception as error:  # a broken file may raise anything, says pypdf
        raise AttachmentError(
            _("{name} could not be read: {reason}.").format(name=name, reason=reason(error)),
            _("Open it in another program and save it anew."),
        ) from error
    if not any(pages):
        raise AttachmentError(
            _("{name} has no text: its pages are pictures.").format(name=name),
            _("Have its text recognized (OCR) by another program first."),
        )
    return "\n\n".join(pages)


def _locked(name: str) -> AttachmentError:
    return AttachmentError(
        _("{name} is protected by a password.").format(name=name),
        _("Save it without one by another program first."),
    )
