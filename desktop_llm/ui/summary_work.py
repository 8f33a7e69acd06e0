"""Where a summary is made: what is asked for on one side, what comes of it in the middle, its source on the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop_llm.documents.document import Document
from desktop_llm.summarizer import NoteGrew, PieceRead, Summary
from desktop_llm.tasks.support import Claim
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.notes_view import NotesView
from desktop_llm.ui.source_pane import SourcePane
from desktop_llm.ui.summary_progress import SummaryProgress
from desktop_llm.ui.summary_result import SummaryResult
from desktop_llm.ui.summary_setup import SummarySetup

_SETUP_LETTERS, _NARROW = 42, 900
_LEAST, _MOST, _SOURCE_LEAST = 250, 340, 240
_SOURCE_SHARE = 0.36


class SummaryWork(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setup, self.progress = SummarySetup(), SummaryProgress()
        self.notes, self.result, self.source = NotesView(), SummaryResult(), SourcePane()
        self._hint, self._middle = wrapped("muted"), QStackedWidget()
        self._lines = _upright(), _upright()
        self._place()
        self.source.left.connect(self._leave_source)

    def show_hint(self) -> None:
        """There is nothing yet."""
        self._middle.setCurrentWidget(self._hint)

    def clear_notes(self) -> None:
        self.notes.clear_notes()

    def add_note(self, event: NoteGrew | PieceRead, *, show: bool) -> None:
        self.notes.take(event)
        if show:
            self._middle.setCurrentWidget(self.notes)

    def show_notes(self) -> None:
        self._middle.setCurrentWidget(self.notes)

    def show_growing(self, text: str) -> None:
        self.source.hide()
        self.result.show_growing(text)
        self._middle.setCurrentWidget(self.result)

    def show_summary(self, summary: Summary) -> None:
        self.result.show_summary(summary)
        self._middle.setCurrentWidget(self.result)

    def show_source(self, documents: Sequence[Document], claim: Claim) -> None:
        self.source.show_places(documents, claim.sources)
        self._fit()

    def hide_source(self) -> None:
        self.source.hide()
        self._fit()

    def _leave_source(self) -> None:
        self._fit()
        self.result.text.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """In a small window the source stands where the setup does."""
        letters = self.fontMetrics().averageCharWidth() * _SETUP_LETTERS
        self.setup.setFixedWidth(min(max(letters, _LEAST), _MOST, max(self.width() // 2 - 6, 200)))
        self.source.setFixedWidth(max(round(self.width() * _SOURCE_SHARE), _SOURCE_LEAST))
        alone = self.source.isHidden()
        for part in (self.setup, self._lines[0]):
            part.setVisible(alone or self.width() >= _NARROW)
        self._lines[1].setHidden(alone)

    def _place(self) -> None:
        self._hint.setText(self.tr("The summary will stand here."))
        for part in (self._hint, self.notes, self.result):
            self._middle.addWidget(part)
        middle = QVBoxLayout()
        middle.setContentsMargins(20, 14, 16, 12)
        middle.setSpacing(12)
        middle.addWidget(self.progress)
        middle.addWidget(self._middle, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.setup)
        row.addWidget(self._lines[0])
        row.addLayout(middle, 1)
        row.addWidget(self._lines[1])
        row.addWidget(self.source)


def _upright() -> QFrame:
    line = QFrame()
    line.setObjectName("rule")
    line.setFixedWidth(1)
    return line
