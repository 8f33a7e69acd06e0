"""A summary that is done: its text, how much was read for it, what is doubtful in it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_llm.documents.document import shown as one_line
from desktop_llm.summarizer import Summary
from desktop_llm.tasks.support import Claim, Doubt
from desktop_llm.ui import markdown_text
from desktop_llm.ui.amounts import count
from desktop_llm.ui.facts_grid import NameLabel, wrapped
from desktop_llm.ui.line_list import Line, LineList
from desktop_llm.ui.row_actions import CopyButton
from desktop_llm.ui.shown_text import shown
from desktop_llm.ui.summary_form import form_words
from desktop_llm.ui.summary_text import SummaryText
from desktop_llm.ui.theme import Theme

_MOST_ROWS = 3


class SummaryResult(QWidget):
    opened = Signal(object)  # a claim
    exporting = Signal()
    asked_about = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary: Summary | None = None
        self.title, self.facts, self.coverage = NameLabel(), wrapped("muted"), wrapped("fact")
        self.text = SummaryText(self._why)
        self.doubts = LineList(self.tr("What the source does not have"))
        self._doubt_head = wrapped("section")
        self.copy = CopyButton(self.tr("Copy"), self)
        self.export, self.ask = QPushButton(self.tr("Export…")), QPushButton(self.tr("Ask about this"))
        self._place()
        self.text.opened.connect(self._open)
        self.doubts.chosen.connect(self._point)
        self.copy.clicked.connect(self._copy)
        self.export.clicked.connect(self.exporting)
        self.ask.clicked.connect(self.asked_about)

    def set_theme(self, theme: Theme) -> None:
        self.text.set_theme(theme)

    def show_growing(self, text: str) -> None:
        self.summary = None
        self._show_around(False)
        self.text.show_growing(text)

    def show_summary(self, summary: Summary) -> None:
        self.summary = summary
        self.title.show_name(shown(one_line(summary.title)))
        self.facts.setText(form_words(summary.form))
        self.coverage.setText(self.coverage_words(summary))
        self.text.show_summary(summary)
        self._show_doubts(summary)
        self._show_around(True)

    def clear_summary(self) -> None:
        self.summary = None
        self.text.clear_text()
        self._show_around(False)

    def coverage_words(self, summary: Summary) -> str:
        pages, percent = sum(source.pages for source in summary.sources), f"{summary.coverage:.0%}".rstrip("%")
        if pages == 1:
            said = self.tr("The one page was read ({percent} %).")
        elif pages:
            said = self.tr("All {pages} pages were read ({percent} %).")
        else:
            said = self.tr("The whole text was read ({percent} %).")
        return said.format(pages=count(pages), percent=percent)

    def doubt_words(self) -> list[str]:
        """A sentence for each thing in the summary that the source does not have."""
        return [] if self.summary is None else [self._why(doubt) for doubt in _doubts(self.summary)]

    def _why(self, doubt: Doubt) -> str:
        text = self.summary.text[doubt.start : doubt.end] if self.summary else ""
        sentences = {
            "number": self.tr("The number {text} is not in the source."),
            "name": self.tr("The name {text} is not in the source."),
            "quote": self.tr("The quotation {text} is not in the source."),
        }
        return sentences.get(doubt.check, self.tr("{text} is not in the source.")).format(text=one_line(text))

    def _check_words(self, doubt: Doubt) -> str:
        checks = {
            "number": self.tr("Found by the check of numbers"),
            "name": self.tr("Found by the check of names"),
            "quote": self.tr("Found by the check of quotations"),
        }
        return checks.get(doubt.check, doubt.check)

    def _show_doubts(self, summary: Summary) -> None:
        lines = [Line(doubt, self._why(doubt), self._check_words(doubt)) for doubt in _doubts(summary)]
        self.doubts.show_lines(lines)
        self.doubts.setFixedHeight(min(len(lines), _MOST_ROWS) * self.doubts.sizeHintForRow(0) + 4)
        self._doubt_head.setText(self.tr("To be checked: {count}").format(count=count(len(lines))))

    def _show_around(self, done: bool) -> None:
        shown: tuple[QWidget, ...] = self.title, self.facts, self.coverage, self.copy, self.export, self.ask
        for part in shown:
            part.setVisible(done)
        doubtful = done and self.summary is not None and bool(_doubts(self.summary))
        self.doubts.setVisible(doubtful)
        self._doubt_head.setVisible(doubtful)

    def _open(self, claim: Claim) -> None:
        self.opened.emit(claim)

    def _point(self, doubt: Hashable) -> None:
        if isinstance(doubt, Doubt):
            self.text.point_at(doubt)

    def _copy(self) -> None:
        if self.summary is not None:
            markdown_text.put(markdown_text.plain_of(self.summary.text), markdown_text.html_of(self.summary.text))

    def _place(self) -> None:
        self._show_around(False)
        head, buttons = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.title, 1)
        for button in (self.export, self.ask):
            button.setAccessibleName(button.text())
        buttons.addWidget(self.copy)
        buttons.addWidget(self.export)
        buttons.addWidget(self.ask)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        for part in (self.facts, self.coverage):
            column.addWidget(part)
        column.addLayout(buttons)
        column.addSpacing(4)
        column.addWidget(self.text, 1)
        column.addWidget(self._doubt_head)
        column.addWidget(self.doubts)


def _doubts(summary: Summary) -> list[Doubt]:
    return [doubt for claim in summary.claims for doubt in claim.doubts]
