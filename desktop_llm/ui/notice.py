"""The bar for what has no place of its own: one sentence, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_llm.errors import Problem
from desktop_llm.ui.icons import IconButton

_MOST_SENTENCES = 4


def in_words(problem: Problem) -> str:
    """The problem's sentence in the language of the program."""
    return problem.sentence(translated, _value_in_words)


def translated(sentence: str) -> str:
    """A sentence of a module below ui/ in the language of the program."""
    return QCoreApplication.translate("errors", sentence)


def _value_in_words(value: str) -> str:
    """A phrase of ours, or names of settings; anything else is left as it is."""
    known = translated(value)
    if known != value or not value:
        return known
    return ", ".join(QCoreApplication.translate("settings", name) for name in value.split(", "))


class NoticeBar(QFrame):
    left = Signal()  # what had the keyboard's focus in it is gone

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setAccessibleName(self.tr("Notice"))
        self._details = ""
        self._sentences: list[str] = []
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
        focused = QApplication.focusWidget() if self._has_focus() else None
        self._details, self._act, self._sentences = details, act, [text]
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._action.setText(action)
        self._action.setAccessibleName(action)
        self._action.setVisible(bool(action))
        self._copy.setVisible(bool(details))
        for button in self.others:
            button.hide()
            button.deleteLater()
        self.others.clear()
        self.show()
        if focused is not None and QApplication.focusWidget() is not focused:
            self.left.emit()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def say_also(self, text: str, details: str = "") -> None:
        """One more of several like sentences; of many the first are shown, and how many more there are."""
        sentences = [] if self.isHidden() or self._action.isVisible() or self.others else self._sentences
        sentences = [*(said for said in sentences if said != text), text]
        shown = sentences[: _MOST_SENTENCES + (len(sentences) == _MOST_SENTENCES + 1)]
        more = len(sentences) - len(shown)
        rest = [self.tr("and {count} more").format(count=more)] if more else []
        details = "\n\n".join(filter(None, (self._details if sentences[:-1] else "", details)))
        self.say("\n".join([*shown, *rest]), details=details)
        self._sentences = sentences

    def setVisible(self, visible: bool) -> None:  # noqa: N802 - Qt's
        focused = not visible and self._has_focus()
        super().setVisible(visible)
        if focused:
            self.left.emit()

    def _has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

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
