"""The bar for what has no place of its own: one sentence, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_llm.errors import Problem
from desktop_llm.ui.icons import IconButton


def in_words(problem: Problem) -> str:
    """The problem's sentence in the language of the program."""
    return problem.sentence(translated)


def translated(sentence: str) -> str:
    """A sentence of a module below ui/ in the language of the program."""
    return QCoreApplication.translate("errors", sentence)


class NoticeBar(QFrame):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setAccessibleName(self.tr("Notice"))
        self._details = ""
        self._act: Callable[[], None] | None = None
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action, self._copy = QPushButton(), QPushButton(self.tr("Copy details"))
        self.others: list[QPushButton] = []
        self._below = QHBoxLayout()
        self._close = IconButton("close", self.tr("Close notice"))
        self._place()
        self.hide()

    def say(self, text: str, action: str = "", act: Callable[[], None] | None = None, details: str = "") -> None:
        self._details, self._act = details, act
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._action.setText(action)
        self._action.setAccessibleName(action)
        self._action.setVisible(bool(action))
        self._copy.setVisible(bool(details))
        for button in self.others:
            button.deleteLater()
        self.others.clear()
        self.show()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def add(self, action: str, act: Callable[[], None]) -> None:
        """One more thing that can be done about what was said."""
        button = QPushButton(action)
        button.setAccessibleName(action)
        button.clicked.connect(self.hide)
        button.clicked.connect(act)
        self.others.append(button)
        self._below.insertWidget(len(self.others) - 1, button)

    def report(self, problem: Problem, action: str = "", act: Callable[[], None] | None = None) -> None:
        self.say(in_words(problem), action, act, problem.details)

    def text(self) -> str:
        return "" if self.isHidden() else self._text.text()

    def _place(self) -> None:
        # What more can be done stands below the sentence, which would else have little room.
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(16, 6, 8, 6)
        column.setSpacing(6)
        column.addLayout(row)
        column.addLayout(self._below)
        self._below.addStretch(1)
        row.addWidget(self._text, 1)
        for button in (self._action, self._copy):
            row.addWidget(button)
        row.addWidget(self._close)
        self._action.clicked.connect(self._do)
        self._copy.clicked.connect(self._copy_details)
        self._close.clicked.connect(self.hide)

    def _do(self) -> None:
        self.hide()
        if self._act is not None:
            self._act()

    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._text.text()}\n\n{self._details}")
