"""Where words occur in a conversation: counted in what is stored, marked in what is on the screen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QColor, QTextCursor, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from desktop_llm.ui.heights import Heights
from desktop_llm.ui.theme import Theme

MOST_MARKS = 500
_STRENGTH, _STRENGTH_HERE = 75, 170
_MARKUP = str.maketrans("", "", "*`")


class Hits:
    """How often a text occurs in each row; marks of Markdown are passed over where the text has none."""

    def __init__(self, text: str, rows: Iterable[str]) -> None:
        self.text = text
        self._plain = not set("*`") & set(text)
        self._folded = _folded(text)
        self._counts = Heights(map(self.count, rows))

    def count(self, source: str) -> int:
        if self._plain and ("*" in source or "`" in source):
            source = source.translate(_MARKUP)
        return _folded(source).count(self._folded)

    @property
    def total(self) -> int:
        return self._counts.total

    def append(self, source: str) -> None:
        self._counts.append(self.count(source))

    def prepend(self, sources: Iterable[str]) -> int:
        """How many hits are before the others now."""
        before = self.total
        self._counts.prepend(map(self.count, sources))
        return self.total - before

    def recount(self, row: int, source: str) -> None:
        self._counts[row] = self.count(source)

    def place(self, number: int) -> tuple[int, int]:
        """The row of a hit, and which of that row's hits it is."""
        row = self._counts.at(number)
        return row, number - self._counts.before(row)

    def first_from(self, row: int) -> int:
        """The first hit in a row or below it, or the last of all."""
        return min(self._counts.before(row), self.total - 1)


def _folded(text: str) -> str:
    """As long as the text itself."""
    return text.replace("İ", "i").lower().replace("\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}")


def occurrences(document: QTextDocument, text: str) -> list[QTextCursor]:
    found: list[QTextCursor] = []
    cursor = document.find(text)
    while not cursor.isNull() and len(found) < MOST_MARKS:
        found.append(cursor)
        cursor = document.find(text, cursor)
    return found


def mark(view: QTextEdit | QPlainTextEdit, found: list[QTextCursor], here: int, theme: Theme) -> None:
    """Marks what was found, and more strongly the one at `here`, if any."""
    selections = []
    for number, cursor in enumerate(found):
        selection = QTextEdit.ExtraSelection()
        colour = QColor(theme.warning)
        colour.setAlpha(_STRENGTH_HERE if number == here else _STRENGTH)
        selection.cursor = cursor
        selection.format.setBackground(colour)
        # Whatever the words' own colour is, it would not be read on this ground.
        selection.format.setForeground(QColor(theme.window if theme.dark and number == here else theme.text))
        selections.append(selection)
    view.setExtraSelections(selections)
