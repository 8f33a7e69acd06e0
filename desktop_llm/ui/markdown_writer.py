"""Writes Markdown into a text document: no HTML, no images, links with their real target as tool tip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontDatabase,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextListFormat,
    QTextTable,
    QTextTableCell,
    QTextTableFormat,
)

from desktop_llm.ui.shown_text import shown
from desktop_llm.ui.theme import Theme

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

QUOTE_LEVEL = QTextFormat.Property.UserProperty.value + 1
INDENT, QUOTE_INDENT = 26, 16
_LINE_HEIGHT = 135.0
_HEADING_SIZES = {"h1": 1.45, "h2": 1.25, "h3": 1.12}
_PARAGRAPH_GAP, _ITEM_GAP, _HEADING_GAP = 10, 4, 16
_BULLETS = (QTextListFormat.Style.ListDisc, QTextListFormat.Style.ListCircle, QTextListFormat.Style.ListSquare)


@lru_cache
def parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # late: the first window needs none

    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])


def paragraph_format() -> QTextBlockFormat:
    made = QTextBlockFormat()
    made.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    return made


class MarkdownWriter:
    """Writes blocks at a cursor; `ends_plain` tells whether plain words may simply follow, in `last_format`."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self._theme, self._font = theme, font
        self.ends_plain = False
        self.last_format = QTextCharFormat()

    def write(self, cursor: QTextCursor, source: str) -> None:
        page = _Page(self._theme, self._font, cursor)
        page.write(parser().parse(source))
        self.ends_plain, self.last_format = page.ends_plain, page.format

    def write_table(self, cursor: QTextCursor, source: str) -> QTextTable | None:
        cursor.beginEditBlock()
        page = _Page(self._theme, self._font, QTextCursor(cursor))
        page.write(parser().parse(source))
        cursor.endEditBlock()
        return page.table

    def write_rows(self, table: QTextTable, source: str, first: int) -> None:
        """Appends the rows of a table's Markdown from row `first` on."""
        rows = _table_rows(parser().parse(source))[first:]
        if not rows:
            return
        cursor, start = table.firstCursorPosition(), table.rows()
        cursor.beginEditBlock()
        table.appendRows(len(rows))
        _Page(self._theme, self._font, cursor).fill(table, rows, start)
        cursor.endEditBlock()


Cell = tuple["Token", "Token"]


def _table_rows(tokens: Sequence[Token]) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for token, inside in pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append((token, inside))
    return rows


