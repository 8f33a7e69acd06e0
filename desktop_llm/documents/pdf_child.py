"""The far end of reading a PDF: a process of its own, with bounds, that writes what each page holds and leaves.

PDFium is native code at work on strangers' files: it may crash, hang or ask for all memory, and then this process ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

MOST_PAGES = 20_000
_MOST_MEMORY = 1024**3
_MOST_ON_A_PAGE = 2_000_000
_MOST_HEADINGS = 5_000
_PASSWORD = 4
_SPACE, _BREAKS = 0x20, (0x00, 0x0A, 0x0D)
_HYPHENS = {0x02: 0xAD, 0xFFFE: 0xAD}
"""What PDFium has instead of a hyphen at a line's end."""
_SPARSE = 20
"""A page with fewer characters than this may be a picture."""

Box = tuple[float, float, float, float]


def main(path: str) -> int:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever native code prints is not for the near end
    _bound_memory()
    try:
        with open(path, "rb") as file:
            for found in _read(file):
                out.write(json.dumps(found, separators=(",", ":")) + "\n")
                out.flush()
    except MemoryError:
        return 1
    return 0


def _bound_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # Windows has none

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(file: Any) -> Iterator[dict[str, Any]]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(file)
        count = len(document)
        if count > MOST_PAGES:
            yield {"problem": "pages"}
            return
        yield {"pages": count, "title": document.get_metadata_value("Title"), "outline": _outline(document)}
    except pypdfium2.PdfiumError as error:
        yield {"problem": "password" if getattr(error, "err_code", 0) == _PASSWORD else "damaged"}
        return
    for number in range(count):
        try:
            yield _page(document[number])
        except pypdfium2.PdfiumError:
            yield {"lines": [], "picture": False, "broken": True}
    yield {"end": True}


def _outline(document: Any) -> list[tuple[str, int, int]]:
    """Title, level from 1 and page from 1 of each bookmark; what is broken in it is no reason not to read."""
    found = []
    with contextlib.suppress(Exception):
        for mark in document.get_toc(max_depth=6):
            place = mark.get_dest()
            index = place.get_index() if place else None
            if index is not None:
                found.append((mark.get_title(), mark.level + 1, index + 1))
            if len(found) >= _MOST_HEADINGS:
                break
    return found


def _page(page: Any) -> dict[str, Any]:
    text = page.get_textpage()
    lines = [line for found in _lines(text.raw, page.get_rotation()) if (line := found.plain())[0]]
    picture = sum(len(line[0]) for line in lines) < _SPARSE and _has_picture(page)
    text.close()
    page.close()
    return {"lines": lines, "picture": picture}


def _has_picture(page: Any) -> bool:
    import pypdfium2.raw as pdfium

    return next(iter(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3)), None) is not None


_TURNS: dict[int, Callable[[Box], Box]] = {
    90: lambda box: (box[1], -box[2], box[3], -box[0]),
    180: lambda box: (-box[2], -box[3], -box[0], -box[1]),
    270: lambda box: (-box[3], box[0], -box[1], box[2]),
}


class _Line:
    """Characters at one height of a page, and the box around them."""

    def __init__(self, code: int, box: Box) -> None:
        self.left, self.bottom, self.right, self.top = box
        self.words = [chr(code)]

    def take(self, code: int, box: Box, apart: bool) -> None:
        self.left, self.right = min(self.left, box[0]), max(self.right, box[2])
        self.words += [" ", chr(code)] if apart else [chr(code)]

    def plain(self) -> tuple[str, float, float, float, float]:
        left, right, bottom, top = (round(number, 1) for number in (self.left, self.right, self.bottom, self.top))
        return "".join(self.words).strip(), left, right, bottom, top


def _lines(text: Any, rotation: int) -> Iterator[_Line]:
    """The lines of a page by where its characters stand: PDFium's own line ends are not all there."""
    import pypdfium2.raw as pdfium

    turn = _TURNS.get(rotation)
    box, line, broken = pdfium.FS_RECTF(), None, False
    where = ctypes.byref(box)
    for at in range(min(pdfium.FPDFText_CountChars(text), _MOST_ON_A_PAGE)):
        code = pdfium.FPDFText_GetUnicode(text, at)
        stands = pdfium.FPDFText_GetLooseCharBox(text, at, where) and box.top > box.bottom
        if code in _BREAKS:
            broken = True
        elif code == _SPACE or not stands:
            line.words.append(chr(_HYPHENS.get(code, code))) if line else None
        else:
            found = (box.left, box.bottom, box.right, box.top)
            found = turn(found) if turn else found
            if line and line.bottom < (found[1] + found[3]) / 2 < line.top:
                line.take(_HYPHENS.get(code, code), found, broken)
            else:
                if line:
                    yield line
                line = _Line(_HYPHENS.get(code, code), found)
            broken = False
    if line:
        yield line
