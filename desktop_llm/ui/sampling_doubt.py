"""One quiet line above the composer: what in the sampling of this chat would not work, before anything is sent."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from desktop_llm.errors import Problem
from desktop_llm.sampling_check import contradictions, refusal
from desktop_llm.settings import Sampling
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.notice import in_words


class SamplingDoubt(QWidget):
    """Out of sight while all is well, and once it was closed until something else is wrong."""

    opened = Signal()  # the settings of the chat are to be seen
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.refusal: Problem | None = None
        """Why the engine would not answer at all."""
        self._contradictions: tuple[Problem, ...] = ()
        self._refused: Problem | None = None
        self._wrong: Problem | None = None
        self._closed: tuple[str, ...] = ()
        self._text = wrapped("warning")
        self.open, self._close = QPushButton(self.tr("Open settings")), IconButton("close", self.tr("Close notice"))
        self._place()

    def show_sampling(self, sampling: Sampling) -> None:
        self._contradictions, self._refused = contradictions(sampling), refusal(sampling)
        self._refresh()

    def show_wrong(self, problem: Problem | None) -> None:
        """What is wrong with the grammar or schema."""
        self._wrong = problem
        self._refresh()

    def text(self) -> str:
        return "" if self.isHidden() else self._text.text()

    def _refresh(self) -> None:
        self.refusal = self._refused or self._wrong
        sentences = self._sentences
        if sentences != self._closed:
            self._closed = ()
        self._text.setText(sentences[0] if sentences else "")
        self._text.setToolTip("\n".join(sentences))
        self._text.setAccessibleName(" ".join(sentences))
        self.setVisible(bool(sentences) and not self._closed)

    @property
    def _sentences(self) -> tuple[str, ...]:
        """What the engine refuses comes first."""
        wrong = (self._wrong,) if self._wrong else ()
        return tuple(dict.fromkeys(map(in_words, (*wrong, *self._contradictions))))

    def close_line(self) -> None:
        self._closed = self._sentences
        self.hide()
        self.left.emit()

    def _place(self) -> None:
        self.setAccessibleName(self.tr("Settings of this chat"))
        self.open.setAccessibleName(self.tr("Open the settings of this chat"))
        self.open.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.open.setObjectName("flat")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.addWidget(self._text, 1)
        for button in (self.open, self._close):
            row.addWidget(button)
        self.open.clicked.connect(self.opened)
        self._close.clicked.connect(self.close_line)
        self.hide()
