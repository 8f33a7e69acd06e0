"""A list whose items are put into an order and switched on or off, with the mouse or the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop_llm.ui.icons import IconButton

_VALUE = Qt.ItemDataRole.UserRole
_ON, _OFF = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class OrderList(QWidget):
    """The items that are on, in their order; a click on its box switches one, dragging or Alt and an arrow moves it."""

    edited = Signal()
    below = True

    def __init__(self, choices: Sequence[str], words: Callable[[str], str]) -> None:
        super().__init__()
        self._choices, self._words = choices, words
        self.list = _Items()
        self.up, self.down = IconButton("up", self.tr("Move up")), IconButton("down", self.tr("Move down"))
        self._place()
        self.list.itemChanged.connect(lambda _item: self.edited.emit())
        self.list.model().rowsMoved.connect(lambda *_: self.edited.emit())
        self.list.moved.connect(self.shift)
        self.up.clicked.connect(lambda: self.shift(-1))
        self.down.clicked.connect(lambda: self.shift(1))

    def setAccessibleName(self, name: str) -> None:
        self.list.setAccessibleName(name)

    def setAccessibleDescription(self, description: str) -> None:
        self.list.setAccessibleDescription(description)

    def show_value(self, value: Sequence[str]) -> None:
        """What is off comes last, as it was declared."""
        if tuple(value) == self.value() and self.list.count():
            return
        with QSignalBlocker(self.list), QSignalBlocker(self.list.model()):
            self.list.clear()
            for choice in (*value, *(other for other in self._choices if other not in value)):
                self.list.addItem(self._item(choice, choice in value))
        self._fit()

    def value(self) -> tuple[str, ...]:
        items = (self.list.item(row) for row in range(self.list.count()))
        return tuple(str(item.data(_VALUE)) for item in items if item.checkState() == _ON)

    def shift(self, by: int) -> None:
        row = self.list.currentRow()
        if row >= 0 and 0 <= row + by < self.list.count():
            with QSignalBlocker(self.list), QSignalBlocker(self.list.model()):
                self.list.insertItem(row + by, self.list.takeItem(row))
                self.list.setCurrentRow(row + by)
            self.list.viewport().update()
            self.edited.emit()

    def _item(self, choice: str, on: bool) -> QListWidgetItem:
        item = QListWidgetItem(self._words(choice))
        item.setData(_VALUE, choice)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(_ON if on else _OFF)
        return item

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        self.list.setFixedHeight(self.list.count() * max(self.list.sizeHintForRow(0), 1) + 4)

    def _place(self) -> None:
        buttons, row = QVBoxLayout(), QHBoxLayout(self)
        for button in (self.up, self.down):
            buttons.addWidget(button)
        buttons.addStretch(1)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.list, 1)
        row.addLayout(buttons)
        self.setFocusProxy(self.list)


class _Items(QListWidget):
    moved = Signal(int)  # by how many places the current one is to be moved

    def __init__(self) -> None:
        super().__init__()
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in steps:
            self.moved.emit(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)
