"""A summary being made: how far it is, how long it takes, what was noted so far, and the way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from desktop_llm.summarizer import Merging, NoteGrew, PieceRead, Planned, SummaryEvent, SummaryGrew
from desktop_llm.ui.amounts import count, duration
from desktop_llm.ui.facts_grid import wrapped

_STEPS = 1000
_WORTH_TELLING = 2.0  # seconds


class SummaryProgress(QFrame):
    """Above the text, while there is something to tell."""

    stopped = Signal()
    continued = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Progress"))
        self._planned: Planned | None = None
        self._read: PieceRead | None = None
        self.words = wrapped("fact")
        self.bar = QProgressBar()
        self.stop, self.go_on = QPushButton(self.tr("Stop")), QPushButton(self.tr("Go on"))
        self._place()
        self.hide()

    def begin(self) -> None:
        self._planned = self._read = None
        self._show(self.tr("Getting ready…"), stops=True)
        self.bar.setRange(0, 0)  # how long that takes nobody knows

    def show_stopping(self) -> None:
        self.words.setText(self.tr("Stopping…"))
        self.stop.setEnabled(False)

    def show_stopped(self, *, failed: bool = False) -> None:
        """What was read is kept; why it `failed` is told elsewhere."""
        self._show(self._stopped_words(), stops=False)
        if not failed:
            self._announce()

    def has_focus(self) -> bool:
        return self.stop.hasFocus() or self.go_on.hasFocus()

    def end(self) -> None:
        self.hide()

    def take(self, event: SummaryEvent) -> None:
        match event:
            case Planned():
                self._planned = event
                self._tell(self.tr("Reading the text…"), None)
            case PieceRead():
                self._read = event
                self._tell(self.read_words(event), event.done / max(event.pieces, 1))
            case NoteGrew() if self._read is None and self._planned:
                self._tell(self._begun_words(self._planned), 0.0)
            case Merging(level, done, of):
                said = self.tr("Putting the notes together, step {level}: {done} of {of}")
                self._tell(said.format(level=level, done=count(done), of=count(of)), done / max(of, 1))
            case SummaryGrew() if self.words.text() != self.tr("The summary is being written…"):
                self._tell(self.tr("The summary is being written…"), None)

    def read_words(self, read: PieceRead) -> str:
        """12 of 28 parts read, 140 of 312 pages, about 6 min left."""
        said = [self.tr("{done} of {pieces} parts read").format(done=count(read.done), pieces=count(read.pieces))]
        if read.of_pages:
            pages = self.tr("{pages} of {of} pages")
            said.append(pages.format(pages=count(read.pages), of=count(read.of_pages)))
        if read.seconds_left >= _WORTH_TELLING:
            said.append(self.tr("about {time} left").format(time=duration(read.seconds_left)))
        return self.tr(", ").join(said)

    def _begun_words(self, planned: Planned) -> str:
        return self.tr("{done} of {pieces} parts read").format(done=count(0), pieces=count(planned.pieces))

    def _stopped_words(self) -> str:
        read = self._read
        if read is None:
            return self.tr("Stopped; what was read is kept.")
        said = self.tr("Stopped; what was read is kept: {done} of {pieces} parts.")
        return said.format(done=count(read.done), pieces=count(read.pieces))

    def _tell(self, words: str, share: float | None) -> None:
        """`share`: of what is being done just now, None where nobody knows."""
        self.words.setText(words)
        self.bar.setRange(0, 0 if share is None else _STEPS)
        if share is not None:
            self.bar.setValue(round(share * _STEPS))
        self.bar.setAccessibleDescription(words)

    def _show(self, words: str, *, stops: bool) -> None:
        self.words.setText(words)
        self.stop.setVisible(stops)
        self.stop.setEnabled(stops)
        self.go_on.setVisible(not stops)
        self.bar.setVisible(stops or self._read is not None)
        if not stops:
            self.bar.setRange(0, _STEPS)
            self.bar.setValue(round(_STEPS * self._read.done / max(self._read.pieces, 1)) if self._read else 0)
        self.show()

    def _announce(self) -> None:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.words.text()))

    def _place(self) -> None:
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the summary"))
        self.go_on.setObjectName("primary")
        for button in (self.stop, self.go_on):
            button.setAccessibleName(button.text())
        self.stop.clicked.connect(self.stopped)
        self.go_on.clicked.connect(self.continued)
        row = QHBoxLayout()
        row.addWidget(self.words, 1)
        row.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.go_on, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.bar)
