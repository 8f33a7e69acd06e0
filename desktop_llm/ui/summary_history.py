"""The summaries made before: opened again with what they were made of, or deleted."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_llm.documents.document import shown as one_line
from desktop_llm.summarizer import Summary
from desktop_llm.ui.amounts import day
from desktop_llm.ui.clear_button import add_clear_button
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.line_list import Line, LineList
from desktop_llm.ui.markdown_text import plain_of
from desktop_llm.ui.summary_form import form_words

_BEGIN = 200  # characters


class SummaryHistory(QWidget):
    opened = Signal(int)
    deleted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summaries: dict[int, Summary] = {}
        self.search = QLineEdit()
        self.list = _HistoryList(self.tr("Summaries made before"))
        self._none = wrapped("muted")
        self.open, self.delete = QPushButton(self.tr("Open")), QPushButton(self.tr("Delete"))
        self._place()
        self._connect()
        self.show_summaries(())

    def show_summaries(self, summaries: Sequence[Summary]) -> None:
        self._summaries = {summary.id: summary for summary in summaries}
        self._show()

    def _show(self) -> None:
        words = self.search.text().casefold().split()
        found = [each for each in self._summaries.values() if all(word in _searched(each) for word in words)]
        self.list.show_lines([self._line(each) for each in found])
        if self.list.current() is None:
            self.list.choose_first()
        nothing = self.tr("No summary has these words.") if words else self.tr("Summaries you make are kept here.")
        self._none.setText("" if found else nothing)
        self._none.setVisible(not found)
        self.list.setVisible(bool(found))
        for button in (self.open, self.delete):
            button.setEnabled(bool(found))

    def _line(self, summary: Summary) -> Line:
        made = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(summary.made)), QLocale.FormatType.ShortFormat)
        begins = one_line(plain_of(summary.text[:_BEGIN]))
        return Line(summary.id, one_line(summary.title), f"{form_words(summary.form)}  ·  {begins}", day(summary.made),
                    tip=made)  # fmt: skip

    def _tell(self, key: Hashable, signal: str) -> None:
        if isinstance(key, int):
            (self.opened if signal == "opened" else self.deleted).emit(key)

    def _place(self) -> None:
        self.search.setPlaceholderText(self.tr("Find a summary"))
        self.search.setAccessibleName(self.tr("Find a summary"))
        add_clear_button(self.search)
        self.open.setObjectName("primary")
        for button in (self.open, self.delete):
            button.setAccessibleName(button.text())
        top = QHBoxLayout()
        top.addWidget(self.search, 1)
        top.addWidget(self.open)
        top.addWidget(self.delete)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self._none)
        column.addWidget(self.list, 1)
        column.addStretch(0)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._show)
        self.search.returnPressed.connect(self.list.setFocus)
        self.list.opened.connect(lambda key: self._tell(key, "opened"))
        self.list.removed.connect(lambda key: self._tell(key, "deleted"))
        self.open.clicked.connect(lambda: self._tell(self.list.current(), "opened"))
        self.delete.clicked.connect(lambda: self._tell(self.list.current(), "deleted"))


class _HistoryList(LineList):
    removed = Signal(object)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.current() is not None:
            self.removed.emit(self.current())
        else:
            super().keyPressEvent(event)


def _searched(summary: Summary) -> str:
    return f"{summary.title} {summary.text}".casefold()
