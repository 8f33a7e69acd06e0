"""A document as it goes with a message: passages put together to parts of like size, with all of its words."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from desktop_llm.conversation import Attachment, Part, clean
from desktop_llm.documents.borders import last_border
from desktop_llm.documents.document import BETWEEN, Document, Passage, Watch, laid_out, without_text
from desktop_llm.documents.plain import code

LONGEST = 1_500
"""Bytes of a part in UTF-8, for they are nearer to tokens than characters are: Chinese has three, and more tokens."""
_SHORTEST = 0.4


def attachment_of(document: Document) -> Attachment:
    name, parts = _name(document.path.name), tuple(_parts(document.passages))
    return Attachment(name, document.kind, parts, document.pages, document.hash)


def attachment_of_text(name: str, text: str) -> Attachment:
    """A text that is no file; its lines stay as they are. Raises UserError where it is too long, or nothing."""
    cleaned = clean(text)
    passages = laid_out(code(cleaned), Watch(Path(name)))
    if not passages:
        raise without_text(Path(name))
    return Attachment(name, "text", tuple(_parts(passages)), hash=hashlib.sha256(cleaned.encode()).hexdigest())


def _name(name: str) -> str:
    """One line, not long; what hides in it stays, for to leave that out would hide that it was there."""
    return "".join(c for c in " ".join(name.split()) if c.isprintable() or unicodedata.category(c) == "Cf")[:200]


def _parts(passages: Iterable[Passage]) -> Iterator[Part]:
    for (page, heading), together in groupby(passages, key=lambda passage: (passage.page, passage.heading)):
        for text in _packed(piece for passage in together for piece in _pieces(passage.text)):
            yield Part(text, page, heading)


def _packed(pieces: Iterable[str]) -> Iterator[str]:
    """Neighbours taken together as long as they are not too long."""
    kept, size = list[str](), 0
    for piece in pieces:
        length = len(piece.encode())
        if kept and size + length > LONGEST:
            yield BETWEEN.join(kept)
            kept, size = [], 0
        kept.append(piece)
        size += length + len(BETWEEN)
    if kept:
        yield BETWEEN.join(kept)


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        window = text[start : start + LONGEST].encode()[:LONGEST].decode(errors="ignore")
        end = start + len(window)
        if end < len(text):
            end, _ = last_border(text, start, end, start + int(len(window) * _SHORTEST))
        if piece := text[start:end].strip("\n").rstrip():
            yield piece
        start = end
