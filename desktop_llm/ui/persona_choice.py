"""Which persona answers in a chat: one that was saved, none, or the chat's own."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from desktop_llm.settings import Sampling
from desktop_llm.storage.prompt_variables import comes_of
from desktop_llm.storage.prompts import Persona


class PersonaChoice(QComboBox):
    """What a system prompt and a sampling are called is found by comparing them with each persona's."""

    picked = Signal(object)  # a Persona, or None for no persona

    def __init__(self, usual: Sampling, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._usual = usual
        self._personas: tuple[Persona, ...] = ()
        self._shown = ("", usual)
        self.setAccessibleName(self.tr("Persona"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.activated.connect(self._on_activated)
        self.set_personas(())

    def set_personas(self, personas: tuple[Persona, ...]) -> None:
        self._personas = personas
        self.clear()
        self.addItems([self.tr("No persona"), *(persona.name for persona in personas)])
        self.show_prompt(*self._shown)

    def show_usual(self, usual: Sampling) -> None:
        """What a chat has that has no values of its own."""
        self._usual = usual

    def show_prompt(self, system: str, sampling: Sampling) -> None:
        self._shown = (system, sampling)
        row, own = self._row(system, sampling), len(self._personas) + 1
        if row == own and self.count() == own:
            self.addItem(self.tr("Custom"))
        elif row != own:
            self.removeItem(own)
        self.setCurrentIndex(row)

    def _row(self, system: str, sampling: Sampling) -> int:
        """What is equal goes before what may be a persona with its places filled in."""
        if not system.strip() and sampling == self._usual:
            return 0
        same = [
            row for row, persona in enumerate(self._personas, 1) if replace(self._usual, **persona.sampling) == sampling
        ]
        equal = (row for row in same if self._personas[row - 1].system == system)
        made = (row for row in same if comes_of(system, self._personas[row - 1].system))
        return next(equal, 0) or next(made, 0) or len(self._personas) + 1

    def _on_activated(self, row: int) -> None:
        """The choice is shown again once it is made, for the persona may leave something to be asked."""
        self.show_prompt(*self._shown)
        if row <= len(self._personas):
            self.picked.emit(self._personas[row - 1] if row else None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the panel."""
        event.ignore()
