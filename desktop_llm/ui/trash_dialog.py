"""Conversations that were deleted: they can be brought back for 30 days, or be gone for good."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from desktop_llm.conversation import Conversation
from desktop_llm.ui import amounts
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.line_list import Line, LineList
from desktop_llm.ui.shown_text import told


class TrashDialog(QDialog):
    restored = Signal(object)  # a conversation's id
    erased = Signal(object)

    def __init__(self, conversations: Sequence[Conversation], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._left = list(conversations)
        self._note = wrapped("muted")
        self.list = LineList(self.tr("Deleted conversations"))
        self._restore, self._erase = QPushButton(self.tr("Restore")), QPushButton(self.tr("Delete for good"))
        self._close = QPushButton(self.tr("Close"))
        self._place()
        self._show()

    def _show(self) -> None:
        deleted = self.tr("deleted {day}")
        days = [deleted.format(day=amounts.day(c.deleted)) for c in self._left]
        self.list.show_lines([Line(c.id, told(c.title), day) for c, day in zip(self._left, days, strict=True)])
        if self.list.current() is None:
            self.list.choose_first()
        empty = self.tr("The trash is empty.")
        kept = self.tr("What lies here longer than 30 days is deleted for good.")
        self._note.setText(kept if self._left else empty)
        for button in (self._restore, self._erase):
            button.setEnabled(bool(self._left))

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
        column.addLayout(button_row(self._restore, self._erase, self._close))
        self._restore.clicked.connect(lambda: self._take(self.restored))
        self._erase.clicked.connect(lambda: self._take(self.erased))
        self._close.clicked.connect(self.accept)
