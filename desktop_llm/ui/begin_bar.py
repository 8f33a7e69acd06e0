"""How the next answer is to begin: the model goes on from there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.leading_label import LeadingLabel


class BeginBar(QWidget):
    """Out of sight until it is wanted; what it holds is for one answer."""

    left = Signal()  # the message is to be written on
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = QLineEdit()
        self._close = IconButton("close", self.tr("Let the model write its own beginning"))
        self._place()
        self.hide()

    def open(self, text: str = "") -> None:
        self.edit.setText(text or self.edit.text())
        self.show()
        self.edit.setFocus()

    def text(self) -> str:
        return "" if self.isHidden() else self.edit.text()

    def show_text(self, text: str) -> None:
        """With nothing to show it is out of sight."""
        self.edit.setText(text)
        self.setVisible(bool(text))

    def close_bar(self) -> None:
        self.edit.clear()
        self.hide()
        self.left.emit()

    def take(self) -> str:
        """What it holds; it is empty then."""
        text = self.text()
        self.edit.clear()
        self.hide()
        return text

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    def _place(self) -> None:
        words = self.tr("The answer begins:")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(LeadingLabel(words))
        row.addWidget(self.edit, 1)
        row.addWidget(self._close)
        self.edit.setAccessibleName(words)
        self.edit.setPlaceholderText(self.tr("for example: Dear Ms Li,"))
        self.edit.returnPressed.connect(self.entered)
        self._close.clicked.connect(self.close_bar)
