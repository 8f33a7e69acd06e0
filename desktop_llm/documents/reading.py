"""Reads a file, or all of a folder, to text with positions; what a file is, its content says, then its name."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from desktop_llm.documents.decoding import decoded, is_text
from desktop_llm.documents.document import (
    MOST_TEXT,
    Content,
    Document,
    Passage,
    Watch,
    damaged,
    laid_out,
    locked,
    opened,
    problem,
    refusal,
    too_long,
    unreadable,
    without_text,
)
from desktop_llm.documents.docx import docx
from desktop_llm.documents.epub import epub
from desktop_llm.documents.package import Package
from desktop_llm.documents.pdf import pdf
from desktop_llm.documents.plain import code, markdown, prose, subtitles, table
from desktop_llm.documents.web import declared_encoding, web_page
from desktop_llm.errors import Problem, UserError

LONGEST_PDF = 900.0
_MOST_FILES = 10_000
_DEEPEST = 20
_HEAD = 8_192

_KINDS = {
    "markdown": "md markdown mdown mkd",
    "html": "html htm xhtml",
    "table": "csv tsv",
    "subtitles": "srt vtt",
    "data": "json jsonl ndjson yaml yml toml xml",
    "code": "py pyi js mjs ts tsx jsx c h cc cpp cxx hpp cs java kt kts go rs rb php swift scala sh bash zsh ps1 bat "
    "sql r jl lua pl pm hs ml clj ex exs erl dart m mm vue svelte css scss less tex bib ini cfg conf cmake make gradle "
    "proto asm s zig nim f90 vb pas diff patch",
}
_BY_SUFFIX = {f".{suffix}": kind for kind, suffixes in _KINDS.items() for suffix in suffixes.split()}
_READERS: dict[str, Callable[[str], Iterator[Passage]]] = {
    "text": prose,
    "markdown": markdown,
    "code": code,
    "data": code,
    "table": table,
    "subtitles": subtitles,
}
_SKIPPED_FOLDERS = {"node_modules", "__pycache__", "venv"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROTECTED = "EncryptedPackage".encode("utf-16-le")


def read_document(path: Path, stop: Callable[[], bool] | None = None) -> Document:
    """The text of the file at `path`. Raises UserError where it cannot be read, Stopped once `stop` says so."""
    watch = Watch(path, stop)
    with opened(path) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                raise refusal("The file {name} is empty.", path, "Choose another file.")
            return _read(file, size, watch)
        except OSError as error:
            raise unreadable(path, error) from error


def read_folder(path: Path, stop: Callable[[], bool] | None = None) -> Iterator[Document | Problem]:
    """Each file below `path` in the order of their names, or why it could not be read; nothing hidden, no links."""
    for number, file in enumerate(_files(path)):
        if number >= _MOST_FILES:
            text = "The folder {name} holds more than {most} files: the others were not read."
            yield problem(text, path, "Choose a smaller folder.", most=str(_MOST_FILES))
            return
        try:
            yield read_document(file, stop)
        except UserError as error:
            yield error.problem


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        deep = len(Path(where).relative_to(folder).parts) >= _DEEPEST
        folders[:] = [] if deep else sorted(name for name in folders if _is_seen(name))
        found = (Path(where, name) for name in sorted(names) if _is_seen(name))
        yield from (file for file in found if file.is_file() and not file.is_symlink())


def _is_seen(name: str) -> bool:
    return not name.startswith((".", "~$")) and name not in _SKIPPED_FOLDERS


def _read(file: IO[bytes], size: int, watch: Watch) -> Document:
    head = file.read(_HEAD)
    kind = _kind(head, file, watch)
    if kind == "pdf":
        watch = replace(watch, until=time.monotonic() + LONGEST_PDF)
    content = _content(kind, file, size, watch)
    passages = laid_out(content.passages, watch)
    if not passages:
        raise without_text(watch.path)
    return Document(
        path=watch.path,
        title=content.title or _first_heading(passages) or watch.path.stem,
        kind=kind,
        passages=passages,
        language=content.language,
        pages=content.pages,
        notes=content.notes,
        encoding=content.encoding,
        hash=_hash(file, watch),
    )


def _first_heading(passages: tuple[Passage, ...]) -> str:
    """The heading a document begins with, where there is no other of its level."""
    first = passages[0]
    alone = first.level and sum(passage.level == first.level for passage in passages) == 1
    return first.heading if alone else ""


def _hash(file: IO[bytes], watch: Watch) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while data := file.read(1024 * 1024):
        watch.check()
        digest.update(data)
    return digest.hexdigest()


# ---- what it is


def _kind(head: bytes, file: IO[bytes], watch: Watch) -> str:
    path = watch.path
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\3\4"):
        return _packed(Package(file, watch), path)
    if head.startswith(_OLE):
        raise locked(path) if _is_protected(file) else other_program(path)
    if head.startswith(b"{\\rtf"):
        raise other_program(path)
    if path.suffix.lower() in (".pdf", ".docx", ".epub"):
        raise damaged(path)
    if not is_text(head):
        raise not_text(path)
    return _kind_of_text(head, path)


def _kind_of_text(head: bytes, path: Path) -> str:
    begin = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if begin.startswith((b"<!doctype html", b"<html")):
        return "html"
    if begin.startswith(b"webvtt"):
        return "subtitles"
    return _BY_SUFFIX.get(path.suffix.lower(), "text")


def _packed(package: Package, path: Path) -> str:
    if "word/document.xml" in package:
        return "docx"
    if "META-INF/container.xml" in package:
        return "epub"
    if "[Content_Types].xml" in package or "mimetype" in package:
        raise other_program(path)
    raise damaged(path) if path.suffix.lower() in (".docx", ".epub") else not_text(path)


def _is_protected(file: IO[bytes]) -> bool:
    """Whether what Word wrote is a DOCX behind a password, and no old DOC."""
    file.seek(0)
    return _PROTECTED in file.read(1024 * 1024)


def other_program(path: Path) -> UserError:
    remedy = "Open it in the program it is from and save it as DOCX or PDF, then open that."
    return refusal("{name} is in a format that is not read here.", path, remedy)


def not_text(path: Path) -> UserError:
    remedy = "Choose a PDF, Word (DOCX), EPUB, HTML, Markdown, subtitle, table or text file."
    return refusal("{name} holds no text that could be read.", path, remedy)


# ---- reading it


def _content(kind: str, file: IO[bytes], size: int, watch: Watch) -> Content:
    if kind == "pdf":
        return pdf(watch.path, watch)
    if kind == "docx":
        return docx(Package(file, watch), watch)
    if kind == "epub":
        return epub(Package(file, watch), watch)
    if size >= MOST_TEXT:
        raise too_long(watch.path)
    file.seek(0)
    return _of_text(kind, file.read(MOST_TEXT), watch)


def _of_text(kind: str, data: bytes, watch: Watch) -> Content:
    text, encoding = decoded(data, declared_encoding(data) if kind == "html" else "")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    notes = _damaged_characters(text, watch.path)
    if kind == "html":
        return replace(web_page(text, watch), encoding=encoding, notes=notes)
    text = _unfolded(text) if kind == "data" else text
    return Content(_READERS[kind](text), encoding=encoding, notes=notes)


def _unfolded(text: str) -> str:
    """JSON on a single line, as programs write it, is laid out."""
    if text.count("\n") > 1 or not text.lstrip().startswith(("{", "[")) or len(text) > 5_000_000:
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        return text


def _damaged_characters(text: str, path: Path) -> tuple[Problem, ...]:
    count = text.count("\ufffd")
    if not count:
        return ()
    return (problem("{name} holds damaged characters, shown as “�”: {count}.", path, "", count=str(count)),)
