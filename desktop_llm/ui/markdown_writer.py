"""Writes Markdown into a text document: no HTML, no images, links with their real target as tool tip."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontDatabase,
    QFontInfo,
    QFontMetrics,
    QImage,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextImageFormat,
    QTextLength,
    QTextListFormat,
    QTextTable,
    QTextTableCell,
    QTextTableFormat,
)

from desktop_llm.ui.formulas import Formula, Typeset, picture, typesetter
from desktop_llm.ui.shown_text import shown
from desktop_llm.ui.theme import Theme

if TYPE_CHECKING:
    from markdown_it.token import Token

QUOTE_LEVEL = QTextFormat.Property.UserProperty.value + 1
FORMULA_SOURCE = QUOTE_LEVEL + 1
INDENT, QUOTE_INDENT = 26, 16
_FORMULA_SIZE = 1.12
_RATIO = 3.0  # sharp on any screen
_TASK = re.compile(r"\[([ xX])\] +")
_FOREGROUND = QTextFormat.Property.ForegroundBrush.value
_LINE_HEIGHT = 135.0
_HEADING_SIZES = {"h1": 1.45, "h2": 1.25, "h3": 1.12}
_PARAGRAPH_GAP, ITEM_GAP, _HEADING_GAP = 10, 4, 16
_BULLETS = (QTextListFormat.Style.ListDisc, QTextListFormat.Style.ListCircle, QTextListFormat.Style.ListSquare)


def paragraph_format() -> QTextBlockFormat:
    made = QTextBlockFormat()
    made.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    return made


Cell = tuple["Token", "Token"]


def table_rows(tokens: Sequence[Token]) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for token, inside in pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append((token, inside))
    return rows


@dataclass(frozen=True)
class _Mark:
    """How things stood before a piece of a paragraph was written; `awaits`: it stands there as its source for now."""

    position: int
    format: QTextCharFormat
    outer: tuple[QTextCharFormat, ...]
    line_break: bool
    line_over: bool
    awaits: Formula | None


@dataclass(frozen=True)
class LateCell:
    """A cell of a table that was written before all its formulas had been typeset."""

    row: int
    column: int
    cell: Cell
    awaited: frozenset[Formula]


class Page:
    """The tokens of some Markdown, written at a cursor that ends behind them.

    `ends_plain` tells whether plain words may simply follow, in `format`. `awaited`: formulas that were written as
    their source, because their pictures are not there yet.
    """

    def __init__(self, theme: Theme, font: QFont, cursor: QTextCursor) -> None:
        self.awaited: set[Formula] = set()
        self.late: list[LateCell] = []
        self._start = QTextCursor(cursor)
        self._start.setKeepPositionOnInsert(True)
        self._tokens: Sequence[Token] = ()
        self._marks: list[_Mark] = []
        self._around: tuple[list[QTextListFormat], int] = [], 0  # what the last words stand in
        self._paragraph = ""
        self._awaits: Formula | None = None
        self._break = self._line_over = False
        self.ends_plain = False
        self.table: QTextTable | None = None
        self.format = QTextCharFormat()
        self._theme, self._font, self._cursor = theme, font, cursor
        self._fresh = True
        self._lists: list[QTextListFormat] = []
        self._item_opens = self._may_be_task = False
        self._quotes = 0
        self._outer: list[QTextCharFormat] = []

    def write(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        skipped = False
        for place, token in enumerate(tokens):
            if token.type == "table_open":
                self._write_table(tokens[place:])
            skipped = (skipped or token.type == "table_open") and token.type != "table_close"
            if not skipped:
                self._call(token)

    def go_on(self, tokens: Sequence[Token]) -> bool:
        """Writes again only what is different in the last words; whether nothing else was."""
        place, before = _last_words(tokens), self._tokens
        if place is None or _last_words(before) != place or _frame(before, place) != _frame(tokens, place):
            return False
        kept = self._kept(before[place].children or [], tokens[place].children or [])
        elsewhere = self.awaited - {mark.awaits for mark in self._marks}
        if not kept or any(map(typesetter().knows, elsewhere)):
            return False
        self._tokens, self._paragraph = tokens, tokens[place].content
        self._go_back(kept)
        self.awaited = elsewhere | {mark.awaits for mark in self._marks if mark.awaits is not None}
        self._write_words((tokens[place].children or [])[kept:])
        return True

    def _kept(self, before: Sequence[Token], now: Sequence[Token]) -> int:
        """How many pieces stay as they stand: never the last, which plain words may have followed."""
        count = 0
        for old, new, mark in zip(before[:-1], now, self._marks, strict=False):
            if old != new or (mark.awaits is not None and typesetter().knows(mark.awaits)):
                break
            count += 1
        return count

    def _go_back(self, kept: int) -> None:
        mark = self._marks[kept]
        del self._marks[kept:]
        self._cursor.setPosition(self._start.position() + mark.position, QTextCursor.MoveMode.KeepAnchor)
        self._cursor.removeSelectedText()
        self.format, self._outer = mark.format, list(mark.outer)
        self._break, self._line_over = mark.line_break, mark.line_over
        self._lists, self._quotes = self._around

    def _call(self, token: Token) -> None:
        method: Callable[[Token], None] | None = getattr(self, f"_{token.type}", None)
        if method is not None:
            method(token)

    # Blocks

    def _paragraph_open(self, token: Token) -> None:
        self._begin_block(ITEM_GAP if self._lists and (token.hidden or self._item_opens) else _PARAGRAPH_GAP)

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
            self._begin_block(ITEM_GAP)
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
        self._may_be_task = self._item_opens
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
        self._marks, self._around, self._paragraph = [], ([*self._lists], self._quotes), token.content
        if self._may_be_task and token.children and token.children[0].type == "text":
            self._mark_task(token.children[0])
        self._may_be_task = False
        self._write_words(token.children or ())

    def _write_words(self, pieces: Sequence[Token]) -> None:
        for piece in pieces:
            place, made, outer = self._cursor.position() - self._start.position(), self.format, tuple(self._outer)
            line_break, line_over, self._awaits = self._break, self._line_over, None
            self._call(piece)
            self._marks.append(_Mark(place, made, outer, line_break, line_over, self._awaits))
        self.ends_plain = bool(pieces) and pieces[-1].type == "text" and not self._outer
        self._break = self._line_over = False

    def _mark_task(self, words: Token) -> None:
        """[ ] and [x] at the beginning of an item are boxes."""
        task = _TASK.match(words.content)
        if task is not None:
            kind, made = QTextBlockFormat.MarkerType, self._cursor.blockFormat()
            made.setMarker(kind.Unchecked if task[1] == " " else kind.Checked)
            self._cursor.setBlockFormat(made)
            words.content = words.content[task.end() :]

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
        self._break = not self._line_over

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
        text = text.lstrip(" ") if self._line_over else text
        self._end_line()
        words = shown(text.replace("\u2028", "\n"), around=self._paragraph)
        self._cursor.insertText(words.replace("\n", "\u2028"), made)

    def _end_line(self) -> None:
        """A line break only where something follows: a formula on lines of its own brings its own."""
        if self._line_over:
            self._own_block(paragraph_format().lineHeight())
        elif self._break:
            self._cursor.insertText("\u2028", self.format)
        self._break = self._line_over = False

    # Formulas

    def _formula(self, token: Token) -> None:
        drawing = self._drawing(token, display=False)
        if drawing is None:
            self._insert(token.markup, self.format)
        else:
            self._end_line()
            self._insert_picture(token, drawing)

    def _formula_display(self, token: Token) -> None:
        drawing = self._drawing(token, display=True)
        if drawing is None:
            self._insert(token.markup, self.format)
            return
        if not self._cursor.atBlockStart() or self._line_over:
            self._own_block(100)
        else:
            self._stretch(100)
        self._insert_picture(token, drawing)
        self._break, self._line_over = False, True

    def _own_block(self, line_height: float) -> None:
        """Goes on in a block that belongs to the same paragraph."""
        made = self._block_format(ITEM_GAP)
        self._cursor.insertBlock(made, self._base())
        self._stretch(line_height)

    def _stretch(self, line_height: float) -> None:
        made = self._cursor.blockFormat()
        made.setLineHeight(line_height, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        centred = line_height == 100 and not self._lists
        made.setAlignment(Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeading)
        self._cursor.setBlockFormat(made)

    def _drawing(self, token: Token, *, display: bool) -> Typeset | None:
        size = round(self._pixels() * _FORMULA_SIZE)
        colour = self.format.foreground().color().name() if self.format.hasProperty(_FOREGROUND) else self._theme.text
        formula = Formula(token.content, display, colour, size)
        drawing = typesetter().typeset(formula)
        if drawing is None and not typesetter().knows(formula):
            self._awaits = formula
            self.awaited.add(formula)
        return drawing

    def _pixels(self) -> float:
        larger = self.format.fontPointSize() / self._font.pointSizeF() if self.format.fontPointSize() > 0 else 1.0
        return QFontInfo(self._font).pixelSize() * larger

    def _insert_picture(self, token: Token, drawing: Typeset) -> None:
        """Qt puts a picture on its line by the font alone: padded, the words inside stand where those outside do."""
        metrics, made = QFontMetrics(self._font), QTextImageFormat()
        above, below = ceil(drawing.height - drawing.depth), ceil(drawing.depth)
        if below <= metrics.descent():
            below = metrics.descent()
            made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
        else:
            above = max(above, below + metrics.xHeight() // 2)
            below = above - metrics.xHeight() // 2
            made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        self._picture(token, made, picture(drawing, above, below, _RATIO))

    def _picture(self, token: Token, made: QTextImageFormat, image: QImage) -> None:
        name = f"formula:{image.cacheKey()}"
        self._cursor.document().addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), image)
        made.setName(name)
        made.setWidth(image.width() / _RATIO)
        made.setHeight(image.height() / _RATIO)
        made.setMaximumWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        made.setProperty(FORMULA_SOURCE, shown(token.markup))
        made.setToolTip(shown(token.content))
        self._cursor.insertImage(made)

    # Tables

    def _write_table(self, tokens: Sequence[Token]) -> None:
        rows = table_rows(tokens[: 1 + next(n for n, token in enumerate(tokens) if token.type == "table_close")])
        if not self._fresh or self._cursor.block().blockNumber():
            self._begin_block(_PARAGRAPH_GAP)
        behind = self._cursor
        self.table = behind.insertTable(len(rows), len(rows[0]), self._table_format())
        self.fill(self.table, rows, 0)
        self._cursor = behind
        self._cursor.setPosition(self.table.lastPosition() + 1)
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
            for column, cell in enumerate(cells[: table.columns()]):
                self._fill_cell(table, row, column, cell)

    def fill_again(self, table: QTextTable, late: LateCell) -> None:
        self.late.remove(late)
        place = table.cellAt(late.row, late.column)
        cursor = place.firstCursorPosition()
        cursor.setPosition(place.lastCursorPosition().position(), QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        self._fill_cell(table, late.row, late.column, late.cell)

    def _fill_cell(self, table: QTextTable, row: int, column: int, cell: Cell) -> None:
        others, self.awaited = self.awaited, set()
        self._write_cell(table.cellAt(row, column), *cell)
        if self.awaited:
            self.late.append(LateCell(row, column, cell, frozenset(self.awaited)))
        self.awaited |= others

    def _write_cell(self, place: QTextTableCell, cell: Token, words: Token) -> None:
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


def _last_words(tokens: Sequence[Token]) -> int | None:
    """Which token holds the last words, where nothing but the ends of what they stand in follows them."""
    place = next((n for n in reversed(range(len(tokens))) if tokens[n].nesting >= 0), None)
    in_table = any(token.type == "table_open" for token in tokens)
    return place if place is not None and tokens[place].type == "inline" and not in_table else None


def _frame(tokens: Sequence[Token], place: int) -> list[tuple[object, ...]]:
    """All but the words at `place`."""
    return [
        (each.type, each.tag, each.hidden, each.markup, each.info, each.attrs, each.content if n != place else "")
        for n, each in enumerate(tokens)
    ]


def _alignment(style: str) -> Qt.AlignmentFlag:
    if style.endswith("right"):
        return Qt.AlignmentFlag.AlignRight
    return Qt.AlignmentFlag.AlignHCenter if style.endswith("center") else Qt.AlignmentFlag.AlignLeading
