"""Every command that has keys, with its keys as this computer writes them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableWidget, QTableWidgetItem, QWidget

from desktop_llm.ui.command_palette import folded
from desktop_llm.ui.commands import Command


class ShortcutList(QTableWidget):
    """As high as what it shows."""

    def __init__(self, commands: Sequence[Command], parent: QWidget | None = None) -> None:
        super().__init__(len(commands), 2, parent)
        self._texts = [(command.words, self._keys(command)) for command in commands]
        for row, texts in enumerate(self._texts):
            for column, text in enumerate(texts):
                self.setItem(row, column, QTableWidgetItem(text))
        self._set_up()

    def show_found(self, query: str) -> bool:
        """Only what has every word of `query`; whether there is any."""
        words = folded(query).split()
        fits = [all(word in folded(" ".join(texts)) for word in words) for texts in self._texts]
        for row, fit in enumerate(fits):
            self.setRowHidden(row, not fit)
        self.updateGeometry()
        return any(fits)

    def _keys(self, command: Command) -> str:
        native = QKeySequence.SequenceFormat.NativeText
        between = self.tr("or")  # lupdate reads no f-strings
        return f" {between} ".join(keys.toString(native) for keys in command.shortcuts)

    def _set_up(self) -> None:
        self.setHorizontalHeaderLabels([self.tr("Command"), self.tr("Keys")])
        self.setAccessibleName(self.tr("Keyboard shortcuts"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setSizeAdjustPolicy(QAbstractItemView.SizeAdjustPolicy.AdjustToContents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for part in (self.setHorizontalScrollBarPolicy, self.setVerticalScrollBarPolicy):
            part(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
