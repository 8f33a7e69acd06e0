"""Asks once more before something is done that cannot be undone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget


def confirm(parent: QWidget, title: str, text: str, words: str, act: Callable[[], object]) -> None:
    """`words` stand on the button that does it; Return and Escape do not."""
    asked = QMessageBox(QMessageBox.Icon.Question, title, text, parent=parent)
    does = asked.addButton(words, QMessageBox.ButtonRole.DestructiveRole)
    cancel = asked.addButton(QCoreApplication.translate("Confirmation", "Cancel"), QMessageBox.ButtonRole.RejectRole)
    asked.setDefaultButton(cancel)
    for button in asked.buttons():
        button.setAccessibleName(button.text())
    does.clicked.connect(lambda: act())
    asked.finished.connect(asked.deleteLater)
    asked.open()
