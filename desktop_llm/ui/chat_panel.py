"""What shapes the answers of this chat: its system prompt and its sampling."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.sampling_check import contradictions
from desktop_llm.settings import Sampling
from desktop_llm.storage.prompt_variables import Variable
from desktop_llm.storage.prompts import Persona
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.field_form import FieldForm
from desktop_llm.ui.field_row import FieldRow
from desktop_llm.ui.next_token_view import NextTokenView
from desktop_llm.ui.persona_choice import PersonaChoice
from desktop_llm.ui.variables_dialog import Filling, VariablesDialog

_TYPING = 400  # milliseconds until what was changed is kept


class ChatPanel(QScrollArea):
    """`changed` brings the system prompt and the sampling, None where that is as in the settings."""

    changed = Signal(str, object)
    persona_saved = Signal(object)
    managed = Signal()  # the prompts and personas are to be seen

    def __init__(self, usual: Sampling, filling: Filling, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._usual, self._filling = usual, filling
        self._own: Sampling | None = None
        self.persona = PersonaChoice(usual)
        self.save_persona, self.manage = QPushButton(self.tr("Save as…")), QPushButton(self.tr("Manage…"))
        self.system = QPlainTextEdit()
        self.sampling = FieldForm(usual, check=contradictions)
        self.next_tokens = NextTokenView(usual)
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
        self._show_persona()

    def show_usual(self, usual: Sampling) -> None:
        """The settings say something else by now; a chat with values of its own keeps them."""
        self._usual = usual
        self.persona.show_usual(usual)
        self.sampling.show_group(self._own or usual)
        self._show_persona()

    def show_wrong(self) -> None:
        """What is told to be wrong comes into sight."""
        wrong = self.sampling.wrong_part()
        if isinstance(wrong, FieldRow) and (control := wrong.label.buddy()) is not None:
            control.setFocus()
        if wrong is not None:
            QTimer.singleShot(0, self, lambda: self.ensureWidgetVisible(wrong))

    def keep(self) -> None:
        """What was changed just now is told at once."""
        if self._typing.isActive():
            self._typing.stop()
            self._tell()

    def _on_sampling(self, sampling: Sampling) -> None:
        self._own = None if sampling == self._usual else sampling
        self._reset.setEnabled(self._own is not None)
        self._show_persona()
        self._typing.start()

    def _to_usual(self) -> None:
        self.sampling.show_group(self._usual)
        self._on_sampling(self._usual)

    def _on_system(self) -> None:
        self._show_persona()
        self._typing.start()

    def _show_persona(self) -> None:
        system = self.system.toPlainText()
        self.persona.show_prompt(system, self._own)
        self.save_persona.setEnabled(bool(system.strip()) or self._own is not None)

    def _pick(self, persona: Persona | None) -> None:
        if persona is None:
            self._take_on("", None)
        else:
            self._filling.fill(persona.name, persona.system, lambda text: self._take_on(text, persona.sampling))

    def _take_on(self, system: str, sampling: Sampling | None) -> None:
        """What was written there before comes back by undoing."""
        with QSignalBlocker(self.system):
            cursor = self.system.textCursor()
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(system)
        self.show_prompt(system, None if sampling == self._usual else sampling)
        self._typing.stop()
        self._tell()

    def _ask_name(self) -> None:
        title, name = self.tr("Save as persona"), self.tr("Name of the persona")
        dialog = VariablesDialog(title, [Variable(name)], {}, self.window(), self.tr("Save"))
        dialog.given.connect(lambda given: self._save_as(given[name]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _save_as(self, name: str) -> None:
        if name.strip():
            self.persona_saved.emit(Persona(name.strip(), self.system.toPlainText(), self._own))

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
        column.addWidget(_heading(self.tr("Persona")))
        column.addWidget(self.persona)
        column.addLayout(button_row(self.save_persona, self.manage))
        self._name_buttons()
        for part in (_heading(self.tr("System prompt")), self.system, _heading(self.tr("Sampling"))):
            column.addWidget(part)
        column.addWidget(self.next_tokens)
        column.addWidget(self.sampling)
        column.addLayout(button_row(self._reset))
        column.addStretch(1)
        self.setObjectName("panel")
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Settings of this chat"))

    def _name_buttons(self) -> None:
        names = {
            self.save_persona: self.tr("Save this system prompt and sampling as a persona…"),
            self.manage: self.tr("Manage prompts and personas…"),
        }
        for button, name in names.items():
            button.setAccessibleName(name)
            button.setToolTip(name)

    def _connect(self) -> None:
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING)
        self._typing.timeout.connect(self._tell)
        self.system.textChanged.connect(self._on_system)
        self.persona.picked.connect(self._pick)
        self.save_persona.clicked.connect(self._ask_name)
        self.manage.clicked.connect(self.managed)
        self.sampling.changed.connect(self._on_sampling)
        self.sampling.shown.connect(self.next_tokens.show_sampling)
        self._reset.clicked.connect(self._to_usual)


def _heading(text: str) -> QLabel:
    heading = QLabel(text)
    heading.setObjectName("section")
    return heading
