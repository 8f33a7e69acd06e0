"""What is being downloaded: how far each is, how fast, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop_llm.ui import amounts
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.notice import in_words

if TYPE_CHECKING:
    # The card of a first start shows such a row, and the first window does not wait for the network's modules.
    from desktop_llm.library.downloads import Job

_RUNNING = ("queued", "checking", "downloading", "waiting", "finishing")
_STEPS = 1000
_SHOWN_ROWS = 3


class DownloadsStrip(QScrollArea):
    """One row for each download, also those that were broken off; `used` names the file of one that is done."""

    paused = Signal(str)
    continued = Signal(str)
    cancelled = Signal(str)
    used = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, DownloadRow] = {}
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(16, 8, 16, 8)
        self._column.setSpacing(6)
        self.setObjectName("downloads")
        self.setAccessibleName(self.tr("Downloads"))
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def show_job(self, job: Job) -> None:
        if job.id not in self.rows:
            self._add(job)
        self.rows[job.id].show_job(job)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def remove(self, job: str) -> None:
        row = self.rows.pop(job, None)
        if row is not None:
            self._column.removeWidget(row)
            row.deleteLater()
            self._fit()

    def share(self) -> float | None:
        """How much of what is under way is there; nothing where nothing is."""
        jobs = [row.job for row in self.rows.values() if row.job.phase in _RUNNING]
        total = sum(job.total for job in jobs)
        return sum(job.done for job in jobs) / total if total else None

    def _add(self, job: Job) -> None:
        row = self.rows[job.id] = DownloadRow(job)
        row.paused.connect(self.paused)
        row.continued.connect(self.continued)
        row.cancelled.connect(self.cancelled)
        row.used.connect(self.used)
        row.closed.connect(self.remove)
        self._column.addWidget(row)

    def _fit(self) -> None:
        """As high as its rows, up to three, and never most of the window; then it scrolls."""
        rows = list(self.rows.values())[:_SHOWN_ROWS]
        self.setVisible(bool(rows))
        margins = self._column.contentsMargins()
        width = self.viewport().width() - margins.left() - margins.right()
        height = sum(row.heightForWidth(width) + self._column.spacing() for row in rows)
        self.setFixedHeight(min(height + margins.top() + margins.bottom(), self.window().height() * 2 // 5))


class DownloadRow(QFrame):
    paused = Signal(str)
    continued = Signal(str)
    cancelled = Signal(str)
    used = Signal(object)
    closed = Signal(str)

    def __init__(self, job: Job, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.job = job
        self._name, self._words = QLabel(), LeadingLabel("")
        self._words.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, _STEPS)
        self._pause = IconButton("pause", self.tr("Pause"))
        self._go_on = QPushButton(self.tr("Resume"))
        self._use = QPushButton(self.tr("Use this model"))
        self._cancel = IconButton("close", self.tr("Cancel the download"))
        self._place()
        self._connect()

    def show_job(self, job: Job) -> None:
        ended = job.phase != self.job.phase and job.phase in ("done", "failed")
        pressed = self._pause.hasFocus() or self._go_on.hasFocus()
        self.job = job
        self._words.setText(self.words())
        self._words.show_as("danger" if job.phase == "failed" else "muted")
        self._bar.setValue(round(_STEPS * job.done / job.total) if job.total else 0)
        self._bar.setVisible(job.phase != "done")
        self._pause.setVisible(job.phase in _RUNNING)
        self._go_on.setVisible(job.phase in ("paused", "failed") and bool(job.repository))
        self._go_on.setText(self.tr("Try again") if job.phase == "failed" else self.tr("Resume"))
        self._use.setVisible(job.phase == "done")
        if pressed:
            # Otherwise it would go to the button that deletes what came.
            shown = [button for button in (self._pause, self._go_on, self._use) if not button.isHidden()]
            (shown or [self._cancel])[0].setFocus()
        cancel = self.tr("Cancel and delete what was downloaded")
        self._cancel.rename(self.tr("Close") if job.phase == "done" else cancel)
        if ended:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, f"{job.file}: {self.words()}"))

    def words(self) -> str:
        """The state of it in one line."""
        job = self.job
        done, total = amounts.size(job.done), amounts.size(job.total)
        far = self.tr("{done} of {total}").format(done=done, total=total) if job.total else done
        told = {
            "queued": self.tr("Waiting for its turn"),
            "checking": self.tr("Checking what is already here"),
            "downloading": "  ·  ".join(filter(None, (far, self._speed(), self._left()))),
            "waiting": self.tr("{far}, trying again by itself").format(far=far),
            "finishing": self.tr("Checking that every byte is right"),
            "done": self.tr("Done: {total}, checked").format(total=total),
            "paused": self.tr("Paused: {far}").format(far=far),
            "failed": self.tr("Interrupted: {far}").format(far=far),
        }[job.phase]
        return "  ·  ".join((told, in_words(job.problem))) if job.problem else told

    def _speed(self) -> str:
        return self.tr("{size}/s").format(size=amounts.size(self.job.speed)) if self.job.speed else ""

    def _left(self) -> str:
        if self.job.left is None:
            return ""
        return self.tr("{time} left").format(time=amounts.duration(self.job.left))

    def _place(self) -> None:
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setText(self.job.file.rpartition("/")[2])
        self._name.setToolTip(self.job.id)
        self._name.setObjectName("strong")
        self._bar.setAccessibleName(self._name.text())
        words = QVBoxLayout()
        words.setSpacing(3)
        for part in (self._name, self._bar, self._words):
            words.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.addLayout(words, 1)
        for button in (self._pause, self._go_on, self._use, self._cancel):
            row.addWidget(button)

    def _connect(self) -> None:
        for button in (self._go_on, self._use):
            button.setAccessibleName(button.text())
        self._pause.clicked.connect(lambda: self.paused.emit(self.job.id))
        self._go_on.clicked.connect(lambda: self.continued.emit(self.job.id))
        self._use.clicked.connect(lambda: self.used.emit(self.job.path))
        self._cancel.clicked.connect(self._on_cancel)

    def _on_cancel(self) -> None:
        if self.job.phase != "done":
            self.cancelled.emit(self.job.id)
        self.closed.emit(self.job.id)
