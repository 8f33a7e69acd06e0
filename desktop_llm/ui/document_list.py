"""What is to be summed up: a row for each file says what was read of it, or why it could not be, and takes it away."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_llm.documents.document import Document
from desktop_llm.errors import Problem
from desktop_llm.ui.amounts import count
from desktop_llm.ui.attachment_chips import pages_of
from desktop_llm.ui.elided_label import ElidedLabel
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.notice import in_words
from desktop_llm.ui.shown_text import shown
from desktop_llm.ui.summary_events import DocumentRead, NotRead, ReadingEnded

_tickets = itertools.count(1)


@dataclass(eq=False)
class Entry:
    """One row: being read while there is neither a document nor a problem. `known`: a summary that was made of it."""

    name: str
    document: Document | None = None
    problem: Problem | None = None
    known: int = 0
    ticket: int = field(default_factory=lambda: next(_tickets))

    @property
    def reading(self) -> bool:
        return self.document is None and self.problem is None


class DocumentList(QWidget):
    changed = Signal()
    cancelled = Signal(int)  # the ticket of what was being read
    opened = Signal(int)  # the number of a summary
    left = Signal()  # what had the keyboard is gone

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Documents to summarize"))
        self.entries: list[Entry] = []
        self.rows: dict[Entry, DocumentRow] = {}
        self._fixed = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    @property
    def documents(self) -> tuple[Document, ...]:
        return tuple(entry.document for entry in self.entries if entry.document)

    @property
    def reading(self) -> bool:
        return any(entry.reading for entry in self.entries)

    def begin(self, name: str) -> int:
        """The ticket of what is being read from now on."""
        entry = Entry(name)
        self._put(entry)
        return entry.ticket

    def show_documents(self, documents: Sequence[Document]) -> None:
        """These in place of all others."""
        self.remove_all()
        for document in documents:
            self._put(Entry(document.path.name, document))

    def adopt(self, entries: Sequence[Entry]) -> None:
        """Those of another list, also what is still being read."""
        for entry in entries:
            self._put(entry)

    def remove_all(self) -> None:
        for entry in list(self.entries):
            self._drop(entry)

    def take(self, event: DocumentRead | NotRead | ReadingEnded) -> bool:
        """Whether it was still wanted and new."""
        place = next((n for n, entry in enumerate(self.entries) if entry.reading and entry.ticket == event.ticket), -1)
        if place < 0:
            return False
        match event:
            case DocumentRead(_, document, known) if document.hash not in {each.hash for each in self.documents}:
                self._put(Entry(document.path.name, document, known=known), place)
            case DocumentRead():
                return False
            case NotRead(_, name, problem):
                self._put(Entry(name, problem=problem), place)
            case ReadingEnded():
                self._drop(self.entries[place])
        self.changed.emit()
        return True

    def fix(self, fixed: bool) -> None:
        """Nothing can be taken away while it is being summed up."""
        self._fixed = fixed
        for row in self.rows.values():
            row.fix(fixed)

    def _put(self, entry: Entry, place: int | None = None) -> None:
        at = len(self.entries) if place is None else place
        self.entries.insert(at, entry)
        row = self.rows[entry] = DocumentRow(entry, self)
        row.fix(self._fixed)
        row.removed.connect(self._remove)
        row.opened.connect(self.opened)
        self._column.insertWidget(at, row)

    def _remove(self, entry: Entry) -> None:
        if entry.reading:
            self.cancelled.emit(entry.ticket)
        self._drop(entry)
        self.changed.emit()
        self.left.emit()

    def _drop(self, entry: Entry) -> None:
        self.entries.remove(entry)
        row = self.rows.pop(entry)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()


class DocumentRow(QFrame):
    removed = Signal(object)
    opened = Signal(int)

    def __init__(self, entry: Entry, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("chip")
        self._entry = entry
        self._name, self._facts = ElidedLabel(), wrapped("muted")
        self._problem, self._notes = wrapped("warning"), wrapped("muted")
        self.open = QPushButton(self.tr("Open the summary made before"))
        self.close_button = IconButton("close", "")
        self._place()
        self._show()

    def text(self) -> str:
        """All that is said in it."""
        parts = (self._facts, self._problem, self._notes)
        return "\n".join([self._name.whole, *(part.text() for part in parts if not part.isHidden())])

    def fix(self, fixed: bool) -> None:
        self.close_button.setEnabled(not fixed)
        self.open.setEnabled(not fixed)

    def _show(self) -> None:
        entry, name = self._entry, shown(self._entry.name)
        title = shown(entry.document.title) if entry.document else name
        self._name.show_line(title)
        self._facts.setText(self._fact_words())
        self._problem.setText(in_words(entry.problem) if entry.problem else "")
        self._notes.setText("\n".join(map(in_words, entry.document.notes)) if entry.document else "")
        for part in (self._facts, self._problem, self._notes):
            part.setVisible(bool(part.text()))
        self.open.setVisible(bool(entry.known))
        words = self.tr("Stop reading {name}") if entry.reading else self.tr("Remove {name}")
        self.close_button.rename(words.format(name=name))
        self.setAccessibleName(self.text())

    def _fact_words(self) -> str:
        document, name = self._entry.document, shown(self._entry.name)
        if self._entry.reading:
            return self.tr("Is being read…")
        if document is None:
            return ""
        length = self.tr("{count} characters").format(count=count(document.passages[-1].end))
        told = name if name != shown(document.title) else ""
        return "  ·  ".join(filter(None, (told, pages_of(document.pages) if document.pages else "", length)))

    def _place(self) -> None:
        self._name.show_as("strong")
        self.open.setObjectName("flat")
        self.open.setAccessibleName(self.open.text())
        self.open.clicked.connect(lambda: self.opened.emit(self._entry.known))
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.clicked.connect(lambda: self.removed.emit(self._entry))
        head = QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 4, 8)
        column.setSpacing(2)
        column.addLayout(head)
        for part in (self._facts, self._problem, self._notes):
            column.addWidget(part)
        column.addWidget(self.open, 0, Qt.AlignmentFlag.AlignLeading)
