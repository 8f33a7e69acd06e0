"""What shapes the answers of this chat: its system prompt and its sampling."""

from __future__ import annotations

from dataclasses import fields, replace

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

from desktop_llm.conversation import ChatPrompt
from desktop_llm.fields import Values
from desktop_llm.layers import Layers, model_values
from desktop_llm.library.models import ModelFile
from desktop_llm.sampling_check import contradictions
from desktop_llm.settings import Sampling, Settings
from desktop_llm.storage.prompt_variables import Variable
from desktop_llm.storage.prompts import Item, Persona, Preset
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.field_form import FieldForm
from desktop_llm.ui.field_row import FieldRow
from desktop_llm.ui.model_values import ModelValues
from desktop_llm.ui.next_token_view import NextTokenView
from desktop_llm.ui.persona_choice import PersonaChoice
from desktop_llm.ui.preset_bar import PresetBar
from desktop_llm.ui.session import PromptsChanged
from desktop_llm.ui.variables_dialog import Filling, VariablesDialog

_TYPING = 400  # milliseconds until what was changed is kept


class ChatPanel(QScrollArea):
    """`changed` brings the ChatPrompt."""

    changed = Signal(object)
    persona_saved = Signal(object)
    managed = Signal()  # the prompts and personas are to be seen
    model_sampling_changed = Signal(object, object)  # of this model, to these values

    def __init__(self, settings: Settings, filling: Filling, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        usual = settings.sampling
        self._settings, self._filling = settings, filling
        self._model: ModelFile | None = None
        self._recommended: Values = {}
        self._preset = ""
        self._layers = Layers(usual)
        self._awaited: Item | None = None
        self.persona = PersonaChoice(usual)
        self.presets, self.model_values = PresetBar(), ModelValues()
        self.save_persona, self.manage = QPushButton(self.tr("Save as…")), QPushButton(self.tr("Manage…"))
        self.system = QPlainTextEdit()
        self.sampling = FieldForm(usual, check=contradictions)
        self.next_tokens = NextTokenView(usual)
        self._reset = QPushButton(self.tr("Use my settings"))
        self._typing = QTimer(self)
        self._place()
        self._connect()

    @property
    def prompt(self) -> ChatPrompt:
        return ChatPrompt(self.system.toPlainText(), self._preset, self._layers.chat)

    def show_prompt(self, prompt: ChatPrompt) -> None:
        """Shows what a conversation has; what is being typed there stays."""
        system, self._preset, own = prompt
        self._layers = replace(self._layers, chat=own)
        if system != self.system.toPlainText() and not self._typing.isActive():
            with QSignalBlocker(self.system):
                self.system.setPlainText(system)
        self._show_layers()

    def show_settings(self, settings: Settings) -> None:
        """They say something else by now; a chat with values of its own keeps them."""
        self._settings = settings
        self._show_layers()

    def show_model(self, model: ModelFile | None, recommended: Values) -> None:
        """Which model answers, and what its author recommends."""
        self._model, self._recommended = model, recommended
        self._show_layers()

    def show_presets(self, changed: PromptsChanged) -> None:
        """What was saved here the chat has from now on."""
        awaited, self._awaited = self._awaited, None
        self.presets.show_presets(changed.prompts.presets, changed.own.presets)
        if awaited is not None and awaited == changed.asked and isinstance(changed.kept, Preset):
            self._take_preset(changed.kept.key, self._layers.chat)
        else:
            self._awaited = awaited
            self._show_layers()

    def _show_layers(self) -> None:
        """What holds now, and where each value comes from."""
        preset, model = self.presets.preset_of(self._preset), self._model.path if self._model else None
        self._layers = Layers(
            self._settings.sampling, model_values(self._settings, model), preset.sampling if preset else {},
            self._layers.chat,
        )  # fmt: skip
        below = self._layers.below_chat
        self.persona.show_usual(below)
        self.presets.show_layers(self._preset, self._layers, model is not None)
        self.model_values.show_values(self._model.name if self._model else "", self._layers.model, self._recommended)
        self.sampling.show_usual(below, self._origins())
        self.sampling.show_group(self._layers.sampling)
        self._reset.setEnabled(bool(self._layers.chat or self._preset))
        self._show_persona()

    def _origins(self) -> dict[str, str]:
        words = {
            "default": "",
            "settings": self.tr("From your settings"),
            "model": self.tr("From this model's values"),
            "preset": self.tr("From the preset"),
            "chat": self.tr("Of this chat"),
        }
        return {each.name: words[self._layers.layer(each.name)] for each in fields(Sampling)}

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

    def _on_edited(self, values: Values) -> None:
        self._layers = self._layers.with_chat({**self._layers.chat, **values})
        self._show_layers()
        self._typing.start()

    def _to_usual(self) -> None:
        self._layers, self._preset = replace(self._layers, chat={}), ""
        self._show_layers()
        self._typing.start()

    # ---- presets and the model's own values

    def _use_preset(self, key: str) -> None:
        """What the preset says holds; the chat's own values stay where it says nothing."""
        preset = self.presets.preset_of(key)
        named = preset.sampling if preset else {}
        self._take_preset(key, {name: value for name, value in self._layers.chat.items() if name not in named})

    def _take_preset(self, key: str, own: Values) -> None:
        self._layers, self._preset = replace(self._layers, chat=own), key
        self._show_layers()
        self._layers = self._layers.with_chat(own)
        self._show_layers()
        self._typing.stop()
        self._tell()

    def _await(self, item: Item) -> None:
        """Only what is kept is taken on: where that fails, the chat has what it had."""
        self._awaited = item

    def _for_model(self) -> None:
        if self._model:
            values = {**self._layers.model, **self._layers.preset, **self._layers.chat}
            self.model_sampling_changed.emit(self._model.path, values)
            self._take_preset("", {})

    def _take_recommended(self) -> None:
        if self._model:
            self.model_sampling_changed.emit(self._model.path, {**self._layers.model, **self._recommended})

    def _forget_model_values(self) -> None:
        if self._model:
            self.model_sampling_changed.emit(self._model.path, {})

    # ---- personas

    def _on_system(self) -> None:
        self._show_persona()
        self._typing.start()

    def _show_persona(self) -> None:
        system = self.system.toPlainText()
        self.persona.show_prompt(system, self._layers.sampling)
        self.save_persona.setEnabled(bool(system.strip() or self._layers.chat))

    def _pick(self, persona: Persona | None) -> None:
        if persona is None:
            self._take_on("", {})
        else:
            self._filling.fill(persona.name, persona.system, lambda text: self._take_on(text, persona.sampling))

    def _take_on(self, system: str, sampling: Values) -> None:
        """What was written there before comes back by undoing."""
        with QSignalBlocker(self.system):
            cursor = self.system.textCursor()
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(system)
        self.show_prompt(ChatPrompt(system, self._preset, self._layers.with_chat(sampling).chat))
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
            self.persona_saved.emit(Persona(name.strip(), self.system.toPlainText(), self._layers.chat))

    def _tell(self) -> None:
        self.changed.emit(self.prompt)

    def _place(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(10)
        self.system.setAccessibleName(self.tr("System prompt"))
        self.system.setPlaceholderText(self.tr("How the model is to answer in this chat, for example: Answer briefly."))
        self.system.setTabChangesFocus(True)
        self.system.setFixedHeight(120)
        heading = _heading(self.tr("Persona"))
        heading.setBuddy(self.persona)
        column.addWidget(heading)
        column.addWidget(self.persona)
        column.addLayout(button_row(self.save_persona, self.manage))
        self._name_buttons()
        for part in (_heading(self.tr("System prompt")), self.system, _heading(self.tr("Sampling"))):
            column.addWidget(part)
        column.addWidget(self.presets)
        column.addWidget(self.model_values)
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
        self.sampling.edited.connect(self._on_edited)
        self.presets.used.connect(self._use_preset)
        self.presets.saved.connect(lambda item, _before: self._await(item))
        self.presets.for_model.connect(self._for_model)
        self.model_values.recommended_taken.connect(self._take_recommended)
        self.model_values.forgotten.connect(self._forget_model_values)
        self.sampling.shown.connect(self.next_tokens.show_sampling)
        self._reset.clicked.connect(self._to_usual)


def _heading(text: str) -> QLabel:
    heading = QLabel(text)
    heading.setObjectName("section")
    return heading
