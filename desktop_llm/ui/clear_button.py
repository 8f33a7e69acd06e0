"""The button in a search field that empties it, with the name that Qt leaves out."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLineEdit, QToolButton


def add_clear_button(field: QLineEdit) -> None:
    before = set(field.findChildren(QToolButton))
    field.setClearButtonEnabled(True)
    for button in set(field.findChildren(QToolButton)) - before:
        button.setAccessibleName(QCoreApplication.translate("ClearButton", "Clear"))
