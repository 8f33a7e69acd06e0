"""What is selected in a text as it is shown, as HTML in which nothing but the words and their marks is left."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from html import escape
from typing import cast

from PySide6.QtGui import QFont, QTextBlock, QTextCharFormat, QTextCursor, QTextListFormat, QTextTable

from desktop_llm.ui.markdown_text import is_safe
from desktop_llm.ui.markdown_writer import FORMULA_SOURCE


def units(text: str) -> bytes:
    """Qt's positions are not Python's where there are emoji: it counts halves of them."""
    return text.encode(f"utf-16-{sys.byteorder[0]}e", "surrogatepass")


def html_of_selection(cursor: QTextCursor) -> str:
    table = cursor.currentTable()
    if table is not None and cursor.hasComplexSelection():
        return _html_of_cells(table, cursor)
    opened: list[str] = []
    lines = [_html_of_block(block, cursor, opened) for block in _blocks(cursor)]
    return "\n".join(lines) + _close(opened, 0)


def _html_of_cells(table: QTextTable, cursor: QTextCursor) -> str:
    top, rows, left, columns = cast(tuple[int, int, int, int], cursor.selectedTableCells())
    lines = []
    for row in range(top, top + rows):
        cells = (table.cellAt(row, column).firstCursorPosition().block() for column in range(left, left + columns))
        lines.append("".join(f"<td>{_inline(cell, 0, cell.length())}</td>" for cell in cells))
    return "<table>" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _blocks(cursor: QTextCursor) -> Iterator[QTextBlock]:
    block = cursor.document().findBlock(cursor.selectionStart())
    while block.isValid() and block.position() < cursor.selectionEnd():
        yield block
        block = block.next()


def _html_of_block(block: QTextBlock, cursor: QTextCursor, opened: list[str]) -> str:
    """One paragraph or item; `opened` are the lists that it stands in."""
    words = _inline(block, cursor.selectionStart() - block.position(), cursor.selectionEnd() - block.position())
    made = block.textList()
    if made is None:
        return _close(opened, block.blockFormat().indent()) + f"<p>{words}</p>"
    before = _close(opened, made.format().indent())
    while len(opened) < made.format().indent():
        opened.append("ol" if made.format().style() == QTextListFormat.Style.ListDecimal else "ul")
        number = made.format().start() + made.itemNumber(block) if opened[-1] == "ol" else 1
        before += f"<{opened[-1]}>" if number == 1 else f'<{opened[-1]} start="{number}">'
    return f"{before}<li>{words}</li>"


def _close(opened: list[str], depth: int) -> str:
    closed = opened[depth:]
    del opened[depth:]
    return "".join(f"</{tag}>" for tag in reversed(closed))


def _inline(block: QTextBlock, start: int, stop: int) -> str:
    pieces, place = [], block.begin()
    while not place.atEnd():
        fragment = place.fragment()
        begin = fragment.position() - block.position()
        words = _cut(fragment.text(), max(0, start - begin), max(0, stop - begin))
        if words:
            pieces.append(_styled(words, fragment.charFormat()))
        place += 1
    return "".join(pieces)


def _cut(words: str, start: int, stop: int) -> str:
    return units(words)[2 * start : 2 * stop].decode(f"utf-16-{sys.byteorder[0]}e", "replace")


def _styled(words: str, made: QTextCharFormat) -> str:
    source = made.property(FORMULA_SOURCE)
    html = escape(words if source is None else str(source) * len(words)).replace("\u2028", "<br>")
    styles = {
        "code": bool(made.fontFamilies()),
        "s": made.fontStrikeOut(),
        "em": made.fontItalic(),
        "strong": made.fontWeight() >= QFont.Weight.DemiBold,
    }
    for tag in (tag for tag, has in styles.items() if has):
        html = f"<{tag}>{html}</{tag}>"
    address = made.anchorHref()
    return f'<a href="{escape(address)}">{html}</a>' if address and is_safe(address) else html
