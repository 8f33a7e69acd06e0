"""What the chat shows before anything is said: what can be done here, or how to get a model."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_llm.ui.first_model import FirstModel

_WIDEST, _NARROWEST = 620, 280
_ACROSS, _DOWN = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom


class EmptyState(QWidget):
    suggested = Signal(str)
    wants_file = Signal()
    wants_models = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = _line("heading")
        self._words = _line("muted")
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._suggestions = [QPushButton(text) for text in self._examples()]
        self.first_model = FirstModel()
        self._buttons = self._button_row()
        self._temporary = False
        self._place()
        self.show_ready(True, True)

    def show_temporary(self, temporary: bool) -> None:
        self._temporary = temporary
        self.show_ready(*self._ready)

    def show_ready(self, has_model: bool, searched: bool) -> None:
        self._ready = has_model, searched
        if has_model and self._temporary:
            self._heading.setText(self.tr("A temporary chat"))
            self._words.setText(self.tr("It is kept in the memory of this computer only."))
        elif has_model:
            self._heading.setText(self.tr("What is on your mind?"))
            self._words.setText(self.tr("Everything you write here stays on this computer."))
        elif searched:
            self._heading.setText(self.tr("A model is needed first"))
            self._words.setText(self.tr("There is no model here yet. One download, and it works offline from then on."))
        else:
            self._heading.setText(self.tr("Looking for models"))
            self._words.setText(self.tr("Models of other programs on this computer can be used as they are."))
        for button in self._suggestions:
            button.setVisible(has_model)
        self.first_model.setVisible(searched and not has_model)

    def _examples(self) -> list[str]:
        return [
            self.tr("Explain how rainbows form"),
            self.tr("Write a short poem about the sea"),
            self.tr("Draft an e-mail asking for a day off"),
        ]

    def _place(self) -> None:
        self.setMinimumWidth(_NARROWEST)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addStretch(3)
        for label in (self._heading, self._words):
            column.addLayout(_centred(label))
        column.addSpacing(10)
        column.addLayout(self._buttons)
        column.addLayout(_centred(self.first_model))
        column.addStretch(4)
        self.first_model.wants_file.connect(self.wants_file)
        self.first_model.wants_models.connect(self.wants_models)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the suggestions do not fit beside each other they stand below each other."""
        super().resizeEvent(event)
        needed = sum(button.sizeHint().width() + self._buttons.spacing() for button in self._suggestions)
        across = needed < event.size().width()
        self._buttons.setDirection(_ACROSS if across else _DOWN)

    def _button_row(self) -> QBoxLayout:
        row = QBoxLayout(_ACROSS)
        row.addStretch(1)
        for button in self._suggestions:
            button.setAccessibleName(button.text())
            button.clicked.connect(self._suggest)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        row.addStretch(1)
        return row

    def _suggest(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton):
            self.suggested.emit(button.text())


def _line(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    label.setMaximumWidth(_WIDEST)
    return label


def _centred(part: QWidget) -> QBoxLayout:
    row = QBoxLayout(_ACROSS)
    row.addStretch(1)
    row.addWidget(part, 1000)
    row.addStretch(1)
    return row
