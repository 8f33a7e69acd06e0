"""A line that shows where the keyboard is, above what cannot show it itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QFrame, QWidget

_HEIGHT = 2


class FocusLine(QFrame):
    def __init__(self, shown_of: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("focusline")
        self.setFixedHeight(_HEIGHT)
        shown_of.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("focused", event.type() == QEvent.Type.FocusIn)
            self.style().polish(self)
        return super().eventFilter(watched, event)
