"""The column in which a summary is asked for: what is to be summed up, how, how much that is, and the button."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from desktop_llm.summarizer import Planned
from desktop_llm.ui.amounts import count, duration
from desktop_llm.ui.attachment_chips import pages_of
from desktop_llm.ui.detail_page import DetailPage, rule
from desktop_llm.ui.document_list import DocumentList
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.summary_begin import AddButtons
from desktop_llm.ui.summary_form import SummaryOptions


class SummarySetup(QFrame):
    begun = Signal()
    emptied = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("summarysetup")
        self.documents, self.options, self.add = DocumentList(), SummaryOptions(), AddButtons()
        self.told = wrapped("muted")
        self.begin, self.empty = QPushButton(self.tr("Summarize")), QPushButton(self.tr("Start over"))
        self._inside = DetailPage()
        self._place()
        self.begin.clicked.connect(self.begun)
        self.empty.clicked.connect(self.emptied)
        self.documents.left.connect(self.add.files.setFocus)

    def show_refusal(self, reason: str) -> None:
        """Why nothing can be summed up just now; nothing where it can."""
        self.begin.setEnabled(not reason)
        if reason:
            self.told.setText(reason)
        self.begin.setAccessibleDescription(self.told.text())

    def show_again(self, again: bool) -> None:
        """Whether there is a summary already."""
        self.begin.setText(self.tr("Summarize again") if again else self.tr("Summarize"))
        self.begin.setAccessibleName(self.begin.text())

    def show_told(self, text: str, *, wrong: bool = False) -> None:
        self.told.show_as("warning" if wrong else "muted")
        self.told.setText(text)
        self.begin.setAccessibleDescription(text)

    def fix(self, fixed: bool) -> None:
        """While it is being summed up nothing of this can be changed."""
        self.documents.fix(fixed)
        for part in (self.options, self.add, self.empty):
            part.setEnabled(not fixed)
        self.begin.setVisible(not fixed)

    def plan_words(self, planned: Planned) -> str:
        """312 pages · about 140,000 tokens · 28 parts · 29 calls of the model."""
        said = [pages_of(planned.pages)] if planned.pages else []
        said.append(self.tr("{count} tokens").format(count=count(planned.tokens)))
        if planned.sections > 1:
            said.append(self.tr("{count} sections").format(count=count(planned.sections)))
        if planned.pieces > 1:
            said.append(self.tr("read in {count} parts").format(count=count(planned.pieces)))
        calls = self.tr("1 call of the model") if planned.calls == 1 else self.tr("{count} calls of the model")
        said.append(calls.format(count=count(planned.calls)))
        if planned.seconds:
            said.append(self.tr("about {time}").format(time=duration(planned.seconds)))
        return "  ·  ".join(said)

    def _place(self) -> None:
        self.begin.setObjectName("primary")
        self.show_again(False)
        self.empty.setAccessibleName(self.empty.text())
        self.empty.setObjectName("flat")
        inside = self._inside.column
        inside.setContentsMargins(16, 14, 10, 14)
        for part in (_section(self.tr("Documents")), self.documents, self.add, self.empty, rule(), self.options):
            inside.addWidget(part)
        inside.addStretch(1)
        foot = QVBoxLayout()
        foot.setContentsMargins(16, 8, 16, 14)
        foot.addWidget(self.told)
        foot.addWidget(self.begin)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._inside, 1)
        column.addWidget(rule())
        column.addLayout(foot)


def _section(text: str) -> LeadingLabel:
    label = LeadingLabel(text)
    label.show_as("section")
    return label