class _Page:
    """One pass over the tokens of some Markdown."""

    def __init__(self, theme: Theme, font: QFont, cursor: QTextCursor) -> None:
        self.ends_plain = False
        self.table: QTextTable | None = None
        self.format = QTextCharFormat()
        self._theme, self._font, self._cursor = theme, font, cursor
        self._fresh = True
        self._lists: list[QTextListFormat] = []
        self._item_opens = False
        self._quotes = 0
        self._outer: list[QTextCharFormat] = []

    def write(self, tokens: Sequence[Token]) -> None:
        skipped = False
        for place, token in enumerate(tokens):
            if token.type == "table_open":
                self._write_table(tokens[place:])
            skipped = (skipped or token.type == "table_open") and token.type != "table_close"
            if not skipped:
                self._call(token)

    def _call(self, token: Token) -> None:
        method: Callable[[Token], None] | None = getattr(self, f"_{token.type}", None)
        if method is not None:
            method(token)

    # Blocks

    def _paragraph_open(self, token: Token) -> None:
        self._begin_block(_ITEM_GAP if self._lists and (token.hidden or self._item_opens) else _PARAGRAPH_GAP)

    def _heading_open(self, token: Token) -> None:
        self._begin_block(_HEADING_GAP)
        made = self._base()
        made.setFontWeight(QFont.Weight.DemiBold)
        made.setFontPointSize(self._font.pointSizeF() * _HEADING_SIZES.get(token.tag, 1.0))
        self.format = made

    def _heading_close(self, _token: Token) -> None:
        pass

    def _bullet_list_open(self, _token: Token) -> None:
        made = QTextListFormat()
        made.setStyle(_BULLETS[min(len(self._lists), len(_BULLETS) - 1)])
        self._open_list(made)

    def _ordered_list_open(self, token: Token) -> None:
        made = QTextListFormat()
        made.setStyle(QTextListFormat.Style.ListDecimal)
        made.setStart(int(token.attrGet("start") or 1))
        self._open_list(made)

    def _open_list(self, made: QTextListFormat) -> None:
        self._lists.append(made)
        made.setIndent(len(self._lists))

    def _list_item_open(self, _token: Token) -> None:
        self._item_opens = True

    def _list_item_close(self, _token: Token) -> None:
        if self._item_opens:
            self._begin_block(_ITEM_GAP)
        self._lists[-1].setStart(self._lists[-1].start() + 1)

    def _bullet_list_close(self, _token: Token) -> None:
        self._lists.pop()

    _ordered_list_close = _bullet_list_close

    def _blockquote_open(self, _token: Token) -> None:
        self._quotes += 1

    def _blockquote_close(self, _token: Token) -> None:
        self._quotes -= 1

    def _hr(self, _token: Token) -> None:
        self._begin_block(_PARAGRAPH_GAP)
        made = self._cursor.blockFormat()
        made.setProperty(
            QTextFormat.Property.BlockTrailingHorizontalRulerWidth, QTextLength(QTextLength.Type.PercentageLength, 100)
        )
        made.setProperty(QTextFormat.Property.BackgroundBrush, QBrush(QColor(self._theme.line)))
        self._cursor.setBlockFormat(made)
        self.ends_plain = False

    def _fence(self, token: Token) -> None:
        self._begin_block(_PARAGRAPH_GAP)
        self._insert(token.content.rstrip("\n").replace("\n", "\u2028"), self._code_format())
        self.ends_plain = False

    _code_block = _fence

    def _begin_block(self, gap: int) -> None:
        made = self._block_format(gap)
        if self._fresh:
            made.setTopMargin(gap if self._cursor.block().blockNumber() else 0)
            self._cursor.setBlockFormat(made)
            self._cursor.setBlockCharFormat(self._base())
        else:
            self._cursor.insertBlock(made, self._base())
        self._fresh = False
        if self._item_opens:
            self._cursor.createList(self._lists[-1])
        self._item_opens = self.ends_plain = False
        self.format = self._base()

    def _block_format(self, gap: int) -> QTextBlockFormat:
        made = paragraph_format()
        made.setTopMargin(gap)
        made.setIndent(0 if self._item_opens else len(self._lists))
        if self._quotes:
            made.setLeftMargin(self._quotes * QUOTE_INDENT)
            made.setProperty(QUOTE_LEVEL, self._quotes)
        return made

    def _base(self) -> QTextCharFormat:
        made = QTextCharFormat()
        if self._quotes:
            made.setForeground(QColor(self._theme.muted))
        return made

    # Words

    def _inline(self, token: Token) -> None:
        depth = len(self._outer)
        for child in token.children or ():
            self._call(child)
        last = token.children[-1] if token.children else None
        self.ends_plain = last is not None and last.type == "text" and len(self._outer) == depth

    def _text(self, token: Token) -> None:
        self._insert(token.content, self.format)

    def _code_inline(self, token: Token) -> None:
        self._insert(token.content, self._code_format())

    def _code_format(self) -> QTextCharFormat:
        made = QTextCharFormat(self.format)
        made.setFontFamilies(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).families())
        made.setBackground(QColor(self._theme.code_head))
        return made

    def _softbreak(self, _token: Token) -> None:
        # A model's line breaks are meant: poems, addresses.
        self._insert("\u2028", self.format)

    _hardbreak = _softbreak

    def _image(self, token: Token) -> None:
        target = str(token.attrGet("src") or "")
        self._enter(self._link_format(target))
        self._insert(token.content or target, self.format)
        self._leave(token)

    def _link_open(self, token: Token) -> None:
        self._enter(self._link_format(str(token.attrGet("href") or "")))

    def _link_format(self, target: str) -> QTextCharFormat:
        made = QTextCharFormat(self.format)
        address = QUrl(target).toString(QUrl.ComponentFormattingOption.FullyEncoded)
        made.setAnchor(True)
        made.setAnchorHref(address)
        made.setToolTip(address)
        made.setForeground(QColor(self._theme.link))
        made.setFontUnderline(True)
        return made

    def _strong_open(self, _token: Token) -> None:
        made = QTextCharFormat(self.format)
        made.setFontWeight(QFont.Weight.Bold)
        self._enter(made)

    def _em_open(self, _token: Token) -> None:
        made = QTextCharFormat(self.format)
        made.setFontItalic(True)
        self._enter(made)

    def _s_open(self, _token: Token) -> None:
        made = QTextCharFormat(self.format)
        made.setFontStrikeOut(True)
        self._enter(made)

    def _enter(self, made: QTextCharFormat) -> None:
        self._outer.append(self.format)
        self.format = made

    def _leave(self, _token: Token) -> None:
        self.format = self._outer.pop()

    _link_close = _strong_close = _em_close = _s_close = _leave

    def _insert(self, text: str, made: QTextCharFormat) -> None:
        if text != "\u2028":
            text = shown(text.replace("\u2028", "\n")).replace("\n", "\u2028")
        self._cursor.insertText(text, made)

    # Tables

    def _write_table(self, tokens: Sequence[Token]) -> None:
        rows = _table_rows(tokens[: 1 + next(n for n, token in enumerate(tokens) if token.type == "table_close")])
        if not self._fresh or self._cursor.block().blockNumber():
            self._begin_block(_PARAGRAPH_GAP)
        self.table = self._cursor.insertTable(len(rows), len(rows[0]), self._table_format())
        self.fill(self.table, rows, 0)
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self.ends_plain = self._fresh = False

    def _table_format(self) -> QTextTableFormat:
        made = QTextTableFormat()
        made.setBorder(1)
        made.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        made.setBorderBrush(QColor(self._theme.line))
        made.setBorderCollapse(True)
        made.setCellPadding(6)
        made.setCellSpacing(0)
        made.setHeaderRowCount(1)
        return made

    def fill(self, table: QTextTable, rows: Sequence[Sequence[Cell]], start: int) -> None:
        for row, cells in enumerate(rows, start):
            for column, (cell, words) in enumerate(cells[: table.columns()]):
                self._fill_cell(table.cellAt(row, column), cell, words)

    def _fill_cell(self, place: QTextTableCell, cell: Token, words: Token) -> None:
        if cell.tag == "th":
            head = place.format()
            head.setBackground(QColor(self._theme.code_head))
            place.setFormat(head)
        self._cursor = place.firstCursorPosition()
        made = paragraph_format()
        made.setAlignment(_alignment(str(cell.attrGet("style") or "")))
        self._cursor.setBlockFormat(made)
        self.format = self._base()
        if cell.tag == "th":
            self.format.setFontWeight(QFont.Weight.Bold)
        self._inline(words)


def _alignment(style: str) -> Qt.AlignmentFlag:
    if style.endswith("right"):
        return Qt.AlignmentFlag.AlignRight
    return Qt.AlignmentFlag.AlignHCenter if style.endswith("center") else Qt.AlignmentFlag.AlignLeading
