"""A conversation as a Word document (Office Open XML, ECMA-376), written by hand: it needs five small parts."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from desktop_llm.storage.page import Page, Section
from desktop_llm.storage.web_page import markdown_reader

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PIECES = re.compile(r"(\n|\t)")
_BREAKS = {"\n": "<w:br/>", "\t": "<w:tab/>"}
_DEEPEST, _STEP = 8, 420
_BULLETS, _NUMBERS = 1, 2
_TABLE = {
    "table_open": '<w:tbl><w:tblPr><w:tblStyle w:val="Table"/></w:tblPr><w:tblGrid/>',
    "table_close": "</w:tbl><w:p/>",  # two tables in a row would become one
    "tr_open": "<w:tr>", "tr_close": "</w:tr>",
    "th_open": "<w:tc><w:tcPr/>", "td_open": "<w:tc><w:tcPr/>", "th_close": "</w:tc>", "td_close": "</w:tc>",
}  # fmt: skip
_MARKED = {"strong": "<w:b/>", "em": "<w:i/>", "s": "<w:strike/>"}


def word_document(page: Page) -> bytes:
    writer = _Writer()
    writer.paragraph(_run(page.title), "Title")
    if page.tags:
        writer.paragraph(_run(page.tags, "<w:i/>"), text=page.tags)
    reader = markdown_reader()
    for section in page.sections:
        _write_section(writer, section, reader)
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations({"officeDocument": "word/document.xml"}),
        "word/_rels/document.xml.rels": _relations({"styles": "styles.xml", "numbering": "numbering.xml"}),
        "word/styles.xml": _styles(),
        "word/numbering.xml": _numbering(writer.starts),
        "word/document.xml": f'<w:document xmlns:w="{_MAIN}"><w:body>{"".join(writer.body)}<w:sectPr/></w:body>'
        "</w:document>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, _HEAD + content)
    return file.getvalue()


def _write_section(writer: _Writer, section: Section, reader: MarkdownIt) -> None:
    writer.paragraph(_run(section.heading), "Heading1")
    if section.thoughts:
        writer.paragraph(_run(section.thoughts), "Quote")
    if section.markdown:
        writer.blocks(reader.parse(section.text))
    elif section.text:
        for paragraph in re.split(r"\n{2,}", section.text):
            writer.paragraph(_run(paragraph), text=paragraph)
    for remark in section.remarks:
        writer.paragraph(_run(remark, "<w:i/>"), text=remark)


class _Writer:
    """Paragraphs and tables out of Markdown's tokens. `starts`: the first number of each numbered list."""

    def __init__(self) -> None:
        self.body: list[str] = []
        self.starts: list[int] = []
        self._lists: list[int] = []
        self._pending = 0
        self._quotes = 0
        self._style = ""

    def paragraph(self, runs: str, style: str = "", *, number: int = 0, indent: int = 0, text: str = "") -> None:
        level = min(max(len(self._lists) - 1, 0), _DEEPEST)
        numbered = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>' if number else ""
        look = (
            (f'<w:pStyle w:val="{style}"/>' if style else "") + numbered
            + ("<w:bidi/>" if _from_the_right(text) else "")
            + (f'<w:ind w:left="{indent * _STEP}"/>' if indent and not number else "")
        )  # fmt: skip
        self.body.append(f"<w:p>{f'<w:pPr>{look}</w:pPr>' if look else ''}{runs}</w:p>")

    def blocks(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            kind, _, edge = token.type.rpartition("_")
            if token.type == "inline":
                self._text(token)
            elif token.type in ("fence", "code_block"):
                self._code(token.content.rstrip("\n"))
            elif token.type == "hr":
                self.paragraph(_run("* * *"))
            elif kind in ("bullet_list", "ordered_list"):
                self._list(token, edge == "open")
            elif kind == "list_item" and edge == "open":
                self._pending = self._lists[-1]
            elif kind == "blockquote":
                self._quotes += 1 if edge == "open" else -1
            elif kind == "heading":
                self._style = f"Heading{min(int(token.tag[1:]) + 1, 6)}" if edge == "open" else ""
            else:
                self.body.append(_TABLE.get(token.type, ""))
                self._style = "Cell" if token.type in ("th_open", "td_open") else ""

    def _text(self, token: Token) -> None:
        runs = "".join(_runs(token.children or []))
        if self._style == "Cell":
            self.body.append(f"<w:p>{runs}</w:p>")
            return
        style = self._style or ("Quote" if self._quotes else "")
        self.paragraph(runs, style, number=self._taken(), indent=len(self._lists), text=token.content)

    def _code(self, code: str) -> None:
        self.paragraph(_run(code), "Code", number=self._taken(), indent=len(self._lists))

    def _taken(self) -> int:
        """Only the first paragraph of an item has its bullet."""
        pending, self._pending = self._pending, 0
        return pending

    def _list(self, token: Token, opens: bool) -> None:
        if not opens:
            self._lists.pop()
        elif token.type.startswith("bullet"):
            self._lists.append(_BULLETS)
        else:
            self.starts.append(int(token.attrs.get("start", 1)))
            self._lists.append(_NUMBERS + len(self.starts) - 1)


def _runs(children: Sequence[Token]) -> Iterator[str]:
    """Inline tokens as runs; a link's address follows its text where that does not show it."""
    marks: list[str] = []
    address, shown = "", ""
    for child in children:
        kind, _, edge = child.type.rpartition("_")
        if kind in _MARKED and edge == "open":
            marks.append(_MARKED[kind])
        elif kind in _MARKED:
            marks.remove(_MARKED[kind])
        elif child.type == "link_open":
            address, shown = str(child.attrs.get("href", "")), ""
        elif child.type == "link_close":
            yield _run(f" ({address})") if address not in (shown, f"mailto:{shown}") else ""
        else:
            text = "\n" if child.type == "hardbreak" else " " if child.type == "softbreak" else child.content
            shown += text
            code = '<w:rStyle w:val="CodeText"/>' if child.type == "code_inline" else ""
            yield _run(text, code + "".join(mark for mark in _MARKED.values() if mark in marks))


def _run(text: str, look: str = "") -> str:
    look += "<w:rtl/>" if _from_the_right(text) else ""
    pieces = (
        _BREAKS.get(piece) or f'<w:t xml:space="preserve">{escape(piece, quote=False)}</w:t>'
        for piece in _PIECES.split(_NOT_XML.sub("", text)) if piece
    )  # fmt: skip
    return f"<w:r>{f'<w:rPr>{look}</w:rPr>' if look else ''}{''.join(pieces)}</w:r>"


def _from_the_right(text: str) -> bool:
    """Whether its first letter that has a direction is Arabic, Hebrew or the like."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return next((direction for direction in strong if direction in ("L", "R", "AL")), "L") != "L"


def _relations(targets: dict[str, str]) -> str:
    each = "".join(
        f'<Relationship Id="r{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets.items())
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def _content_types() -> str:
    parts = {"document": "document.main", "styles": "styles", "numbering": "numbering"}
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + "".join(
            f'<Override PartName="/word/{name}.xml" ContentType="{_TYPE}.{kind}+xml"/>' for name, kind in parts.items()
        )
        + "</Types>"
    )


def _styles() -> str:
    headings = (
        _style(f"Heading{level}", f"heading {level}", f'<w:pPr><w:keepNext/><w:spacing w:before="{340 - 30 * level}" '
               f'w:after="80"/><w:outlineLvl w:val="{level - 1}"/></w:pPr>'
               f'<w:rPr><w:b/><w:sz w:val="{34 - 2 * level}"/></w:rPr>')
        for level in range(1, 7)
    )  # fmt: skip
    mono = '<w:rFonts w:ascii="Courier New" w:hAnsi="Courier New" w:cs="Courier New"/><w:sz w:val="19"/>'
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="F3F4F6"/>'
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="BFBFBF"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    return (
        f'<w:styles xmlns:w="{_MAIN}"><w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="22"/></w:rPr></w:rPrDefault>'
        '<w:pPrDefault><w:pPr><w:spacing w:after="120"/></w:pPr></w:pPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        + _style("Title", "Title", '<w:rPr><w:b/><w:sz w:val="40"/></w:rPr>') + "".join(headings)
        + _style("Code", "Code", f"<w:pPr>{shade}</w:pPr><w:rPr>{mono}</w:rPr>")
        + _style("Quote", "Quote", f'<w:pPr><w:ind w:left="{_STEP}"/></w:pPr><w:rPr><w:color w:val="666666"/></w:rPr>')
        + f'<w:style w:type="character" w:styleId="CodeText"><w:name w:val="Code Text"/><w:rPr>{mono}</w:rPr></w:style>'
        '<w:style w:type="table" w:styleId="Table"><w:name w:val="Table Grid"/><w:tblPr>'
        f"<w:tblBorders>{edges}</w:tblBorders></w:tblPr></w:style></w:styles>"
    )  # fmt: skip


def _style(id: str, name: str, look: str) -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{id}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/>'
        f'<w:next w:val="Normal"/>{look}</w:style>'
    )


def _numbering(starts: Sequence[int]) -> str:
    """One kind of bullets, one of numbers, and for each numbered list where it begins."""
    begun = "".join(
        f'<w:num w:numId="{_NUMBERS + place}"><w:abstractNumId w:val="{_NUMBERS}"/>'
        + "".join(
            f'<w:lvlOverride w:ilvl="{level}"><w:startOverride w:val="{start}"/></w:lvlOverride>'
            for level in range(_DEEPEST + 1)
        )
        + "</w:num>"
        for place, start in enumerate(starts)
    )
    return (
        f'<w:numbering xmlns:w="{_MAIN}">{_levels(_BULLETS, "bullet")}{_levels(_NUMBERS, "decimal")}'
        f'<w:num w:numId="{_BULLETS}"><w:abstractNumId w:val="{_BULLETS}"/></w:num>{begun}</w:numbering>'
    )


def _levels(id: int, form: str) -> str:
    levels = (
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{"•" if form == "bullet" else f"%{level + 1}."}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="{(level + 1) * _STEP}" w:hanging="{_STEP}"/></w:pPr></w:lvl>'
        for level in range(_DEEPEST + 1)
    )
    return f'<w:abstractNum w:abstractNumId="{id}">{"".join(levels)}</w:abstractNum>'
