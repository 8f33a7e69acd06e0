"""Finds words in the conversation that is shown: a field, which hit of how many, and the way to the others."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QWidget

from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.transcript import Transcript


class FindBar(QFrame):
    """Hidden until it is opened; Enter and Shift+Enter lead on and back, Escape closes it."""

    def __init__(self, transcript: Transcript, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._transcript = transcript
        self._place = 0
        self.setObjectName("card")
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Find in this chat"))
        self.field.setAccessibleName(self.tr("Find in this chat"))
        self.count = QLabel()
        self.count.setObjectName("muted")
        self.previous = self._button("up", self.tr("Previous match"))
        self.next = self._button("down", self.tr("Next match"))
        self.shut = self._button("close", self.tr("Close the search"))
        self._lay_out()
        self._connect()
        self.hide()

    def open(self) -> None:
        self.show()
        self.field.setFocus()
        self.field.selectAll()
        self._find(self.field.text())

    def dismiss(self) -> None:
        self.hide()
        self._transcript.find_text("")
        self._transcript.setFocus()

    def event(self, event: QEvent) -> bool:
        """Escape closes the search before it is the window's shortcut."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(event.key() == Qt.Key.Key_Escape)
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, back = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key == Qt.Key.Key_Escape:
            self.dismiss()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go(-1 if back else 1)
        else:
            super().keyPressEvent(event)

    def _find(self, text: str) -> None:
        if self._transcript.find_text(text):
            self._show(self._transcript.nearest_hit())
        self._tell()

    def _go(self, by: int) -> None:
        if total := self._transcript.hits:
            self._show((self._place + by) % total)
        self._tell()

    def _show(self, place: int) -> None:
        self._place = place
        self._transcript.show_hit(place)

    def _move(self, by: int) -> None:
        self._place += by
        self._tell()

    def _tell(self) -> None:
        total = self._transcript.hits
        self._place = max(0, min(self._place, total - 1))
        found = self.tr("{place} of {count}").format(place=self._place + 1, count=total)
        self.count.setText((found if total else self.tr("Nothing found")) if self.field.text() else "")
        for button in (self.previous, self.next):
            button.setEnabled(total > 0)

    def _button(self, picture: str, name: str) -> IconButton:
        button = IconButton(picture, name, self)
        button.setIconSize(QSize(16, 16))
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 6, 6)
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        for widget in (self.count, self.previous, self.next, self.shut):
            row.addWidget(widget)
        for one, following in itertools.pairwise((self.field, self.previous, self.next, self.shut)):
            self.setTabOrder(one, following)

    def _connect(self) -> None:
        self.field.textChanged.connect(self._find)
        self.previous.clicked.connect(self._back)
        self.next.clicked.connect(self._on)
        self.shut.clicked.connect(self.dismiss)
        self._transcript.found.connect(self._tell)
        self._transcript.found_before.connect(self._move)

    def _back(self) -> None:
        self._go(-1)

    def _on(self) -> None:
        self._go(1)
