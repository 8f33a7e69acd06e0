"""What lies below a message: how an answer ended, its branches, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from desktop_llm.conversation import Message
from desktop_llm.errors import Problem
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.markdown_text import html_of, html_of_plain, plain_of, put
from desktop_llm.ui.notice import in_words
from desktop_llm.ui.row_actions import LINE, Branches, CopyButton, SmallButton, why_unsent
from desktop_llm.ui.rows import Row

_UNFINISHED = ("length", "context full", "stopped")
_GAP = 4
_FULL = Problem("The context is full, so the answer ends here.", "Make room, then continue it.", {}, "make-room")


def caption(message: Message) -> str:
    """How an answer ended, where it did not simply end."""
    if (problem := problem_of(message)) is not None:
        return in_words(problem)
    if message.state == "failed":
        return QCoreApplication.translate("Transcript", "The answer could not be finished.")
    if message.reason == "length":
        return QCoreApplication.translate("Transcript", "The longest answer allowed was reached.")
    return QCoreApplication.translate("Transcript", "Stopped") if message.state == "stopped" else ""


def problem_of(message: Message) -> Problem | None:
    """What kept an answer from its end, that the person can do something about."""
    return _FULL if message.problem is None and message.reason == "context full" else message.problem


def action_name(action: str) -> str:
    names = {
        "choose-model": QCoreApplication.translate("Transcript", "Choose a model"),
        "retry": QCoreApplication.translate("Transcript", "Ask again"),
        "new-chat": QCoreApplication.translate("Transcript", "New chat"),
        "make-room": QCoreApplication.translate("Transcript", "Make room…"),
        "get-model": QCoreApplication.translate("Transcript", "Get a model"),
        "chat-settings": QCoreApplication.translate("Transcript", "Open settings"),
        "open-again": QCoreApplication.translate("Transcript", "Try again"),
    }
    return names.get(action, "")


def copy_rows(rows: list[Row]) -> None:
    """As rich text and as plain words, without the thoughts of answers."""
    plain = [plain_of(row.markdown) if row.is_answer else row.markdown for row in rows]
    rich = [html_of(row.markdown) if row.is_answer else html_of_plain(row.markdown) for row in rows]
    put("\n\n".join(plain), "\n".join(rich))


def copy_markdown(rows: list[Row]) -> None:
    put("\n\n".join(row.markdown for row in rows))


class Foot(QWidget):
    """A line of buttons, as high with them as without; `acted` carries what is asked of a message, and the message.

    What few messages need is made when they need it: feet are made while one scrolls.
    """

    acted = Signal(str, object)

    def __init__(self, row: Row, parent: QWidget) -> None:
        super().__init__(parent)
        self.row = row
        self._branches: Branches | None = None
        self._unsent: LeadingLabel | None = None
        self._line = QHBoxLayout()
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(2)

    def draw(self) -> None:
        if self._branches is None and self.row.siblings[1] > 1:
            self._branches = Branches(self)
            self._branches.chosen.connect(self.act)
            self._line.insertWidget(self._place_of_branches(), self._branches)
        if self._branches is not None:
            self._branches.show_place(*self.row.siblings)
        if self._unsent is None and self.row.unsent:
            self._unsent = LeadingLabel("", self)
            self._line.insertWidget(self._place_of_note(), self._unsent)
        if self._unsent is not None:
            self._unsent.setText(why_unsent(self.row.unsent))
            self._unsent.setVisible(bool(self.row.unsent))

    def _place_of_branches(self) -> int:
        return self._line.count()

    def _place_of_note(self) -> int:
        return self._line.count()

    def act(self, action: str) -> None:
        self.acted.emit(action, self.row.message)

    def _button(self, picture: str, name: str, clicked: Callable[[], None]) -> SmallButton:
        button = SmallButton(picture, name, self)
        button.clicked.connect(clicked)
        return button

    def _copy_button(self, name: str) -> CopyButton:
        button = CopyButton(name, self)
        button.clicked.connect(self._copy_row)
        return button

    def _copy_row(self) -> None:
        copy_rows([self.row])

    def _edit(self) -> None:
        self.act("edit")


class QuestionFoot(Foot):
    """Its buttons are drawn while one points at the question."""

    def __init__(self, row: Row, parent: QWidget) -> None:
        super().__init__(row, parent)
        self._copy = self._copy_button(self.tr("Copy message"))
        self._edit_button = self._button("rename", self.tr("Edit message"), self._edit)
        self._line.addStretch(1)
        for widget in (self._copy, self._edit_button):
            self._line.addWidget(widget)
        self.setLayout(self._line)
        self.light(False)

    def height_at(self, _width: int) -> int:
        return LINE

    def light(self, on: bool) -> None:
        for button in (self._copy, self._edit_button):
            button.quiet = not on
            button.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.light(True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.light(False)


class AnswerFoot(Foot):
    """Keeps its height while an answer is written, so that nothing moves when it ends.

    `filling`: its menu is about to be shown, for this message; others may add to it.
    """

    filling = Signal(object, object)

    def __init__(self, row: Row, parent: QWidget) -> None:
        super().__init__(row, parent)
        self._waiting = QLabel("•  •  •", self)
        self._waiting.setObjectName("muted")
        self._waiting.setAccessibleName(self.tr("The answer is being prepared"))
        self._caption = LeadingLabel("", self)
        self._caption.setWordWrap(True)
        self._caption.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._copy = self._copy_button(self.tr("Copy answer"))
        self._again = self._button("regenerate", self.tr("Regenerate"), self._regenerate)
        self._on: SmallButton | None = None
        self._more = self._menu_button()
        self._buttons = QHBoxLayout()
        self._of_problem: list[QPushButton] = []
        self._place()

    def draw(self) -> None:
        super().draw()
        message, text = self.row.message, caption(self.row.message)
        self._waiting.setVisible(self.row.waiting)
        self._caption.show_as("danger" if message.state == "failed" else "muted")
        self._caption.setText(text)
        self._caption.setVisible(bool(text))
        ended, written = not self.row.writing, bool(self.row.text)
        self._copy.setVisible(ended and written)
        self._again.setVisible(ended and (message.problem is None or message.problem.action != "retry"))
        self._show_continue(ended and written and (message.state == "stopped" or message.reason in _UNFINISHED))
        self._more.setVisible(ended and written)
        problem = problem_of(message)
        if problem is not None and not self._of_problem:
            self._add_buttons(problem)
        for button in self._of_problem:
            button.setVisible(problem is not None)

    def height_at(self, width: int) -> int:
        caption_height = self._caption.heightForWidth(width) + _GAP if not self._caption.isHidden() else 0
        return caption_height + max(self._buttons.sizeHint().height(), LINE)

    def _place_of_branches(self) -> int:
        return self._line.indexOf(self._copy)

    def _show_continue(self, on: bool) -> None:
        if on and self._on is None:
            self._on = self._button("continue", self.tr("Continue"), self._continue)
            self._line.insertWidget(self._line.indexOf(self._more), self._on)
        if self._on is not None:
            self._on.setVisible(on)

    def _menu_button(self) -> SmallButton:
        button, menu = SmallButton("more", self.tr("More"), self), QMenu(self)
        menu.aboutToShow.connect(self._fill_menu)
        button.open_menu(menu)
        return button

    def _fill_menu(self) -> None:
        menu = self._more.menu()
        menu.clear()
        menu.addAction(self.tr("Copy as Markdown")).triggered.connect(self._copy_markdown)
        menu.addAction(self.tr("What the model saw")).triggered.connect(self._inspect)
        menu.addAction(self.tr("Edit answer")).triggered.connect(self._edit)
        if self.row.message.receipt is not None:
            menu.addAction(self.tr("What made this answer")).triggered.connect(self._show_receipt)
        self.filling.emit(menu, self.row.message)

    def _copy_markdown(self) -> None:
        copy_markdown([self.row])

    def _regenerate(self) -> None:
        self.act("regenerate")

    def _continue(self) -> None:
        self.act("continue")

    def _show_receipt(self) -> None:
        self.act("receipt")

    def _inspect(self) -> None:
        self.act("inspect")

    def _add_buttons(self, problem: Problem) -> None:
        if name := action_name(problem.action):
            self._add_button(name).clicked.connect(self._act_on_problem)
        if problem.details:
            self._add_button(self.tr("Copy details")).clicked.connect(self._copy_details)

    def _add_button(self, name: str) -> QPushButton:
        button = QPushButton(name, self)
        self._of_problem.append(button)
        self._buttons.addWidget(button)
        return button

    def _place(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addWidget(self._caption)
        self._line.addWidget(self._waiting)
        self._line.addLayout(self._buttons)
        for widget in (self._copy, self._again, self._more):
            self._line.addWidget(widget)
        self._line.addStretch(1)
        column.addLayout(self._line)
        column.addStretch(1)

    def _act_on_problem(self) -> None:
        problem = problem_of(self.row.message)
        if problem is not None:
            self.act(problem.action)

    def _copy_details(self) -> None:
        problem = self.row.message.problem
        if problem is not None:
            QGuiApplication.clipboard().setText(f"{in_words(problem)}\n\n{problem.details}")
