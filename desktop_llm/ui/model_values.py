"""What a model's author recommends, and what the person wants every chat with that model to have."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from desktop_llm.fields import Values
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.values_text import values_in_words


class ModelValues(QWidget):
    """Nothing is seen where a model has neither."""

    recommended_taken = Signal()
    forgotten = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.take = QPushButton(self.tr("Use them with this model"))
        self.forget = QPushButton(self.tr("Do without"))
        self.recommended, self.own = _Chip(self.take), _Chip(self.forget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.recommended)
        column.addWidget(self.own)
        self.take.clicked.connect(self.recommended_taken)
        self.forget.clicked.connect(self.forgotten)
        self.hide()

    def show_values(self, model: str, own: Values, recommended: Values) -> None:
        """`recommended` is offered where the model's `own` values differ from it."""
        used = recommended.items() <= own.items()
        offered = self.tr("Author's values for {model}: {values}") if recommended and not used else ""
        alike = recommended and own == recommended
        kept = self.tr("{model} has its author's values: {values}") if alike else ""
        kept = kept or (self.tr("Values of {model}: {values}") if own else "")
        self.recommended.say(offered.format(model=model, values=values_in_words(recommended)))
        self.own.say(kept.format(model=model, values=values_in_words(own)))
        self.setVisible(bool(offered or kept))


class _Chip(QFrame):
    def __init__(self, button: QPushButton) -> None:
        super().__init__()
        self.setObjectName("chip")
        self._button, self._said = button, wrapped("muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addWidget(self._said)
        column.addLayout(button_row(button))

    def say(self, text: str) -> None:
        self._said.setText(text)
        self._button.setAccessibleDescription(text)
        self.setVisible(bool(text))
