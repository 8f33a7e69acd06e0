"""What lies below an answer: how it ended, what can be done about it, and a button that copies it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_llm.conversation import Message
from desktop_llm.errors import Problem
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.notice import in_words
from desktop_llm.ui.rows import Row

_SHOWN_COPIED = 1500
_GAP = 4


def caption(message: Message) -> str:
    """How an answer ended, where it did not simply end."""
    if message.problem is not None:
        return in_words(message.problem)
    if message.state == "failed":
        return QCoreApplication.translate("Transcript", "The answer could not be finished.")
    if message.reason == "context full":
        return QCoreApplication.translate("Transcript", "The context is full: start a new chat or enlarge the context.")
    if message.reason == "length":
        return QCoreApplication.translate("Transcript", "The longest answer allowed was reached.")
    return QCoreApplication.translate("Transcript", "Stopped") if message.state == "stopped" else ""


def action_name(action: str) -> str:
    names = {
        "choose-model": QCoreApplication.translate("Transcript", "Choose a model"),
        "retry": QCoreApplication.translate("Transcript", "Ask again"),
        "new-chat": QCoreApplication.translate("Transcript", "New chat"),
    }
    return names.get(action, "")


class CopyButton(IconButton):
    """Copies an answer's Markdown and says for a moment that it did."""

    def __init__(self, row: Row, parent: QWidget) -> None:
        super().__init__("copy", "", parent)
        self._row = row
        self.rename(self.tr("Copy answer"))
        self.setIconSize(QSize(16, 16))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._rest)
        self.clicked.connect(self._copy)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._row.text)
        self.show_picture("check")
        self._timer.start(_SHOWN_COPIED)

    def _rest(self) -> None:
        self.show_picture("copy")


class AnswerFoot(QWidget):
    """Keeps its height while an answer is written, so that nothing moves when it ends."""

    acted = Signal(str, object)

    def __init__(self, row: Row, parent: QWidget) -> None:
        super().__init__(parent)
        self._row = row
        self._waiting = QLabel("•  •  •", self)
        self._waiting.setObjectName("muted")
        self._waiting.setAccessibleName(self.tr("The answer is being prepared"))
        self._caption = LeadingLabel("", self)
        self._caption.setWordWrap(True)
        self._caption.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._copy = CopyButton(row, self)
        self._buttons = QHBoxLayout()
        self._has_buttons = False
        self._place()

    def draw(self) -> None:
        message, text = self._row.message, caption(self._row.message)
        self._waiting.setVisible(self._row.waiting)
        self._caption.show_as("danger" if message.state == "failed" else "muted")
        self._caption.setText(text)
        self._caption.setVisible(bool(text))
        self._copy.setVisible(not self._row.writing and bool(self._row.text))
        if message.problem is not None and not self._has_buttons:
            self._add_buttons(message.problem)

    def height_at(self, width: int) -> int:
        caption_height = self._caption.heightForWidth(width) + _GAP if not self._caption.isHidden() else 0
        return caption_height + max(self._buttons.sizeHint().height(), self._copy.sizeHint().height())

    def _add_buttons(self, problem: Problem) -> None:
        self._has_buttons = True
        if name := action_name(problem.action):
            self._add_button(name).clicked.connect(self._act)
        if problem.details:
            self._add_button(self.tr("Copy details")).clicked.connect(self._copy_details)

    def _add_button(self, name: str) -> QPushButton:
        button = QPushButton(name, self)
        button.show()
        self._buttons.addWidget(button)
        return button

    def _place(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addWidget(self._caption)
        row = QHBoxLayout()
        row.addWidget(self._waiting)
        row.addLayout(self._buttons)
        row.addWidget(self._copy)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)

    def _act(self) -> None:
        problem = self._row.message.problem
        if problem is not None:
            self.acted.emit(problem.action, self._row.message)

    def _copy_details(self) -> None:
        problem = self._row.message.problem
        if problem is not None:
            QGuiApplication.clipboard().setText(f"{in_words(problem)}\n\n{problem.details}")
