"""What shapes the answers of this chat: its system prompt and its sampling."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPlainTextEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop_llm.settings import Sampling
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.field_form import FieldForm

_TYPING = 400  # milliseconds until what was changed is kept
_WIDTH = 276


class ChatPanel(QScrollArea):
    """`changed` brings the system prompt and the sampling, None where that is as in the settings."""

    changed = Signal(str, object)

    def __init__(self, usual: Sampling, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._usual = usual
        self._own: Sampling | None = None
        self.system = QPlainTextEdit()
        self.sampling = FieldForm(usual)
        self._reset = QPushButton(self.tr("Use my settings"))
        self._typing = QTimer(self)
        self._place()
        self._connect()

    def show_prompt(self, system: str, sampling: Sampling | None) -> None:
        """Shows what a conversation has; what is being typed there stays."""
        self._own = sampling
        if system != self.system.toPlainText() and not self._typing.isActive():
            with QSignalBlocker(self.system):
                self.system.setPlainText(system)
        self.sampling.show_group(sampling or self._usual)
        self._reset.setEnabled(sampling is not None)

    def keep(self) -> None:
        """What was changed just now is told at once."""
        if self._typing.isActive():
            self._typing.stop()
            self._tell()

    def _on_sampling(self, sampling: Sampling) -> None:
        self._own = None if sampling == self._usual else sampling
        self._reset.setEnabled(self._own is not None)
        self._typing.start()

    def _to_usual(self) -> None:
        self.sampling.show_group(self._usual)
        self._on_sampling(self._usual)

    def _tell(self) -> None:
        self.changed.emit(self.system.toPlainText(), self._own)

    def _place(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(10)
        self.system.setAccessibleName(self.tr("System prompt"))
        self.system.setPlaceholderText(self.tr("How the model is to answer in this chat, for example: Answer briefly."))
        self.system.setTabChangesFocus(True)
        self.system.setFixedHeight(120)
        for part in (_heading(self.tr("System prompt")), self.system, _heading(self.tr("Sampling")), self.sampling):
            column.addWidget(part)
        column.addLayout(button_row(self._reset))
        column.addStretch(1)
        self.setObjectName("panel")
        self.setFixedWidth(_WIDTH)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Settings of this chat"))

    def _connect(self) -> None:
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING)
        self._typing.timeout.connect(self._tell)
        self.system.textChanged.connect(self._typing.start)
        self.sampling.changed.connect(self._on_sampling)
        self._reset.clicked.connect(self._to_usual)


def _heading(text: str) -> QLabel:
    heading = QLabel(text)
    heading.setObjectName("section")
    return heading
