"""Markdown in a document that grows: only what is different is written again."""

from __future__ import annotations

from PySide6.QtGui import QFont, QTextBlockFormat, QTextCursor, QTextTable

from desktop_llm.ui.formulas import Formula, typesetter
from desktop_llm.ui.markdown_parser import parser
from desktop_llm.ui.markdown_writer import Page, table_rows
from desktop_llm.ui.shown_text import shown
from desktop_llm.ui.theme import Theme


class Passage:
    """Markdown at a place of a document; `source` is what was written last, without the plain words added since."""

    def __init__(self, theme: Theme, font: QFont, cursor: QTextCursor) -> None:
        self.source = ""
        self._theme, self._font = theme, font
        self._end = QTextCursor(cursor)
        self._start = QTextCursor(cursor)
        self._start.setKeepPositionOnInsert(True)
        self._page = Page(theme, font, self._end)

    @property
    def awaited(self) -> set[Formula]:
        return self._page.awaited

    @property
    def ends_plain(self) -> bool:
        return self._page.ends_plain

    def add_plain(self, words: str) -> None:
        self._end.insertText(shown(words), self._page.format)

    def write(self, source: str) -> None:
        self.source, tokens = source, parser().parse(source)
        self._end.setKeepPositionOnInsert(False)
        self._end.setPosition(self._end.position())  # its anchor went on with what was written behind
        # What a link's name stands for may come after it.
        if "]:" in source or not self._page.go_on(tokens):
            self._remove()
            self._page = Page(self._theme, self._font, self._end)
            self._page.write(tokens)

    def close(self) -> None:
        """What is written behind it is no part of it."""
        self._end.setKeepPositionOnInsert(True)

    def _remove(self) -> None:
        self._end.setPosition(self._start.position(), QTextCursor.MoveMode.KeepAnchor)
        self._end.removeSelectedText()
        self._end.setBlockFormat(QTextBlockFormat())


class TablePassage:
    """A table that fills a document: it grows by rows, and cells whose formulas have come are filled again."""

    def __init__(self, theme: Theme, font: QFont, cursor: QTextCursor) -> None:
        self._cursor = cursor
        self._page = Page(theme, font, QTextCursor(cursor))
        self._table: QTextTable | None = None

    @property
    def awaited(self) -> set[Formula]:
        return {formula for late in self._page.late for formula in late.awaited}

    def write(self, source: str) -> None:
        self._cursor.beginEditBlock()
        if self._table is None:
            self._page.write(parser().parse(source))
            self._table = self._page.table
        else:
            self._add_rows(self._table, source.split("\n"))
        self._cursor.endEditBlock()

    def _add_rows(self, table: QTextTable, lines: list[str]) -> None:
        """Only the head, which has a line more than it has rows, and what is new is read."""
        start = table.rows()
        rows = table_rows(parser().parse("\n".join([*lines[:2], *lines[start + 1 :]])))[1:]
        if rows:
            table.appendRows(len(rows))
            self._page.fill(table, rows, start)

    def take_pictures(self) -> bool:
        ready = [late for late in self._page.late if all(map(typesetter().knows, late.awaited))]
        if not ready or self._table is None:
            return False
        self._cursor.beginEditBlock()
        for late in ready:
            self._page.fill_again(self._table, late)
        self._cursor.endEditBlock()
        return True
