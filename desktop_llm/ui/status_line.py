"""One quiet line: what the engine is doing, how fast, and on what."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAction, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop_llm import __version__
from desktop_llm.engine.client import Generation
from desktop_llm.engine.messages import LoadingAgain, LoadProgress, ModelFacts, PromptProgress, Ready
from desktop_llm.ui.notice import in_words

_SECONDS_BETWEEN = 0.2
_WORTH_TELLING = 2.0
_REMARK_STAYS = 5_000  # milliseconds


class StatusLine(QLabel):
    """Says nothing while there is nothing to say; what has no room is cut short and stands in its tool tip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("muted")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName(self.tr("Status"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._ready: Ready | None = None
        self._facts: ModelFacts | None = None
        self._said = self._remark = self._address = ""
        self._loading = False
        self._remarks = QTimer(self)
        self._remarks.setSingleShot(True)
        self._remarks.timeout.connect(self._end_remark)
        self._shown_at = 0.0
        self._reading: tuple[int, float, int] = (0, 0.0, 0)
        self._copy = QAction(self.tr("Copy diagnosis"), self)
        self._copy.triggered.connect(self._copy_diagnosis)
        self.addAction(self._copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def say(self, text: str) -> None:
        self._said = text
        self.setAccessibleDescription(text)
        self._shown_at = time.monotonic()
        self._fit()

    def rest(self) -> None:
        """What was told of an answer is over, or is another chat's: what the model runs on stands here again."""
        self._address = ""
        self._end_remark()
        if not self._loading:
            self.say(self._device())

    def remark(self, text: str) -> None:
        """Stands here for a moment in place of what is said, whatever that becomes."""
        self._remark = text
        self._remarks.start(_REMARK_STAYS)
        self._fit()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def _end_remark(self) -> None:
        self._remarks.stop()
        self._remark = ""
        self._fit()

    def point(self, address: str) -> None:
        """Shows where a link leads while the pointer is on it."""
        self._address = address
        self._fit()

    def said(self) -> str:
        return self._said

    def show_ready(self, ready: Ready) -> None:
        self._ready = ready

    def show_loading(self, progress: LoadProgress) -> None:
        self._loading = True
        percent = f"{progress.fraction:.0%}".rstrip("%")
        self.say(self.tr("Loading {name}: {percent} %").format(name=progress.path.stem, percent=percent))

    def show_loading_again(self, again: LoadingAgain) -> None:
        self._loading = True
        self.say(in_words(again.problem))

    def show_loaded(self, facts: ModelFacts) -> None:
        self._facts, self._loading = facts, False
        self.say(self._device())

    def show_unloaded(self, why: str = "") -> None:
        self._facts, self._loading = None, False
        self.say(why)

    def show_waiting(self, waits: bool) -> None:
        """One engine writes all answers, and this one's turn is to come, or has."""
        waiting = self.tr("Waiting for another answer…")
        if waits != (self._said == waiting) and not self._loading:
            self.say(waiting if waits else self._device())

    def show_reading(self, progress: PromptProgress) -> None:
        generation, begun, done = self._reading
        if generation != progress.generation:
            generation, begun, done = self._reading = (progress.generation, time.monotonic(), progress.done)
        if progress.done < progress.total:
            self.say(self._reading_words(progress, time.monotonic() - begun, done))

    def show_writing(self, generation: Generation) -> None:
        if time.monotonic() - self._shown_at >= _SECONDS_BETWEEN:
            self.show_written(generation)

    def show_written(self, generation: Generation) -> None:
        self.say("  ·  ".join(filter(None, (self._speed(generation.speed), self._device()))))

    def _reading_words(self, progress: PromptProgress, seconds: float, done_before: int) -> str:
        percent = round(100 * progress.done / progress.total)
        done = progress.done - done_before
        left = seconds / done * (progress.total - progress.done) if done else 0.0
        if left < _WORTH_TELLING:
            return self.tr("Reading prompt: {percent} %").format(percent=percent)
        return self.tr("Reading prompt: {percent} %, {seconds} s left").format(percent=percent, seconds=round(left))

    def _speed(self, speed: float) -> str:
        return self.tr("{speed} tokens/s").format(speed=self.locale().toString(speed, "f", 1)) if speed else ""

    def _device(self) -> str:
        """What the model runs on, and why on nothing faster."""
        if self._facts is None:
            return ""
        count = self._facts.threads
        threads = self.tr("1 thread") if count == 1 else self.tr("{count} threads").format(count=count)
        why = in_words(replace(self._facts.why, remedy="")) if self._facts.why else ""
        return "  ·  ".join(filter(None, (self._facts.device, threads, why)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        whole = self._address or self._remark or self._said
        shown = self.fontMetrics().elidedText(whole, Qt.TextElideMode.ElideRight, self.width())
        self.setText(shown)
        self.setToolTip(whole if shown != whole else "")

    def _copy_diagnosis(self) -> None:
        """For whoever is asked for help: what the engine is, what it sees, and what it made of the model."""
        told = [f"Desktop LLM {__version__}", self._said]
        told += [] if self._ready is None else [self._ready.engine, self._ready.system, *map(str, self._ready.devices)]
        told += [] if self._facts is None else [str(self._facts)]
        QGuiApplication.clipboard().setText("\n".join(told))
