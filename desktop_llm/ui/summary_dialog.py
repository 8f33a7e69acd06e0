"""The summary that is sent in place of the earlier part of a chat, to be changed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.facts_grid import wrapped


class SummaryDialog(QDialog):
    kept = Signal(str)

    def __init__(self, summary: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QPlainTextEdit(summary)
        self._keep, self._cancel = QPushButton(self.tr("Keep")), QPushButton(self.tr("Cancel"))
        self._place()

    def _place(self) -> None:
        self.setWindowTitle(self.tr("Summary of the earlier part"))
        self.resize(560, 320)
        self.text.setAccessibleName(self.tr("Summary"))
        self.text.setTabChangesFocus(True)
        note = wrapped("muted")
        told = self.tr("The model is given this instead of the messages that are not sent.")
        empty = self.tr("Leave it empty to give nothing.")
        note.setText(f"{told} {empty}")
        self._keep.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(note)
        column.addWidget(self.text, 1)
        column.addLayout(button_row(self._keep, self._cancel))
        self._keep.clicked.connect(self._done)
        self._cancel.clicked.connect(self.reject)

    def _done(self) -> None:
        self.kept.emit(self.text.toPlainText())
        self.accept()
