"""Has a summary planned, made, stopped and gone on with, and shows what is told of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from desktop_llm.documents.document import Document
from desktop_llm.errors import Problem
from desktop_llm.summarizer import Merging, NoteGrew, PieceRead, Planned, Summarized, Summary, SummaryGrew
from desktop_llm.ui.notice import in_words
from desktop_llm.ui.shown_text import shown
from desktop_llm.ui.summary_events import PlanMade, SummaryEnded
from desktop_llm.ui.summary_session import Asked, SummarySession
from desktop_llm.ui.summary_work import SummaryWork

_PLANNED_AFTER = 300  # milliseconds: who changes one thing may change another
_MOST_SPOKEN = 2000


class SummaryMaking(QObject):
    changed = Signal()  # what can be done now
    failed = Signal(object)  # the problem

    def __init__(self, session: SummarySession, work: SummaryWork, model: Path | None) -> None:
        super().__init__(work)
        self._session, self._work, self.model = session, work, model
        self.running = self._done = False
        self._asked: Asked | None = None
        self.summary: Summary | None = None
        self.documents: tuple[Document, ...] = ()
        """What the summary that is shown was made of."""
        self._ticket = 0
        self._planning = QTimer(self)
        self._planning.setSingleShot(True)
        self._planning.setInterval(_PLANNED_AFTER)
        self._planning.timeout.connect(self._plan)
        work.setup.begun.connect(self.begin)
        work.progress.stopped.connect(self.stop)
        work.progress.continued.connect(self._go_on)

    def take(self, event: object) -> None:
        match event:
            case PlanMade(ticket) if ticket == self._ticket and not self.running:
                self._show_plan(event)
            case Planned() | NoteGrew() | PieceRead() | Merging() | SummaryGrew() if self.running:
                self._show_progress(event)
            case Summarized(summary):
                self._take_summary(summary)
            case SummaryEnded(problem):
                self._take_end(problem)

    def take_over(self, before: SummaryMaking) -> None:
        """Goes on where that was left."""
        self._asked, self.documents, self.running = before._asked, before.documents, before.running
        self._done = before._done
        if before.summary is not None:
            self._show(before.summary)
        if self.running:
            self._work.setup.fix(True)
            self._work.progress.begin()
        elif not before._work.progress.isHidden():
            self._work.progress.show_stopped()

    def show_kept(self, summary: Summary, documents: tuple[Document, ...]) -> None:
        """One that was made before."""
        self._asked, self.documents = None, documents
        self._work.progress.end()
        self._show(summary)

    def forget(self) -> None:
        """Nothing is shown any more; the summary stays among those made before."""
        self._asked = self.summary = None
        self._work.progress.end()
        self._work.hide_source()

    # ---- before it is made

    def plan_soon(self) -> None:
        """How much there is to do, told where the setup ends."""
        self._work.setup.show_told(self.tr("Is being counted…"))
        self._planning.start()

    def _plan(self) -> None:
        asked = self._asked_now()
        if asked is not None and not self.running and not self._work.setup.documents.reading:
            self._ticket += 1
            self._session.plan(self._ticket, asked)

    def _show_plan(self, made: PlanMade) -> None:
        if made.planned:
            self._work.setup.show_told(self._work.setup.plan_words(made.planned))
        elif made.problem:
            self._work.setup.show_told(in_words(made.problem), wrong=True)

    def _asked_now(self) -> Asked | None:
        documents = self._work.setup.documents.documents
        return Asked(documents, self._work.setup.options.form, self.model) if documents and self.model else None

    # ---- while it is made

    def begin(self) -> None:
        asked = self._asked_now()
        if asked is not None and not self.running:
            self._summarize(asked)

    def stop(self) -> None:
        self._work.progress.show_stopping()
        self._session.stop()

    def _go_on(self) -> None:
        """What was read stays read."""
        if self._asked is not None and not self.running:
            self._summarize(self._asked)

    def _summarize(self, asked: Asked) -> None:
        self._asked, self.running, self._done = asked, True, False
        self._planning.stop()
        work = self._work
        work.setup.fix(True)
        work.clear_notes()
        work.progress.begin()
        work.progress.stop.setFocus()
        if self.summary is None:
            work.show_notes()
        self._session.summarize(asked)
        self.changed.emit()

    def _show_progress(self, event: Planned | NoteGrew | PieceRead | Merging | SummaryGrew) -> None:
        self._work.progress.take(event)
        if isinstance(event, (NoteGrew, PieceRead)):
            # Notes made before come in one go: what is shown of an earlier summary need not go for that.
            self._work.add_note(event, show=isinstance(event, NoteGrew) or self.summary is None)
        elif isinstance(event, SummaryGrew):
            self._work.show_growing(event.text)
        elif isinstance(event, Planned):
            self._work.setup.show_told(self._work.setup.plan_words(event))

    # ---- when it is made, or not

    def _take_summary(self, summary: Summary) -> None:
        self._done = True
        self.documents = self._asked.documents if self._asked else ()
        self._show(summary)
        spoken = self.tr("The summary is done: {text}").format(text=shown(summary.text))
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._work, spoken[:_MOST_SPOKEN]))

    def _take_end(self, problem: Problem | None) -> None:
        self.running = False
        had_focus = self._work.progress.has_focus()
        self._work.setup.fix(False)
        if self._done:
            self._work.progress.end()
            if had_focus:
                self._work.result.text.setFocus()
        else:
            self._take_unfinished(problem)
        self.changed.emit()

    def _take_unfinished(self, problem: Problem | None) -> None:
        if self.summary is not None:
            self._show(self.summary)
        self._work.progress.show_stopped(failed=problem is not None)
        self._work.progress.go_on.setFocus()
        if problem is not None:
            self.failed.emit(problem)

    def _show(self, summary: Summary) -> None:
        self.summary = summary
        self._work.show_summary(summary)
