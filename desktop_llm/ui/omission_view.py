"""Between what is not sent any more and what is: how much that is, and the summary that is sent in its place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop_llm.ui import amounts
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.rows import Row
from desktop_llm.ui.shown_text import shown


class OmissionView(QFrame):
    """`acted` carries "edit-summary" or "send-all", and the message it stands above."""

    acted = Signal(str, object)

    def __init__(self, row: Row, parent: QWidget) -> None:
        super().__init__(parent)
        self._row = row
        self.setObjectName("card")
        self._title, self.summary = LeadingLabel(""), LeadingLabel("")
        self.edit, self.all = QPushButton(), QPushButton(self.tr("Send them again"))
        self._place()

    def draw(self) -> None:
        summary = self._row.summary
        self._title.setText(self._words(self._row.stands_for, bool(summary)))
        self.summary.setText(shown(summary))
        self.summary.setVisible(bool(summary))
        self.edit.setText(self.tr("Edit summary") if summary else self.tr("Write a summary"))
        self.edit.setAccessibleName(self.edit.text())

    def _words(self, count: int, summarized: bool) -> str:
        told = self.tr("The message above is not sent to the model any more.")
        if count > 1:
            several = self.tr("The {count} messages above are not sent to the model any more.")
            told = several.format(count=amounts.count(count))
        instead = self.tr("This summary is:")
        return f"{told} {instead}" if summarized else told

    def height_at(self, width: int) -> int:
        layout = self.layout()
        return layout.heightForWidth(width) if layout else 0

    def _place(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(8)
        for label in (self._title, self.summary):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            column.addWidget(label)
        self.summary.show_as("fact")
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addLayout(button_row(self.edit, self.all))
        self.edit.clicked.connect(self._edit)
        self.all.clicked.connect(self._send_all)

    def _edit(self) -> None:
        self.acted.emit("edit-summary", self._row.message)

    def _send_all(self) -> None:
        self.acted.emit("send-all", self._row.message)
