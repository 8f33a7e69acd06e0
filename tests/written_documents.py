"""Documents of each kind as small as they can be, written byte by byte: what the tests read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PICTURE = (
    b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\n"
    b"stream\n\x80\nendstream"
)

Placed = tuple[str, float, float, float]
"""A line of text, where it begins from the left and the bottom of the page, and its size."""


def zipped(path: Path, parts: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


def docx_parts(body: str, styles: str = "", **others: str) -> dict[str, str | bytes]:
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document {WORD}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {WORD}>{styles}</w:styles>",
    }
    return parts | {f"word/{name}.xml": text for name, text in others.items()}


def epub_parts(chapters: Mapping[str, str], **others: str) -> dict[str, str | bytes]:
    items = "".join(f'<item id="{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>' for n in chapters)
    order = "".join(f'<itemref idref="{name}"/>' for name in chapters)
    book = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>A book</dc:title><dc:language>en</dc:language></metadata>"
        f"<manifest>{items}</manifest><spine>{order}</spine></package>"
    )
    parts: dict[str, str | bytes] = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER}
    pages = {f"OEBPS/{name}.xhtml": text for name, text in chapters.items() if text}
    return parts | {"OEBPS/book.opf": book} | pages | {f"META-INF/{name}.xml": text for name, text in others.items()}


def pdf_bytes(
    pages: Sequence[Sequence[Placed]],
    outline: Sequence[tuple[str, int]] = (),
    *,
    pictures: Sequence[int] = (),
    encrypted: bool = False,
) -> bytes:
    """A PDF with these lines on its pages, bookmarks (title, page from 0), and pages that show a picture."""
    pdf = _Pdf()
    font = pdf.add(b"<< /Type /Font /Subtype /Type0 /BaseFont /Any /Encoding /Identity-H /DescendantFonts [%d 0 R] "
                   b"/ToUnicode %d 0 R >>" % (pdf.add(_descendant(pdf)), pdf.add_stream(_to_unicode())))  # fmt: skip
    image = pdf.add(PICTURE)
    tree = pdf.reserve()
    kids = []
    for number, lines in enumerate(pages):
        drawn = "".join(f"BT /F {size} Tf {x} {y} Td <{_hex(text)}> Tj ET\n" for text, x, y, size in lines)
        content = pdf.add_stream((drawn + ("/I Do\n" if number in pictures else "")).encode())
        kids.append(
            pdf.add(
                b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 400 600] /Contents %d 0 R /Resources "
                b"<< /Font << /F %d 0 R >> /XObject << /I %d 0 R >> >> >>" % (tree, content, font, image)
            )
        )
    pdf.set(tree, b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids)))
    catalog = pdf.add(b"<< /Type /Catalog /Pages %d 0 R /Outlines %d 0 R >>" % (tree, _outline(pdf, outline, kids)))
    return pdf.written(catalog, encrypted)


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex()


def _descendant(pdf: _Pdf) -> bytes:
    info = b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    bounds = b"/Ascent 800 /Descent -200 /CapHeight 700 /ItalicAngle 0 /StemV 80 /Flags 4 /FontBBox [0 -200 1000 800]"
    descriptor = pdf.add(b"<< /Type /FontDescriptor /FontName /Any " + bounds + b" >>")
    kind = b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Any /DW 500 "
    return kind + info + b" /FontDescriptor %d 0 R >>" % descriptor


def _to_unicode() -> bytes:
    """Every code is the character itself."""
    rows = ["begincmap", "1 begincodespacerange <0000> <FFFF> endcodespacerange"]
    for first in range(0, 256, 64):
        ranges = "".join(f"<{n:02X}00> <{n:02X}FF> <{n:02X}00>\n" for n in range(first, first + 64))
        rows.append(f"64 beginbfrange\n{ranges}endbfrange")
    return "\n".join([*rows, "endcmap"]).encode()


def _outline(pdf: _Pdf, marks: Sequence[tuple[str, int]], kids: Sequence[int]) -> int:
    root = pdf.reserve()
    numbers = [pdf.reserve() for _ in marks]
    for at, (title, page) in enumerate(marks):
        following = b"/Next %d 0 R" % numbers[at + 1] if at + 1 < len(marks) else b""
        name, place = ("\ufeff" + title).encode("utf-16-be").hex().encode(), b"[%d 0 R /Fit]" % kids[page]
        mark = b"<< /Title <%s> /Parent %d 0 R /Dest %s %s >>" % (name, root, place, following)
        pdf.set(numbers[at], mark)
    first = b"/First %d 0 R /Last %d 0 R" % (numbers[0], numbers[-1]) if numbers else b""
    pdf.set(root, b"<< /Type /Outlines %s >>" % first)
    return root


class _Pdf:
    """Objects one after another, and the table of where they begin."""

    def __init__(self) -> None:
        self._objects: list[bytes] = []

    def reserve(self) -> int:
        self._objects.append(b"")
        return len(self._objects)

    def set(self, number: int, data: bytes) -> None:
        self._objects[number - 1] = data

    def add(self, data: bytes) -> int:
        self._objects.append(data)
        return len(self._objects)

    def add_stream(self, data: bytes) -> int:
        return self.add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data))

    def written(self, catalog: int, encrypted: bool) -> bytes:
        out, places = io.BytesIO(b"%PDF-1.7\n"), []
        out.seek(0, 2)
        for number, data in enumerate(self._objects, 1):
            places.append(out.tell())
            out.write(b"%d 0 obj\n%s\nendobj\n" % (number, data))
        start = out.tell()
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        out.writelines(b"%010d 00000 n \n" % place for place in places)
        keys = b"/O <%s> /U <%s>" % (b"11" * 32, b"22" * 32)
        lock = b"/ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 %s >>" % keys
        trailer = b"<< /Size %d /Root %d 0 R %s >>" % (len(places) + 1, catalog, lock if encrypted else b"")
        out.write(b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, start))
        return out.getvalue()
