"""How long a book of 300 pages takes to become text, in each kind of file; run with -s to read the figures."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from written_documents import docx_parts, epub_parts, pdf_bytes, zipped

from desktop_llm.documents.reading import read_document

PAGES, LINES, WORDS = 300, 32, 11
Book = list[list[str]]


@pytest.fixture(scope="module")
def book() -> Book:
    """Pages of lines of words: about 600,000 characters."""
    known = random.Random(1)
    letters = "etaoinshrdlu"

    def line() -> str:
        return " ".join("".join(known.choices(letters, k=known.randint(2, 8))) for _ in range(WORDS))

    return [[f"{line()}." if number % 8 == 7 else line() for number in range(LINES)] for _ in range(PAGES)]


def paragraphs(book: Book) -> list[str]:
    return [" ".join(page[at : at + 8]) for page in book for at in range(0, LINES, 8)]


def as_text(path: Path, book: Book) -> Path:
    path.write_text("\n\n".join(paragraphs(book)), encoding="utf-8")
    return path


def as_page(path: Path, book: Book) -> Path:
    path.write_text("".join(f"<p>{text}</p>" for text in paragraphs(book)), encoding="utf-8")
    return path


def as_word(path: Path, book: Book) -> Path:
    return zipped(path, docx_parts("".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs(book))))


def as_book(path: Path, book: Book) -> Path:
    chapters = {
        f"c{at}": "".join(f"<p>{text}</p>" for text in paragraphs(book[at : at + 30])) for at in range(0, 300, 30)
    }
    return zipped(path, epub_parts(chapters))


def as_pdf(path: Path, book: Book) -> Path:
    def placed(page: list[str]) -> list[tuple[str, float, float, float]]:
        return [(line, 10.0, 580 - 14 * at - 10 * (at // 8), 9.0) for at, line in enumerate(page)]

    path.write_bytes(pdf_bytes([placed(page) for page in book]))
    return path


KINDS: dict[str, Callable[[Path, Book], Path]] = {
    "txt": as_text, "md": as_text, "html": as_page, "docx": as_word, "epub": as_book, "pdf": as_pdf,
}  # fmt: skip


def test_a_book_becomes_text(tmp_path: Path, book: Book) -> None:
    letters = len("".join("".join(page) for page in book).replace(" ", ""))
    first = 0.0
    for kind, write in KINDS.items():
        path = write(tmp_path / f"book.{kind}", book)
        began = time.perf_counter()
        found = read_document(path)
        took = time.perf_counter() - began
        first = first or took
        assert len("".join(found.text.split())) == letters
        print(f"{kind}: {took * 1000:.0f} ms, {took / first:.1f} times txt, {len(found.passages)} passages")
