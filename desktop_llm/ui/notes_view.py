"""The notes on the parts of a text as they come; the one that is being written grows at their end."""

from __future__ import annotations

from PySide6.QtGui import QFont, QPalette, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QTextBrowser, QWidget

from desktop_llm.summarizer import NoteGrew, PieceRead
from desktop_llm.ui.amounts import count
from desktop_llm.ui.shown_text import shown

_AT_THE_END = 24  # pixels


class NotesView(QTextBrowser):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("said")
        self.setAccessibleName(self.tr("Notes on what was read"))
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.document().setDocumentMargin(2)
        self.document().setDefaultTextOption(QTextOption())
        self._growing = -1
        self._begin = 0
        """Where what is still growing begins."""

    def clear_notes(self) -> None:
        self.clear()
        self._growing, self._begin = -1, 0

    def take(self, event: NoteGrew | PieceRead) -> None:
        follows = self._is_at_end()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        self._cut_growing(cursor)
        if isinstance(event, NoteGrew):
            self._growing = event.piece
            self._write(cursor, event.piece, "", event.text)
        else:
            self._write(cursor, event.piece, event.heading, event.text)
            self._begin = cursor.position()
        cursor.endEditBlock()
        if follows:
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def _cut_growing(self, cursor: QTextCursor) -> None:
        cursor.setPosition(self._begin)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()

    def _write(self, cursor: QTextCursor, piece: int, heading: str, text: str) -> None:
        head = QTextCharFormat()
        head.setForeground(self.palette().color(QPalette.ColorRole.PlaceholderText))
        head.setFontWeight(QFont.Weight.DemiBold)
        part = self.tr("Part {number}").format(number=count(piece + 1))
        cursor.insertText("  ·  ".join(filter(None, (part, shown(heading)))) + "\n", head)
        cursor.insertText(f"{shown(text)}\n\n", QTextCharFormat())

    def _is_at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - _AT_THE_END
