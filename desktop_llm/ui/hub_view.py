"""Models to get: those this program suggests, which needs no network, and whatever the Hub has."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.errors import Problem
from desktop_llm.library.downloads import Job
from desktop_llm.library.hub import Found
from desktop_llm.ui import amounts
from desktop_llm.ui.clear_button import add_clear_button
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.line_list import Line, LineList
from desktop_llm.ui.models_session import NotAnswered, RepositoryOpened, Searched, Suggested, Suggestion
from desktop_llm.ui.notice import in_words
from desktop_llm.ui.repository_detail import RepositoryDetail
from desktop_llm.ui.suggestion_detail import SuggestionDetail

_TYPING = 500  # milliseconds until what was typed is searched for


class HubView(QWidget):
    """Its signals name what is wanted of the Hub; nothing is asked before the person searches or gets a model."""

    searched = Signal(str)
    looked_into = Signal(str)
    downloaded = Signal(object, object)  # a Repository, a Choice
    got = Signal(str, str)  # a repository's name, a file's

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._suggestions: dict[str, Suggestion] = {}
        self._found: dict[str, Found] = {}
        self._asked = ""
        self._field = QLineEdit()
        self._typing = QTimer(self)
        self.list = LineList(self.tr("Models to get"))
        self._said = wrapped("muted")
        self._again = QPushButton(self.tr("Try again"))
        self.suggestion, self.repository = SuggestionDetail(), RepositoryDetail()
        self._right = QStackedWidget()
        self._place()
        self._connect()

    def take(self, event: object) -> None:
        match event:
            case Suggested(suggestions):
                self._suggestions = {row.entry.id: row for row in suggestions}
                self.suggestion.forget_done()
                if not self._words():
                    self._show_suggestions()
            case Searched(text, found) if text == self._words():
                self._show_found(found)
            case RepositoryOpened(repository) if repository.id == self._asked:
                self.repository.show_repository(event, self._found.get(repository.id))
                self._right.setCurrentWidget(self.repository)
            case NotAnswered(what, problem) if what in (self._asked, self._words()):
                self._say(in_words(problem), problem)
            case Job():
                self.repository.show_job(event)
                self.suggestion.show_job(event)

    def forget_job(self, job: str) -> None:
        """The download was cancelled: it can be started again."""
        self.repository.forget_job(job)
        self.suggestion.forget_job(job)

    # ---- the list

    def _show_suggestions(self) -> None:
        self.list.show_lines([self._suggested_line(row) for row in self._suggestions.values()])
        if self.list.current() is None:
            self.list.choose_first()
        self._on_chosen(self.list.current())

    def _suggested_line(self, row: Suggestion) -> Line:
        facts = (amounts.size(row.entry.size), amounts.speed(row.speed) if row.speed else "")
        sections = {True: self.tr("Run on this computer"), False: self.tr("Large for this computer")}
        badge = self.tr("Installed") if row.installed else self.tr("Recommended") if row.best else ""
        return Line(row.entry.id, row.entry.name, "  ·  ".join(filter(None, facts)), badge, sections[row.fits])

    def _show_found(self, found: tuple[Found, ...]) -> None:
        self._found = {model.id: model for model in found}
        self.list.show_lines([self._found_line(model) for model in found])
        if not found:
            self._say(self.tr("The Hub has no such model in the GGUF format. Try fewer or other words."))
        else:
            self._say(self.tr("Choose a model to see its files."))

    def _found_line(self, model: Found) -> Line:
        owner, _, name = model.id.partition("/")
        downloads = self.tr("{count} downloads").format(count=amounts.count(model.downloads))
        facts = "  ·  ".join(filter(None, (owner, amounts.parameters(model.parameters), downloads, model.changed)))
        return Line(model.id, name, facts, self.tr("Terms") if model.gated else "", tip=model.id)

    # ---- what the person does

    def search(self) -> None:
        self._typing.stop()
        self._asked = ""
        if words := self._words():
            self._say(self.tr("Searching the Hugging Face Hub…"))
            self.searched.emit(words)
        else:
            self._show_suggestions()

    def look_into(self, identity: str) -> None:
        self._asked = identity
        self._say(self.tr("Looking at the files of {name}…").format(name=identity))
        self.looked_into.emit(identity)

    def _on_changed(self) -> None:
        """Also by the button that clears the field."""
        self._asked = ""
        if self._words():
            self._typing.start()
        else:
            self.search()

    def _on_chosen(self, key: Hashable) -> None:
        """Suggestions stay until what is searched for has come."""
        if (row := self._suggestions.get(str(key))) is not None:
            self.suggestion.show_suggestion(row)
            self._right.setCurrentWidget(self.suggestion)
        elif isinstance(key, str) and key != self._asked:
            self.look_into(key)

    def _ask_again(self) -> None:
        if self._asked:
            self.look_into(self._asked)
        else:
            self.search()

    def _words(self) -> str:
        return " ".join(self._field.text().split())

    def _say(self, text: str, problem: Problem | None = None) -> None:
        self._said.setText(text)
        self._said.show_as("fact" if problem else "muted")
        self._again.setVisible(problem is not None)
        self._right.setCurrentIndex(0)

    # ---- how it looks

    def _place(self) -> None:
        self._field.setPlaceholderText(self.tr("Search the Hugging Face Hub"))
        self._field.setAccessibleName(self.tr("Search the Hugging Face Hub"))
        add_clear_button(self._field)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING)
        for page in (self._message(), self.suggestion, self.repository):
            self._right.addWidget(page)
        side = QVBoxLayout()
        side.setContentsMargins(16, 14, 8, 14)
        side.setSpacing(10)
        side.addWidget(self._field)
        side.addWidget(self.list, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(side, 5)
        row.addWidget(self._right, 7)

    def _message(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(20, 20, 20, 20)
        column.addWidget(self._said)
        buttons = QHBoxLayout()
        buttons.addWidget(self._again)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addStretch(1)
        self._again.hide()
        return page

    def _connect(self) -> None:
        self._field.textChanged.connect(self._on_changed)
        self._field.returnPressed.connect(self.search)
        self._typing.timeout.connect(self.search)
        self._again.setAccessibleName(self._again.text())
        self._again.clicked.connect(self._ask_again)
        self.list.chosen.connect(self._on_chosen)
        self.repository.downloaded.connect(self.downloaded)
        self.suggestion.got.connect(self.got)
        self.suggestion.looked_into.connect(self.look_into)
