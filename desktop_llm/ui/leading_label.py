"""A quiet label that begins where lines begin in the program's language, whatever language its text is in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QStyle, QWidget


class LeadingLabel(QLabel):
    """Plain text; Qt's own label would put an English name on the left of an Arabic window."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setObjectName("muted")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._align()

    def show_as(self, kind: str) -> None:
        """`kind` names its colour in the style sheet, which is only asked again where it is polished anew."""
        if kind != self.objectName():
            self.setObjectName(kind)
            self.style().polish(self)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._align()

    def _align(self) -> None:
        leading = QStyle.visualAlignment(self.layoutDirection(), Qt.AlignmentFlag.AlignLeft)
        self.setAlignment(leading | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)
