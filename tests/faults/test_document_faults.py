"""Files that are broken, locked, empty or made to do harm: each is refused with one sentence, soon and cheaply."""

from __future__ import annotations

import contextlib
import os
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from written_documents import CONTAINER, WORD, docx_parts, epub_parts, pdf_bytes, zipped

from desktop_llm.documents import document, pdf, reading
from desktop_llm.documents.reading import read_document
from desktop_llm.errors import UserError

ENTITIES = f'<!DOCTYPE x [<!ENTITY a "{"ha" * 50}"><!ENTITY b "{"&a;" * 50}">]>'
BOMB = f"{ENTITIES}<w:document {WORD}><w:p>&b;</w:p></w:document>"
SCAN = "It holds only pictures of pages, no text: it is a scan."
DRM = '<encryption><x><CipherReference URI="OEBPS/a.xhtml"/></x></encryption>'
FONTS = '<encryption><x><CipherReference URI="OEBPS/fonts/a.otf"/></x></encryption>'


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_document(path)
    assert caught.value.problem.remedy
    return caught.value.problem.text.replace("{name}", "It")


def written(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.txt", b"", "The file It is empty."),
        ("a.txt", b" \n\t\n", "It holds no text."),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100), "It holds no text that could be read."),
        ("a.txt", os.urandom(20_000), "It holds no text that could be read."),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "It is in a format that is not read here."),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
         "It is protected with a password."),
        ("a.rtf", rb"{\rtf1 hello}", "It is in a format that is not read here."),
        ("a.docx", b"no zip at all", "It is damaged: it is not whole, or not the kind of file its name says."),
        ("a.pdf", b"no pdf at all", "It is damaged: it is not whole, or not the kind of file its name says."),
        ("a.pdf", b"%PDF-1.7\n garbage", "It is damaged: it is not whole, or not the kind of file its name says."),
        ("a.pdf", pdf_bytes([[("secret", 40, 500, 10)]], encrypted=True), "It is protected with a password."),
        ("a.pdf", pdf_bytes([[], [], []], pictures=range(3)), SCAN),
        ("a.pdf", pdf_bytes([[]]), "It holds no text."),
        ("a.html", b"<html><script>only()</script></html>", "It holds no text."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_its_reason(tmp_path: Path, name: str, data: bytes, sentence: str) -> None:
    assert refusal(written(tmp_path, name, data)) == sentence


def package(folder: Path, name: str, parts: dict[str, str | bytes]) -> Path:
    return zipped(folder / name, parts)


@pytest.mark.parametrize(
    ("parts", "beginning"),
    [
        ({"xl/workbook.xml": "<x/>", "[Content_Types].xml": "<x/>"}, "It is in a format"),
        ({"photo.png": b"\x89PNG"}, "It is damaged"),
        (docx_parts("") | {"word/document.xml": BOMB}, "It unpacks to far more"),
        (docx_parts("") | {"word/document.xml": f"<w:document {WORD}><w:p>"}, "It is damaged"),
        (docx_parts("<w:p>" * 300 + "</w:p>" * 300), "It is damaged"),
        (docx_parts("x" * 100_000_000), "It unpacks to far more"),
        (epub_parts({"a": "<p>words"}, encryption=DRM), "It is protected by who sold it (DRM)"),
        (epub_parts({"a": ""}), "It is damaged"),
        ({"META-INF/container.xml": CONTAINER}, "It is damaged"),
    ],
)
def test_packages_are_refused_by_their_reason(tmp_path: Path, parts: dict[str, str | bytes], beginning: str) -> None:
    path = package(tmp_path, "a.docx", parts)
    tracemalloc.start()
    try:
        assert refusal(path).startswith(beginning)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


def test_a_package_that_lies_about_its_sizes_fills_no_memory(tmp_path: Path) -> None:
    path = package(tmp_path, "a.docx", docx_parts("<w:p/>" * 2_000_000))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as made:
        real = made.getinfo("word/document.xml").file_size.to_bytes(4, "little")
    while (at := data.find(real)) >= 0:
        data[at : at + 4] = (1_000).to_bytes(4, "little")
    assert refusal(written(tmp_path, "b.docx", bytes(data))).startswith("It is damaged")


def test_a_package_with_an_endless_list_is_refused_before_it_is_read(tmp_path: Path) -> None:
    data = bytearray(package(tmp_path, "a.docx", docx_parts("")).read_bytes())
    at = data.rfind(b"PK\5\6")
    data[at + 12 : at + 16] = (2**31).to_bytes(4, "little")
    assert refusal(written(tmp_path, "b.docx", bytes(data))).startswith("It unpacks to far more")


def test_a_book_whose_fonts_alone_are_hidden_is_read(tmp_path: Path) -> None:
    path = package(tmp_path, "a.epub", epub_parts({"a": "<p>words</p>"}, encryption=FONTS))
    assert read_document(path).text == "words"


@pytest.mark.parametrize("cut", [10, 200, 400, 500])
def test_a_package_that_is_cut_off_is_damaged(tmp_path: Path, cut: int) -> None:
    data = package(tmp_path, "a.docx", docx_parts("<w:p><w:r><w:t>words</w:t></w:r></w:p>")).read_bytes()
    assert refusal(written(tmp_path, "b.docx", data[:-cut])).startswith("It is damaged")


def test_more_text_than_can_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = written(tmp_path, "a.txt", b"")
    os.truncate(large, document.MOST_TEXT)
    with large.open("r+b") as file:
        file.write(b"words " * 2_000)
    assert refusal(large).startswith("It holds more text than can be read at once")
    monkeypatch.setattr(document, "MOST_TEXT", 1_000)
    many = package(tmp_path, "a.docx", docx_parts("<w:p><w:r><w:t>words</w:t></w:r></w:p>" * 200))
    assert refusal(many).startswith("It holds more text than can be read at once")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize("name", ["pipe", "folder", "nowhere", "/dev/zero", "a\0b", "x" * 5_000])
def test_only_files_are_opened(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    sentences = ("It is not a file", "There is no file", "The file It could not be read")
    assert refusal(tmp_path / name).startswith(sentences)


@pytest.mark.parametrize(
    ("program", "beginning"),
    [
        ("import os; os.abort()", "It could not be read: what reads PDF files broke down"),
        ("print('nonsense')", "It could not be read"),
        ("print('[]')", "It could not be read"),
        ('print(\'{"pages": 1, "title": "", "outline": []}\')', "It could not be read"),
        ('print(\'{"pages": 1}\\n{"lines": [[1]]}\')', "It could not be read"),
        ("import time; time.sleep(60)", "Reading It took too long"),
        ("print('{' + ' ' * 3_000_000)", "It holds more text"),
    ],
)
def test_a_reader_that_breaks_down_takes_nothing_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, beginning: str
) -> None:
    monkeypatch.setattr(pdf, "child_command", lambda _: [sys.executable, "-c", program])
    monkeypatch.setattr(pdf, "LONGEST_SILENCE", 2.0)
    monkeypatch.setattr(pdf, "MOST_TEXT", 500_000)
    assert refusal(written(tmp_path, "a.pdf", pdf_bytes([[("words", 40, 500, 10)]]))).startswith(beginning)


def test_a_page_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "LONGEST", -1.0)
    assert refusal(written(tmp_path, "a.html", b"<p>words" * 100)).startswith("Reading It took too long")


def cut(data: bytes, at: int) -> bytes:
    return data[:at]


def spoilt(data: bytes, at: int) -> bytes:
    return data[:at] + b"\xff\0" + data[at + 2 :]


@pytest.mark.parametrize("change", [cut, spoilt])
def test_a_damaged_pdf_is_read_or_refused_and_nothing_else(
    tmp_path: Path, change: Callable[[bytes, int], bytes]
) -> None:
    whole = pdf_bytes([[("some words here", 40, 500, 10)], [("and there", 40, 500, 10)]], [("A", 0)])
    for at in range(20, len(whole), len(whole) // 8):
        with contextlib.suppress(UserError):
            assert reading.read_document(written(tmp_path, "a.pdf", change(whole, at))).text
