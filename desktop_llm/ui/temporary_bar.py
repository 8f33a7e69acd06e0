"""Says of a chat that it is kept nowhere, or not what is said from now on, and offers to keep it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from desktop_llm.ui.leading_label import LeadingLabel


class TemporaryBar(QWidget):
    kept = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = LeadingLabel("")
        self.keep = QPushButton(self.tr("Keep this chat"))
        self.keep.setAccessibleName(self.keep.text())
        self.keep.clicked.connect(self.kept)
        self._words.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.addWidget(self._words, 1)
        row.addWidget(self.keep)
        self.hide()

    def show_for(self, temporary: bool, begun: bool, keeps: bool = True) -> None:
        """`keeps`: whether anything can be stored; what was stored before is only read where it cannot."""
        if temporary:
            words = self.tr(
                "Temporary chat: nothing of it is written to the disk, and it is gone when the program ends."
            )
        else:
            words = self.tr("Nothing said here now can be stored: it is gone when the program ends.")
        self._words.setText(words)
        self.setVisible(temporary or not keeps)
        self.keep.setVisible(temporary and begun)
