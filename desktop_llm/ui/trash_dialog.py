"""Conversations that were deleted: they can be brought back for a while, or be gone for good."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from desktop_llm.conversation import Conversation
from desktop_llm.ui import amounts
from desktop_llm.ui.confirmation import confirm
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.line_list import Line, LineList
from desktop_llm.ui.shown_text import told


class TrashDialog(QDialog):
    restored = Signal(object)  # a conversation's id
    erased = Signal(object)
    emptied = Signal()

    def __init__(self, conversations: Sequence[Conversation], parent: QWidget | None = None, days: int = 0) -> None:
        """`days`: after how many they are deleted for good, 0 for never."""
        super().__init__(parent)
        self._days = days
        self._left = list(conversations)
        self._note = wrapped("muted")
        self.list = LineList(self.tr("Deleted conversations"))
        self._restore, self._erase = QPushButton(self.tr("Restore")), QPushButton(self.tr("Delete for good"))
        self._empty, self._close = QPushButton(self.tr("Empty the trash…")), QPushButton(self.tr("Close"))
        self._place()
        self._show()

    def _show(self) -> None:
        deleted = self.tr("deleted {day}")
        days = [deleted.format(day=amounts.day(c.deleted)) for c in self._left]
        self.list.show_lines([Line(c.id, told(c.title), day) for c, day in zip(self._left, days, strict=True)])
        if self.list.current() is None:
            self.list.choose_first()
        empty = self.tr("The trash is empty.")
        self._note.setText(self._kept_words() if self._left else empty)
        for button in (self._restore, self._erase, self._empty):
            button.setEnabled(bool(self._left))

    def _kept_words(self) -> str:
        if not self._days:
            return self.tr("What lies here stays until you delete it for good.")
        kept = self.tr("What lies here longer than {days} days is deleted for good when the program starts.")
        return kept.format(days=self._days)

    def _ask_to_empty(self) -> None:
        text = self.tr("Delete all conversations in the trash for good?")
        confirm(self, self.tr("Trash"), text, self.tr("Delete for good"), self._be_emptied)

    def _be_emptied(self) -> None:
        self._left = []
        self._show()
        self.emptied.emit()

    def _take(self, signal: SignalInstance) -> None:
        conversation = self.list.current()
        self._left = [other for other in self._left if other.id != conversation]
        self._show()
        if conversation is not None:
            signal.emit(conversation)

    def _place(self) -> None:
        self.setWindowTitle(self.tr("Trash"))
        self.resize(460, 420)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(self.list, 1)
        column.addWidget(self._note)
        column.addLayout(button_row(self._restore, self._erase, self._empty, self._close))
        self._restore.clicked.connect(lambda: self._take(self.restored))
        self._erase.clicked.connect(lambda: self._take(self.erased))
        self._empty.clicked.connect(self._ask_to_empty)
        self._close.clicked.connect(self.accept)
