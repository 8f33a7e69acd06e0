"""A message as others take it from the clipboard: HTML that loads nothing, plain words, or its own Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTextEdit

from desktop_llm.ui.markdown_parser import new_parser, parser
from desktop_llm.ui.shown_text import harmless, only_text, visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

SAFE_LINKS = ("http", "https", "mailto")


def is_safe(address: str) -> bool:
    return address.partition(":")[0].lower() in SAFE_LINKS


def put(plain: str, html: str = "") -> None:
    """On the clipboard."""
    data = only_text(_Maker().data(), plain)
    if html:
        data.setHtml(html)
    QGuiApplication.clipboard().setMimeData(data)


class _Maker(QTextEdit):
    """Qt has to make the data itself: see `only_text`."""

    def data(self) -> QMimeData:
        return super().createMimeDataFromSelection()


def html_of(markdown: str) -> str:
    return harmless(str(_renderer().render(markdown)))


def html_of_plain(text: str) -> str:
    return f"<p>{escape(harmless(text))}</p>".replace("\n", "<br>")


@lru_cache
def _renderer() -> MarkdownIt:
    made = new_parser()
    made.options["breaks"] = True
    for kind, rule in {"image": _image, "formula": _formula, "formula_display": _formula, "link_open": _link}.items():
        made.add_render_rule(kind, rule)
    return made


def _image(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return _tag(str(tokens[index].attrGet("src") or "")) + escape(tokens[index].content) + "</a>"


def _formula(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return escape(tokens[index].markup)


def _link(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return _tag(str(tokens[index].attrGet("href") or ""))


def _tag(address: str) -> str:
    return f'<a href="{escape(address)}">' if is_safe(address) else "<a>"


def plain_of(markdown: str) -> str:
    page = _PlainPage()
    for token in parser().parse(markdown):
        page.take(token)
    return visible("\n".join(page.lines).strip("\n"))


class _PlainPage:
    """Words without marks; lists keep theirs, tables become columns between tabs."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._margins: list[str] = []
        self._mark = ""
        self._numbers: list[int] = []
        self._cells: list[str] | None = None

    def take(self, token: Token) -> None:
        method = getattr(self, f"_{token.type}", None)
        if method is not None:
            method(token)

    def _paragraph_open(self, token: Token) -> None:
        if not token.hidden:
            self._gap()

    def _heading_open(self, _token: Token) -> None:
        self._gap()

    def _inline(self, token: Token) -> None:
        words = _words(token.children or ())
        if self._cells is not None:
            self._cells.append(words.replace("\n", " "))
        else:
            self._write(words)

    def _fence(self, token: Token) -> None:
        self._gap()
        self._write(token.content.rstrip("\n"))

    _code_block = _fence

    def _bullet_list_open(self, token: Token) -> None:
        if not self._numbers:
            self._gap()
        self._numbers.append(int(token.attrGet("start") or 1) if token.type == "ordered_list_open" else -1)

    _ordered_list_open = _bullet_list_open

    def _bullet_list_close(self, _token: Token) -> None:
        self._numbers.pop()

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, _token: Token) -> None:
        number = self._numbers[-1]
        mark = "- " if number < 0 else f"{number}. "
        self._numbers[-1] = number if number < 0 else number + 1
        self._margins.append(" " * len(mark))
        self._mark += mark

    def _list_item_close(self, _token: Token) -> None:
        if self._mark:
            self._write("")
        self._margins.pop()

    def _blockquote_open(self, _token: Token) -> None:
        self._gap()
        self._margins.append("> ")

    def _blockquote_close(self, _token: Token) -> None:
        self._margins.pop()

    def _table_open(self, _token: Token) -> None:
        self._gap()

    def _tr_open(self, _token: Token) -> None:
        self._cells = []

    def _tr_close(self, _token: Token) -> None:
        cells, self._cells = self._cells or [], None
        self._write("\t".join(cells))

    def _write(self, text: str) -> None:
        for line in text.split("\n"):
            margin, mark, self._mark = "".join(self._margins), self._mark, ""
            self.lines.append((margin[: len(margin) - len(mark)] + mark + line).rstrip())

    def _gap(self) -> None:
        if self.lines and self.lines[-1].strip("> ") and not self._mark:
            self.lines.append("".join(self._margins).rstrip())


def _words(tokens: Sequence[Token]) -> str:
    pieces: list[str] = []
    links: list[tuple[int, str]] = []
    for token in tokens:
        if token.type == "link_open":
            links.append((len(pieces), str(token.attrGet("href") or "")))
        elif token.type == "link_close":
            start, address = links.pop()
            pieces.append(f" ({address})" if address != "".join(pieces[start:]) else "")
        else:
            pieces.append(_word(token))
    return "".join(pieces)


def _word(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    if token.type == "image":
        return token.content or str(token.attrGet("src") or "")
    return token.markup if token.type.startswith("formula") else token.content
