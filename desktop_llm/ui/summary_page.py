"""The Summarize page: what is to be summed up and how, the summary as it comes, and those made before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from desktop_llm.documents.document import Document
from desktop_llm.documents.document import shown as one_line
from desktop_llm.errors import Problem
from desktop_llm.storage.summary_export import SummaryWords
from desktop_llm.summarizer import Summary
from desktop_llm.tasks.support import Claim
from desktop_llm.ui.answer_foot import action_name
from desktop_llm.ui.chosen_files import choose_summary_target
from desktop_llm.ui.document_reading import PastedText
from desktop_llm.ui.notice import NoticeBar
from desktop_llm.ui.session import ModelsChanged, Told
from desktop_llm.ui.shown_text import shown
from desktop_llm.ui.summary_begin import SummaryBegin
from desktop_llm.ui.summary_events import (
    DocumentRead,
    HandedOver,
    HistoryTold,
    NotRead,
    ReadingEnded,
    SummaryDeleted,
    SummaryExported,
    SummaryOpened,
)
from desktop_llm.ui.summary_history import SummaryHistory
from desktop_llm.ui.summary_making import SummaryMaking
from desktop_llm.ui.summary_session import SummarySession
from desktop_llm.ui.summary_work import SummaryWork
from desktop_llm.ui.theme import Theme
from desktop_llm.ui.worker import Failed, Worker


class SummaryPage(QWidget):
    """Asks its own session and worker; `asked_about` brings what a new chat is to be about."""

    asked_about = Signal(object)
    acted = Signal(str)  # what a problem's button asks of the window

    def __init__(
        self, worker: Worker, session: SummarySession, model: Path | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._worker, self._session = worker, session
        self.tabs, self._views, self._stack = QTabBar(), QStackedWidget(), QStackedWidget()
        self.notice, self.begin, self.work, self.history = NoticeBar(), SummaryBegin(), SummaryWork(), SummaryHistory()
        self.making = SummaryMaking(session, self.work, model)
        self.setup, self.result, self.source = self.work.setup, self.work.result, self.work.source
        self._place()
        self._connect()
        self._refresh()
        self._worker.submit(self._session.open)

    # ---- what the window asks

    def open(self) -> None:
        """It is shown now."""
        if self._views.currentWidget() is self.history:
            self.history.list.setFocus()
        elif self._stack.currentWidget() is self.begin:
            self.begin.add.files.setFocus()
        else:
            (self.work.progress.stop if self.making.running else self.setup.begin).setFocus()

    def add_files(self, paths: Sequence[Path]) -> None:
        if self.making.running:
            self.notice.say(self.tr("A summary is being made. Add files once it is done, or stop it first."))
            return
        self._show_making()
        for path in paths:
            self._session.read(self.setup.documents.begin(path.name), path)
        self._refresh()

    def add_text(self, text: str) -> None:
        name = self.tr("Pasted text")
        self._session.read(self.setup.documents.begin(name), PastedText(name, text))
        self._refresh()
        self.setup.add.files.setFocus()

    @property
    def can_escape(self) -> bool:
        return self.making.running or not self.source.isHidden()

    def escape(self) -> None:
        """Ends what is being made, or else closes the source."""
        if self.making.running:
            self.making.stop()
        else:
            self.source.close_pane()

    def regions(self) -> tuple[QWidget, ...]:
        """Where F6 leads."""
        return self.setup.begin, self.result.text, self.source.text, self.history.list, self.begin.paste

    def set_theme(self, theme: Theme) -> None:
        self.result.set_theme(theme)
        self.source.draw_again()

    def leave(self) -> None:
        """Another page takes its place."""
        self._worker.leave(self, self.take)

    def take_over(self, before: SummaryPage) -> None:
        """Goes on where that page was left."""
        self.setup.documents.adopt(before.setup.documents.entries)
        self.setup.options.show_form(before.setup.options.form)
        self.begin.paste.setPlainText(before.begin.paste.toPlainText())
        self.tabs.setCurrentIndex(before.tabs.currentIndex())
        self.making.take_over(before.making)
        self._refresh()

    def close_session(self) -> None:
        self._session.leave()
        self._worker.submit(self._session.close)
        self._worker.finish()

    # ---- what is told

    def take_from_chat(self, event: object) -> None:
        """What the chat's worker tells that matters here too."""
        if isinstance(event, ModelsChanged) and event.current != self.making.model:
            self.making.model = event.current
            self._refresh()

    def take(self, event: object) -> None:
        match event:
            case DocumentRead() | NotRead() | ReadingEnded():
                self._take_read(event)
            case HistoryTold(summaries):
                self.history.show_summaries(summaries)
            case SummaryOpened(summary, documents):
                self._take_opened(summary, documents)
            case SummaryDeleted():
                self._take_deleted(event)
            case SummaryExported(path):
                self.notice.say_done(self.tr("Exported to {path}.").format(path=path))
            case HandedOver(attachments):
                self.asked_about.emit(attachments)
            case Failed(problem) | Told(problem):
                self._report(problem)
            case _:
                self.making.take(event)

    def _take_read(self, event: DocumentRead | NotRead | ReadingEnded) -> None:
        if not self.setup.documents.take(event) and isinstance(event, DocumentRead):
            self.notice.say(self.tr("{name} is there already.").format(name=shown(event.document.path.name)))

    def _take_opened(self, summary: Summary, documents: tuple[Document, ...]) -> None:
        self.setup.documents.show_documents(documents)
        self.setup.options.show_form(summary.form)
        self._show_making()
        self.making.show_kept(summary, documents)
        self.result.text.setFocus()
        self._refresh()

    def _take_deleted(self, deleted: SummaryDeleted) -> None:
        said = self.tr("The summary of “{title}” was deleted.").format(title=one_line(deleted.title))
        undo = self.tr("Undo")
        self.notice.say_done(said, undo, lambda: self._worker.submit(self._session.restore, deleted))

    def _report(self, problem: Problem) -> None:
        name = "" if problem.action in ("", "retry") else action_name(problem.action)
        self.notice.report(problem, name, lambda: self.acted.emit(problem.action))

    # ---- what the person does

    def _start_over(self) -> None:
        """Nothing is there any more; the summary stays among those made before."""
        self.making.forget()
        for entry in self.setup.documents.entries:
            self._session.cancel_reading(entry.ticket)
        self.setup.documents.remove_all()
        self._refresh()
        self.begin.add.files.setFocus()

    def _open_source(self, claim: Claim) -> None:
        if claim.sources and self.making.documents:
            self.work.show_source(self.making.documents, claim)
        else:
            self.work.hide_source()
            self.notice.say(self.tr("No source was found for this sentence: check it before you rely on it."))

    def _open_summary(self, number: int) -> None:
        if self.making.running:
            self.notice.say(self.tr("A summary is being made. Open another once it is done, or stop it first."))
        else:
            self._worker.submit(self._session.open_summary, number)

    def _export(self) -> None:
        summary = self.making.summary
        if summary is not None and (target := choose_summary_target(self, summary.title)):
            self._worker.submit(self._session.export, summary, self.making.documents, *target, self._words())

    def _words(self) -> SummaryWords:
        remarks = (self.result.facts.text(), self.result.coverage.text(), *self.result.doubt_words())
        return SummaryWords(
            self.tr("Summary"), self.tr("Sources"), self.tr("page {page}"),
            self.tr("[?]: no source was found for this."), remarks,
        )  # fmt: skip

    def _ask_about(self) -> None:
        if (summary := self.making.summary) is not None:
            name = self.tr("Summary of {title}").format(title=one_line(summary.title, 80))
            self._worker.submit(self._session.hand_over, summary, self.making.documents, name)

    # ---- how it looks

    def _on_changed(self) -> None:
        if self.making.running:
            self.notice.hide()
        self._refresh()

    def _refresh(self) -> None:
        """What can be done now, and how much it would be."""
        making, documents = self.making, self.setup.documents
        there = bool(documents.entries) or making.summary is not None or making.running
        self._stack.setCurrentIndex(int(there))
        self.setup.show_again(making.summary is not None)
        reason = self._refusal()
        if not reason and not making.running:
            making.plan_soon()
        self.setup.show_refusal(reason)
        if making.summary is None and not making.running and self.work.progress.isHidden():
            self.work.show_hint()

    def _refusal(self) -> str:
        """Why nothing can be summed up now."""
        if self.setup.documents.reading:
            return self.tr("Files are still being read.")
        if not self.setup.documents.documents:
            return self.tr("Add a file first: nothing of what is there can be summarized.")
        if self.making.model is None:
            return self.tr("There is no model yet: choose one above.")
        return ""

    def _show_making(self) -> None:
        self.tabs.setCurrentIndex(0)

    def _place(self) -> None:
        self.tabs.addTab(self.tr("New summary"))
        self.tabs.addTab(self.tr("Made before"))
        self.tabs.setAccessibleName(self.tr("Summaries"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self._stack.addWidget(self.begin)
        self._stack.addWidget(self.work)
        self._views.addWidget(self._stack)
        self._views.addWidget(self.history)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head())
        column.addWidget(self.notice)
        column.addWidget(self._views, 1)

    def _head(self) -> QFrame:
        head = QFrame()
        head.setObjectName("top")
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 4, 16, 4)
        row.addWidget(self.tabs)
        row.addStretch(1)
        return head

    def _connect(self) -> None:
        self._worker.happened.connect(self.take)
        self.tabs.currentChanged.connect(self._views.setCurrentIndex)
        for add in (self.begin.chosen, self.setup.add.chosen):
            add.connect(self.add_files)
        self.begin.pasted.connect(self.add_text)
        documents = self.setup.documents
        documents.changed.connect(self._refresh)
        documents.cancelled.connect(self._session.cancel_reading)
        documents.opened.connect(self._open_summary)
        self.setup.options.changed.connect(self._refresh)
        self.setup.emptied.connect(self._start_over)
        self.making.changed.connect(self._on_changed)
        self.making.failed.connect(self._report)
        self.result.opened.connect(self._open_source)
        self.result.exporting.connect(self._export)
        self.result.asked_about.connect(self._ask_about)
        self.history.opened.connect(self._open_summary)
        self.history.deleted.connect(lambda number: self._worker.submit(self._session.delete, number))
