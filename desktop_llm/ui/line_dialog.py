"""Asks for one line of text: a name, or tags."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_llm.ui.detail_page import button_row

_WIDTH = 380
_LONGEST = 500  # characters; more tags than fit a menu


class LineDialog(QDialog):
    given = Signal(str)

    def __init__(self, title: str, words: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.line = QLineEdit(text)
        self.line.setMaxLength(max(_LONGEST, len(text)))
        self.keep, self._cancel = QPushButton(self.tr("Keep")), QPushButton(self.tr("Cancel"))
        self.setWindowTitle(title)
        self.line.setAccessibleName(words)
        self.line.selectAll()
        self.keep.setDefault(True)
        self._place(words)

    def _place(self, words: str) -> None:
        label = QLabel(words)
        label.setBuddy(self.line)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(label)
        column.addWidget(self.line)
        column.addLayout(button_row(self.keep, self._cancel))
        self.setMinimumWidth(_WIDTH)
        self.keep.clicked.connect(self._done)
        self._cancel.clicked.connect(self.reject)

    def _done(self) -> None:
        self.given.emit(self.line.text())
        self.accept()
