"""The text of HTML: nothing of scripts, styles and menus, headings with their levels, tables row by row."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from desktop_llm.documents.document import MOST_PASSAGES, Content, Outline, Passage, Watch, damaged, too_long

_CHUNK = 262_144
_LONGEST_TAG = 4_000_000
_INLINE = re.compile(r"data:[\w/+.-]{1,60};base64,[A-Za-z0-9+/=]+")
_BLOCKS = """
    address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer
    form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main ol p pre section summary table title tr ul
"""
_SKIPPED = "script style template noscript svg nav select button iframe object canvas audio video"
_IS_BLOCK, _IS_SKIPPED = frozenset(re.findall(r"\w+", _BLOCKS)), frozenset(re.findall(r"\w+", _SKIPPED))
_LEVELS = {f"h{n}": n for n in range(1, 7)}
_DECLARED = re.compile(rb"""<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?([\w.:-]{2,40})""", re.I)


def declared_encoding(data: bytes) -> str:
    found = _DECLARED.search(data[:4096])
    name = found[1].decode("ascii", "replace") if found else ""
    return {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252"}.get(name.lower(), name)


def web_page(text: str, watch: Watch, outline: Outline | None = None) -> Content:
    """What a page shows, under the headings of `outline` where it is part of something larger."""
    page = _Page(outline or Outline())
    text = _INLINE.sub("", text)  # pictures within a page may be larger than all else
    for at in range(0, len(text), _CHUNK):
        watch.check()
        if len(page.passages) > MOST_PASSAGES:
            raise too_long(watch.path)
        if len(page.rawdata) > _LONGEST_TAG:
            raise damaged(watch.path)
        page.feed(text[at : at + _CHUNK])
    page.close()
    page.end_block()
    return Content(page.passages, " ".join(page.title.split()), page.language)


class _Page(HTMLParser):
    def __init__(self, outline: Outline) -> None:
        super().__init__()
        self.passages: list[Passage] = []
        self.title = self.language = ""
        self._outline = outline
        self._words: list[str] = []
        self._level = self._pre = 0
        self._skipping: list[str] = []
        self._item = self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipping:
            self._skipping += [tag] if tag == self._skipping[0] else []
            return
        if tag in _IS_SKIPPED:
            self._skipping = [tag]
        elif tag in _IS_BLOCK:
            self._begin_block(tag, dict(attrs))
        elif tag == "br":
            self._words.append("\n" if self._pre else "\v")
        elif tag in ("td", "th") and any(map(str.strip, self._words)):
            self._words.append(" | ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """In XHTML anything may be empty, `<script/>` too."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            if tag == self._skipping[-1]:
                self._skipping.pop()
        elif tag in _IS_BLOCK:
            self.end_block()
            self._pre -= tag == "pre" and self._pre > 0
            self._in_title = False if tag == "title" else self._in_title

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif not self._skipping:
            self._words.append(data)

    def end_block(self) -> None:
        joined = "".join(self._words)
        text = joined.strip("\n") if self._pre else _joined(joined)
        if text.strip():
            text = f"- {text}" if self._item else text
            self.passages.append(self._outline.passage(text, self._level))
        self._words, self._level, self._item = [], 0, False

    def _begin_block(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.end_block()
        self._level, self._item = _LEVELS.get(tag, 0), tag == "li"
        self._pre += tag == "pre"
        self._in_title = tag == "title"
        if tag == "html":
            self.language = attributes.get("lang") or attributes.get("xml:lang") or ""


def _joined(text: str) -> str:
    """White space as a browser shows it; a vertical tab stands for a line that was ended."""
    return "\n".join(" ".join(line.split()) for line in text.split("\v")).strip()
