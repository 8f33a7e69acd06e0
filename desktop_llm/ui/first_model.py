"""The card of a first start: one model that suits this computer, a click away, and the ways to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from desktop_llm.errors import Problem
from desktop_llm.ui import amounts
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.downloads_strip import DownloadRow
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.notice import in_words, translated

if TYPE_CHECKING:
    # Their modules need the network's, for which the first window does not wait.
    from desktop_llm.library.downloads import Job
    from desktop_llm.ui.models_session import Suggestion

_WIDEST = 560


class FirstModel(QFrame):
    """Nothing is downloaded before its button is pressed; then it shows how far that is."""

    got = Signal(str, str)  # a repository's name, a file's
    wants_models = Signal()
    wants_file = Signal()
    paused = Signal(str)
    continued = Signal(str)
    cancelled = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setMaximumWidth(_WIDEST)
        self._suggestion: Suggestion | None = None
        self._asked = False
        self.row: DownloadRow | None = None
        self._name, self._facts, self._about = wrapped("strong"), wrapped("fact"), wrapped("muted")
        self._problem = wrapped("danger")
        self._get = QPushButton(self.tr("Get it"))
        self._get.setObjectName("primary")
        self._others, self._file = QPushButton(self.tr("Other models")), QPushButton(self.tr("I have a file…"))
        self._column = QVBoxLayout(self)
        self._place()

    @property
    def wanted(self) -> str:
        """The id of the download the card stands for."""
        entry = self._suggestion.entry if self._suggestion else None
        return f"{entry.repository}/{entry.file}" if entry else ""

    def show_suggestions(self, suggestions: tuple[Suggestion, ...]) -> None:
        best = next((row for row in suggestions if row.best), None)
        if best is not None and self.row is None and not self._asked:
            self.show_suggestion(best)

    def show_suggestion(self, suggestion: Suggestion) -> None:
        self._suggestion = suggestion
        entry = suggestion.entry
        speed = self.tr("about {speed} on this computer") if suggestion.speed else ""
        told = (amounts.size(entry.size), speed.format(speed=amounts.speed(suggestion.speed)))
        self._name.setText(entry.name)
        self._facts.setText("  ·  ".join(filter(None, (*told, entry.licence))))
        self._about.setText(" ".join((translated(entry.description), in_words(suggestion.words))))
        self._get.setEnabled(True)

    def show_job(self, job: Job) -> None:
        if job.id != self.wanted:
            return
        if self.row is None:
            self.row = self._new_row(job)
        self.row.show_job(job)
        self._get.setVisible(False)

    def show_problem(self, problem: Problem) -> None:
        """Why what was asked for did not begin; the button is there for another try."""
        if self._asked and self.row is None:
            self._asked = False
            self._problem.setText(in_words(problem))
            self._problem.show()
            self._get.setEnabled(True)

    def _new_row(self, job: Job) -> DownloadRow:
        row = DownloadRow(job)
        row.paused.connect(self.paused)
        row.continued.connect(self.continued)
        row.cancelled.connect(self.cancelled)
        row.closed.connect(self._drop_row)
        self._column.insertWidget(3, row)
        return row

    def _drop_row(self) -> None:
        row, self.row = self.row, None
        if row is not None:
            row.deleteLater()
        self._asked = False
        self._get.setVisible(True)
        self._get.setEnabled(True)

    def _on_get(self) -> None:
        if self._suggestion:
            self._asked = True
            self._problem.hide()
            self._get.setEnabled(False)
            self.got.emit(self._suggestion.entry.repository, self._suggestion.entry.file)

    def _place(self) -> None:
        self._column.setContentsMargins(18, 16, 18, 16)
        self._column.setSpacing(8)
        for part in (self._name, self._facts, self._about, self._problem):
            self._column.addWidget(part)
        self._problem.hide()
        self._column.addLayout(button_row(self._get, self._others, self._file))
        self._get.setEnabled(False)
        self._get.clicked.connect(self._on_get)
        self._others.clicked.connect(self.wants_models)
        self._file.clicked.connect(self.wants_file)
