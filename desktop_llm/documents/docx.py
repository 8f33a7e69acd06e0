"""Word's DOCX: paragraphs, headings by their styles, lists, tables row by row, footnotes at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from desktop_llm.documents.document import MOST_PASSAGES, Content, Outline, Passage, Watch, damaged, too_long
from desktop_llm.documents.package import Attributes, Package

_BODY = "word/document.xml"
_CORE = "docProps/core.xml"
_NOTES = ("word/footnotes.xml", "word/endnotes.xml")
_HEADING = re.compile(r"heading ([1-9])")
_LEFT_OUT = frozenset({"Fallback", "del", "moveFrom"})
"""What other elements say again, and what was deleted while changes were tracked."""
_MARKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def docx(package: Package, watch: Watch) -> Content:
    if _BODY not in package:
        raise damaged(watch.path)
    levels = _Styles(package).levels()
    found = _Paragraphs(package, _BODY, levels, watch).found
    for name in _NOTES:
        found += _Paragraphs(package, name, levels, watch).found if name in package else []
    title = package.text_of(_CORE, "title") if _CORE in package else ""
    return Content(_passages(found), title)


@dataclass
class _Paragraph:
    level: int = 0
    indent: int = -1
    words: list[str] = field(default_factory=list)
    note: str = ""

    def text(self) -> str:
        text = "".join(self.words)
        if self.indent >= 0 and text.strip():
            text = f"{'  ' * min(self.indent, 8)}- {text}"
        return f"[{self.note}] {text.strip()}" if self.note else text


def _passages(paragraphs: list[_Paragraph]) -> Iterator[Passage]:
    outline = Outline()
    for number, paragraph in enumerate(paragraphs, 1):
        yield outline.passage(paragraph.text(), paragraph.level, place=str(number))


class _Styles:
    """Which styles are headings, by what Word calls them in every language or by their outline's level."""

    def __init__(self, package: Package) -> None:
        self._levels: dict[str, int] = {}
        self._bases: dict[str, str] = {}
        self._style = ""
        if "word/styles.xml" in package:
            package.parse("word/styles.xml", self._begin, lambda _: None, lambda _: None)

    def levels(self) -> dict[str, int]:
        """With those a style has from the one it is based on."""
        for _ in range(10):
            for style, base in self._bases.items():
                if style not in self._levels and base in self._levels:
                    self._levels[style] = self._levels[base]
        return self._levels

    def _begin(self, name: str, attributes: Attributes) -> None:
        value = attributes.get("val", "")
        if name == "style":
            self._style = attributes.get("styleId", "")
        elif name == "basedOn":
            self._bases[self._style] = value
        elif name == "outlineLvl":
            self._levels.setdefault(self._style, _level(value))
        elif name == "name" and (found := _HEADING.fullmatch(value.lower())):
            self._levels[self._style] = min(int(found[1]), 6)
        elif name == "name" and value.lower() == "title":
            self._levels[self._style] = 1


class _Paragraphs:
    """The paragraphs of one part as the XML goes; a row of a table is one, whatever its cells hold."""

    def __init__(self, package: Package, name: str, levels: dict[str, int], watch: Watch) -> None:
        self.found: list[_Paragraph] = []
        self._levels, self._watch = levels, watch
        self._open: list[_Paragraph] = []
        self._rows: list[list[list[str]]] = []
        self._left_out = 0
        self._note = ""
        self._in_text = self._skips_note = False
        package.parse(name, self._begin, self._end, self._text)

    def _begin(self, name: str, attributes: Attributes) -> None:
        if name in _LEFT_OUT:
            self._left_out += 1
        elif name == "p":
            self._open.append(_Paragraph(note=self._note))
            self._note = ""
        elif name == "tr":
            self._rows.append([])
        elif name == "tc" and self._rows:
            self._rows[-1].append([])
        elif name in ("footnote", "endnote"):
            self._note = attributes.get("id", "")
            self._skips_note = "separator" in attributes.get("type", "").lower()
        elif self._open and not self._left_out:
            self._begin_in(self._open[-1], name, attributes)

    def _begin_in(self, paragraph: _Paragraph, name: str, attributes: Attributes) -> None:
        self._in_text = name == "t"
        if name in _MARKS:
            paragraph.words.append(_MARKS[name] if "pos" not in attributes else "")
        elif name == "pStyle":
            paragraph.level = self._levels.get(attributes.get("val", ""), 0)
        elif name == "outlineLvl":
            paragraph.level = _level(attributes.get("val", ""))
        elif name == "ilvl":
            paragraph.indent = int(attributes["val"]) if attributes.get("val", "").isdecimal() else 0
        elif name in ("footnoteReference", "endnoteReference"):
            paragraph.words.append(f"[{attributes.get('id', '')}]")

    def _end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name in _LEFT_OUT:
            self._left_out -= 1
        elif name == "p" and self._open:
            self._keep(self._open.pop())
        elif name == "tr" and self._rows:
            cells = (" ".join(filter(None, map(str.strip, cell))) for cell in self._rows.pop())
            self._keep(_Paragraph(words=[" | ".join(cells)]))
        elif name in ("footnote", "endnote"):
            self._note, self._skips_note = "", False

    def _keep(self, paragraph: _Paragraph) -> None:
        if self._rows and self._rows[-1]:
            self._rows[-1][-1].append(paragraph.text())
        elif paragraph.text().strip() and not self._skips_note and not self._left_out:
            self.found.append(paragraph)
            if len(self.found) > MOST_PASSAGES:
                raise too_long(self._watch.path)

    def _text(self, text: str) -> None:
        if self._in_text and not self._left_out:
            self._open[-1].words.append(text)


def _level(outline: str) -> int:
    """Word counts from 0, and 9 is the body's text."""
    return int(outline) + 1 if outline.isdecimal() and int(outline) < 6 else 0
