"""The documents beside their summary, at the passage that a sentence comes from, which is marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QKeyEvent,
    QPalette,
    QShowEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QTextEdit, QVBoxLayout, QWidget

from desktop_llm.documents.document import HEADINGS, Document, Passage
from desktop_llm.ui.amounts import count
from desktop_llm.ui.claims import Place
from desktop_llm.ui.elided_label import ElidedLabel
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.shown_text import shown

BEFORE, AFTER = 12, 28
"""Passages laid out around the one that is sought: a book has thousands."""


class SourcePane(QFrame):
    left = Signal()  # it was closed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sourcepane")
        self.setAccessibleName(self.tr("Source"))
        self._documents: Sequence[Document] = ()
        self._places: Sequence[Place] = ()
        self._number = 0
        self._span = (0, 0)
        self._position = 0
        self.title, self.where, self._which = ElidedLabel(), wrapped("muted"), LeadingLabel("")
        self.text = _SourceText()
        self.back = IconButton("previous", self.tr("Previous source of this sentence"))
        self.on = IconButton("next", self.tr("Next source of this sentence"))
        self.earlier = IconButton("up", self.tr("Earlier in the document"))
        self.later = IconButton("down", self.tr("Later in the document"))
        self.closing = IconButton("close", self.tr("Close the source"))
        self._place()
        self._connect()
        self.hide()

    def show_places(self, documents: Sequence[Document], places: Sequence[Place]) -> None:
        self._documents, self._places = documents, places
        self.show()
        self._show_number(0)
        self.text.setFocus()

    @property
    def marked(self) -> Passage | None:
        """What is shown of the document as where the sentence comes from."""
        if not self._places or self.isHidden():
            return None
        document, passage = self._places[self._number]
        return self._documents[document].passages[passage]

    def draw_again(self) -> None:
        """In other colours."""
        if self._places:
            self._lay_out(*self._span)

    def close_pane(self) -> None:
        self.hide()
        self.left.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._scroll()

    def _show_number(self, number: int) -> None:
        self._number = number
        document, passage = self._places[number]
        self.title.show_line(shown(self._documents[document].title))
        self.where.setText(self._where(self._documents[document].passages[passage]))
        several = len(self._places) > 1
        said = self.tr("{number} of {count}").format(number=number + 1, count=len(self._places))
        self._which.setText(said if several else "")
        for button, enabled in ((self.back, number > 0), (self.on, number + 1 < len(self._places))):
            button.setVisible(several)
            button.setEnabled(enabled)
        self._lay_out(max(passage - BEFORE, 0), passage + AFTER)
        spoken = f"{self.where.text()}: {self._documents[document].passages[passage].text}"
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, spoken[:600]))

    def _where(self, passage: Passage) -> str:
        page = self.tr("Page {number}").format(number=count(passage.page)) if passage.page else ""
        return "  ·  ".join(filter(None, (page, shown(passage.heading.replace(HEADINGS, " › ")))))

    # ---- the text

    def _lay_out(self, first: int, end: int) -> None:
        document, sought = self._places[self._number]
        passages = self._documents[document].passages
        first, end = max(first, 0), min(end, len(passages))
        self._span = first, end
        self.text.clear()
        cursor = self.text.textCursor()
        self._position = 0
        for number in range(first, end):
            if number == sought:
                self._position = cursor.position()
            self._write(cursor, passages[number], passages[number - 1] if number > first else None, number == sought)
        self.earlier.setEnabled(first > 0)
        self.later.setEnabled(end < len(passages))
        self._scroll()

    def _write(self, cursor: QTextCursor, passage: Passage, before: Passage | None, marked: bool) -> None:
        if before is None or before.page != passage.page:
            page = self.tr("Page {number}").format(number=count(passage.page)) if passage.page else ""
            if page:
                cursor.insertText(f"{page}\n", self._muted())
        look = self._marked() if marked else QTextCharFormat()
        if passage.level:
            look.setFontWeight(700)
        cursor.insertText(shown(passage.text), look)
        cursor.insertText("\n\n", QTextCharFormat())

    def _muted(self) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setForeground(self.palette().color(QPalette.ColorRole.PlaceholderText))
        return made

    def _marked(self) -> QTextCharFormat:
        """With a line below it too, for who sees no colours."""
        ground = QColor(self.palette().color(QPalette.ColorRole.Accent))
        ground.setAlphaF(0.18)
        made = QTextCharFormat()
        made.setBackground(ground)
        made.setFontUnderline(True)
        return made

    def _scroll(self) -> None:
        """The passage comes near the top, what stands before it is seen too."""
        cursor = self.text.textCursor()
        cursor.setPosition(self._position)
        self.text.setTextCursor(cursor)
        bar = self.text.verticalScrollBar()
        bar.setValue(bar.value() + self.text.cursorRect(cursor).top() - self.text.viewport().height() // 5)

    def _show_earlier(self) -> None:
        first, _ = self._span
        self._lay_out(first - AFTER, first)
        self._position = 0
        self._scroll()

    def _show_later(self) -> None:
        _, end = self._span
        self._lay_out(end, end + AFTER)
        self._position = 0
        self._scroll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_pane()
        else:
            super().keyPressEvent(event)

    # ---- how it looks

    def _place(self) -> None:
        head = QHBoxLayout()
        self.title.show_as("strong")
        head.addWidget(self.title, 1)
        for part in (self.back, self._which, self.on, self.earlier, self.later, self.closing):
            head.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.where)
        column.addWidget(self.text, 1)

    def _connect(self) -> None:
        self.closing.clicked.connect(self.close_pane)
        self.back.clicked.connect(lambda: self._show_number(self._number - 1))
        self.on.clicked.connect(lambda: self._show_number(self._number + 1))
        self.earlier.clicked.connect(self._show_earlier)
        self.later.clicked.connect(self._show_later)


class _SourceText(QTextEdit):
    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName(self.tr("Text of the source"))
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)
