"""The Hugging Face token: typed once, never shown again."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.leading_label import LeadingLabel


class TokenField(QWidget):
    kept = Signal(str)  # the new token, "" for none any more

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit()
        self._keep, self._forget = QPushButton(self.tr("Save")), QPushButton(self.tr("Remove"))
        self._place()
        self.line.textChanged.connect(lambda text: self._keep.setEnabled(bool(text.strip())))
        self.line.returnPressed.connect(self._on_kept)
        self._keep.clicked.connect(self._on_kept)
        self._forget.clicked.connect(lambda: self.kept.emit(""))
        self.show_stored(False)

    def show_stored(self, stored: bool) -> None:
        there = self.tr("A token is stored; type a new one to replace it")
        self.line.setPlaceholderText(there if stored else self.tr("Only needed for models with terms to accept"))
        self._forget.setVisible(stored)

    def _on_kept(self) -> None:
        if token := self.line.text().strip():
            self.line.clear()
            self.kept.emit(token)

    def _place(self) -> None:
        label, note = LeadingLabel(self.tr("Hugging Face token")), wrapped("muted")
        row, column = QHBoxLayout(), QVBoxLayout(self)
        label.show_as("fact")
        note.setText(self.tr("It goes only to the Hub, and to the mirror if you allow it."))
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setAccessibleName(label.text())
        self._keep.setAccessibleName(self.tr("Save the token"))
        self._forget.setAccessibleName(self.tr("Remove the token"))
        self._keep.setEnabled(False)
        column.setContentsMargins(22, 0, 0, 0)
        column.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(self._keep)
        row.addWidget(self._forget)
        column.addWidget(label)
        column.addWidget(note)
        column.addLayout(row)
