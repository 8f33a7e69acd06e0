"""One quiet line: what the engine is doing, how fast, and on what."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from desktop_llm.engine.client import Generation
from desktop_llm.engine.messages import LoadProgress, ModelFacts, PromptProgress

_SECONDS_BETWEEN = 0.2
_WORTH_TELLING = 2.0


class StatusLine(QLabel):
    """Says nothing while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("muted")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName(self.tr("Status"))
        self._facts: ModelFacts | None = None
        self._shown_at = 0.0
        self._reading: tuple[int, float, int] = (0, 0.0, 0)

    def say(self, text: str) -> None:
        self.setText(text)
        self.setAccessibleDescription(text)
        self._shown_at = time.monotonic()

    def show_loading(self, progress: LoadProgress) -> None:
        percent = f"{progress.fraction:.0%}".rstrip("%")
        self.say(self.tr("Loading {name}: {percent} %").format(name=progress.path.stem, percent=percent))

    def show_loaded(self, facts: ModelFacts) -> None:
        self._facts = facts
        self.say(self._device())

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
        self.say(", ".join(filter(None, (self._speed(generation.speed), self._device()))))

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
        if self._facts is None:
            return ""
        if self._facts.threads == 1:
            return self.tr("{device}, 1 thread").format(device=self._facts.device)
        return self.tr("{device}, {threads} threads").format(device=self._facts.device, threads=self._facts.threads)
