"""A part of one piece's text: shown as selected in its widget, and taken from it as plain words and as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from PySide6.QtGui import QTextCursor, QTextDocument, QTextTable
from PySide6.QtWidgets import QWidget

from desktop_llm.ui.code_view import CodeText
from desktop_llm.ui.markdown_blocks import Block
from desktop_llm.ui.markdown_text import html_of, html_of_plain, plain_of
from desktop_llm.ui.markdown_writer import FORMULA_SOURCE
from desktop_llm.ui.rows import Item, Row
from desktop_llm.ui.segments import OBJECT, PlainView, TextView
from desktop_llm.ui.selected_html import html_of_selection, units
from desktop_llm.ui.selection import Part
from desktop_llm.ui.shown_text import copied, copied_as_shown, harmless, shown, shown_code, with_whole_marks
from desktop_llm.ui.theme import LIGHT
from desktop_llm.ui.views import make_view, text_in

Words = TextView | CodeText


def words_in(item: Item, view: QWidget | None) -> Words | None:
    """What of a piece can be selected where `view` shows it."""
    if item.block is None or view is None or is_folded(item):
        return None
    text = text_in(view)
    return text if isinstance(text, Words) else None


def is_folded(item: Item) -> bool:
    return item.kind == "reasoning" and not item.unfolded


# Positions


def counted(document: QTextDocument, position: int) -> int:
    """A position in which a formula counts as its source, so that it holds when pictures take the place of sources."""
    return position + sum(length - 1 for place, length in _formulas(document) if place < position)


def uncounted(document: QTextDocument, counted_position: int) -> int:
    position = counted_position
    for place, length in _formulas(document):
        if place >= position:
            break
        position = max(place, position - length + 1)
    return min(position, end_of(document))


def end_of(document: QTextDocument) -> int:
    return document.characterCount() - 1


def _formulas(document: QTextDocument) -> Iterator[tuple[int, int]]:
    """Where the pictures of formulas are, and how long their sources."""
    raw = document.toRawText()
    if OBJECT not in raw:
        return
    cursor = QTextCursor(document)
    for place, unit in enumerate(memoryview(units(raw)).cast("H")):
        if unit == ord(OBJECT):
            cursor.setPosition(place + 1)
            yield place, len(units(str(cursor.charFormat().property(FORMULA_SOURCE) or " "))) // 2


# Showing


def select(text: Words, part: Part | None) -> None:
    cursor = text.textCursor()
    if part is None:
        if cursor.hasSelection():
            cursor.clearSelection()
            text.setTextCursor(cursor)
        return
    start, stop = _range(text.document(), part)
    cursor.setPosition(start)
    cursor.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
    _set(text, with_whole_marks(cursor))


def _set(text: Words, cursor: QTextCursor) -> None:
    """Without scrolling sideways to where the cursor is."""
    before = text.textCursor()
    if (before.anchor(), before.position()) == (cursor.anchor(), cursor.position()):
        return
    bar = text.horizontalScrollBar()
    value = bar.value()
    text.setTextCursor(cursor)
    bar.setValue(value)


def _range(document: QTextDocument, part: Part) -> tuple[int, int]:
    start = uncounted(document, part.start)
    stop = end_of(document) if part.stop is None else uncounted(document, part.stop)
    table = _table(document)
    if table is None or (start > 0) == (part.stop is not None):
        return start, stop
    return _rows_of(table, start, stop)


def _rows_of(table: QTextTable, start: int, stop: int) -> tuple[int, int]:
    """Of a table that is entered or left whole lines are selected: Qt would take all of it."""
    first, last = table.cellAt(start), table.cellAt(stop)
    top = first.row() if first.isValid() else 0
    bottom = last.row() if last.isValid() else table.rows() - 1
    begin, end = table.cellAt(top, 0), table.cellAt(bottom, table.columns() - 1)
    return begin.firstPosition(), end.lastPosition()


def _table(document: QTextDocument) -> QTextTable | None:
    """That of a document which is nothing but one."""
    frames = document.rootFrame().childFrames() if document.characterCount() > 1 else []
    table = frames[0] if len(frames) == 1 else None
    return table if isinstance(table, QTextTable) and table.firstPosition() <= 1 else None


# Copying


def taken(row: Row, item: Item, part: Part, parent: QWidget) -> tuple[str, str]:
    """What is selected of a piece, as plain words and as HTML; one end of it may be far from the window."""
    assert item.block is not None
    if part == Part():
        return _whole(item.block)
    text = words_in(item, item.widget or _view_for_now(row, item, parent))
    assert text is not None
    if part.covers(counted(text.document(), end_of(text.document()))):
        return _whole(item.block)
    select(text, part)
    return _selected(text)


def _view_for_now(row: Row, item: Item, parent: QWidget) -> QWidget:
    view = make_view(item, row, LIGHT, parent)
    view.draw()
    view.deleteLater()
    return view


def _whole(block: Block) -> tuple[str, str]:
    """A piece as plain words and as HTML."""
    if block.kind in ("text", "table"):
        return plain_of(block.source), html_of(block.source)
    if block.kind == "code":
        return _code(copied(shown_code(block.source)))
    return _plain(copied(shown(block.source)))


def _selected(text: Words) -> tuple[str, str]:
    """What is selected in a text, as plain words and as HTML."""
    plain = text.selected_text()
    if isinstance(text, CodeText):
        return _code(plain)
    if isinstance(text, PlainView):
        return _plain(plain)
    return plain, harmless(copied_as_shown(html_of_selection(text.chosen())))


def _code(plain: str) -> tuple[str, str]:
    return plain, f"<pre><code>{escape(harmless(plain))}</code></pre>"


def _plain(plain: str) -> tuple[str, str]:
    return plain, html_of_plain(plain)
