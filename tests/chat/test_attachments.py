"""Files of many kinds become text, or a sentence that says why not."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from alcove.chat import attachments
from alcove.chat.attachments import as_prompt, may_be_attached, read_attachment
from alcove.chat.conversation import Attachment
from alcove.chat.tables import rows_of
from alcove.errors import AttachmentError, Cancelled


def read(path: Path) -> Attachment:
    return read_attachment(path, lambda _fraction: None)


def pdf_of(*texts: str, password: str = "") -> bytes:
    """Return a PDF with a page for each text."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in texts:
        page = writer.add_blank_page(300, 300)
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(content)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})}
        )
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "kind", "text"),
    [
        ("notes.txt", "Grüße\r\n".encode(), "text", "Grüße\n"),
        ("notes.md", b"\xef\xbb\xbf# Title", "text", "# Title"),
        ("old.txt", "Grüße".encode("cp1252"), "text", "Grüße"),
        ("wide.txt", "Grüße".encode("utf-16"), "text", "Grüße"),
        ("main.py", b"print(1)\n", "code", "print(1)\n"),
        ("data.CSV", b"a;b\n1;2\n", "table", "a;b\n1;2\n"),
        ("paper.pdf", pdf_of("First page", "Second page"), "pdf", "First page\n\nSecond page"),
    ],
)
def test_file_is_read_as_text(tmp_path: Path, name: str, data: bytes, kind: str, text: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert read(tmp_path / name) == Attachment(name, kind, text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "data", "cause"),
    [
        ("empty.txt", b" \n", "empty.txt is empty"),
        ("program.bin", b"\x7fELF\0\0\0", "program.bin is no text"),
        ("locked.pdf", pdf_of("Secret", password="pw"), "protected by a password"),
        ("scan.pdf", pdf_of(""), "its pages are pictures"),
        ("broken.pdf", b"%PDF-1.7 nothing more", "broken.pdf could not be read"),
        ("broken2.pdf", pdf_of("Text")[:300], "broken2.pdf"),
    ],
)
def test_what_is_no_text_says_so(tmp_path: Path, name: str, data: bytes, cause: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(AttachmentError, match=cause):
        read(tmp_path / name)


def test_file_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(AttachmentError, match="could not be read"):
        read(tmp_path / "gone.txt")


def test_limits_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "long.txt"
    path.write_text("word " * 100)
    monkeypatch.setattr(attachments, "MOST_CHARACTERS", 100)
    with pytest.raises(AttachmentError, match="has 500 characters; 100 can be attached"):
        read(path)
    monkeypatch.setattr(attachments, "MOST_BYTES", 100)
    with pytest.raises(AttachmentError, match="files up to"):
        read(path)


def test_pdf_reports_its_pages_and_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf_of("one", "two", "three", "four"))
    assert len(PdfReader(path).pages) == 4
    told: list[float] = []
    read_attachment(path, told.append)
    assert told == [0.0, 0.0, 0.25, 0.5, 0.75]

    def stop(fraction: float) -> None:
        if fraction:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_attachment(path, stop)


def test_prompt_names_the_file_and_fences_its_text() -> None:
    assert as_prompt(Attachment("a.py", "code", "pass\n")) == "a.py:\n\n```py\npass\n```"
    assert as_prompt(Attachment("a.pdf", "pdf", "Hi")) == "a.pdf:\n\n```\nHi\n```"
    nested = as_prompt(Attachment("a.md", "text", "````\ncode\n````"))
    assert nested == "a.md:\n\n`````\n````\ncode\n````\n`````"


def test_models_and_pictures_are_not_attached(tmp_path: Path) -> None:
    for name in ("model.gguf", "photo.PNG", "notes.txt"):
        (tmp_path / name).touch()
    names = ("model.gguf", "photo.PNG", "notes.txt", "gone.txt", ".")
    assert [name for name in names if may_be_attached(tmp_path / name)] == ["notes.txt"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\n", (("a", "b"), ("1", "2"))),
        ('a;b\n"x;y";2\n', (("a", "b"), ("x;y", "2"))),
        ("a\tb\n1\n", (("a", "b"), ("1", ""))),
        ('a,b\n"two\nlines",2\n', (("a", "b"), ("two\nlines", "2"))),
        ("alone\n", (("alone",),)),
        ("x" * 200_000, (("x" * 200_000,),)),
    ],
)
def test_rows_of_tables(text: str, rows: tuple[tuple[str, ...], ...]) -> None:
    assert rows_of(text, 10) == rows
    assert rows_of(text, 1) == (rows[0],)
