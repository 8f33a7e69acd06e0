"""Which preset a chat has, and what can be done with presets: kept, renamed, handed on, taken over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QMenu, QWidget

from desktop_llm.fields import Values
from desktop_llm.layers import Layers
from desktop_llm.storage.prompts import Preset, free
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.line_dialog import LineDialog


class PresetBar(QWidget):
    """`saved` brings a preset as it is to be kept, and the one in whose place; `used` the key of the one chosen."""

    used = Signal(str)
    saved = Signal(object, object)
    deleted = Signal(object)
    restored = Signal(object)
    exported = Signal(object, object)  # to this file, this preset
    imported = Signal(object)
    for_model = Signal()  # what the chat has is to hold for every chat with its model

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presets: tuple[Preset, ...] = ()
        self._own: tuple[Preset, ...] = ()
        self._key = ""
        self._values: Values = {}
        self._changed = False
        self.choice = _Choice()
        self.more = IconButton("more", self.tr("More to do with presets"))
        self._make_actions()
        self._place()
        self.choice.activated.connect(self._on_activated)

    def preset_of(self, key: str) -> Preset | None:
        return next((preset for preset in self._presets if key and preset.key == key), None)

    @property
    def preset(self) -> Preset | None:
        return self.preset_of(self._key)

    def show_presets(self, presets: tuple[Preset, ...], own: tuple[Preset, ...]) -> None:
        self._presets, self._own = presets, own
        self._show()

    def show_layers(self, key: str, layers: Layers, has_model: bool) -> None:
        """What the chat has: its preset and what it has beside."""
        self._key, self._values, self._changed = key, {**layers.preset, **layers.chat}, bool(layers.chat)
        self.save_for_model.setEnabled(has_model and bool(self._values))
        self._show()

    def _show(self) -> None:
        preset = self.preset
        names = [self.tr("No preset"), *(each.name for each in self._presets)]
        if self._key and preset is None:
            names.append(self.tr("A preset that was deleted"))
        row = self._presets.index(preset) + 1 if preset else len(names) - 1 if self._key else 0
        if self._changed and self._key:
            names[row] = self.tr("{preset}, changed").format(preset=names[row])
        if names != [self.choice.itemText(place) for place in range(self.choice.count())]:
            self.choice.clear()
            self.choice.addItems(names)
        self.choice.setCurrentIndex(row)
        self._enable(preset)

    def _enable(self, preset: Preset | None) -> None:
        built_in = preset is not None and bool(preset.origin)
        self.save_as.setEnabled(bool(self._values))
        self.save_changes.setEnabled(preset is not None and self._changed)
        self.save_changes.setText(self.tr("Keep these changes in “{preset}”").format(preset=_in_menu(preset)))
        self.save_changes.setVisible(preset is not None)
        self.restore.setVisible(built_in and preset in self._own)
        for action in (self.rename, self.duplicate, self.delete, self.export):
            action.setEnabled(preset is not None)

    # ---- what the person does

    def _on_activated(self, row: int) -> None:
        """What was deleted cannot be chosen, only left."""
        if row <= len(self._presets):
            self.used.emit(self._presets[row - 1].key if row else "")
        else:
            self._show()

    def ask_save_as(self) -> None:
        title, name = self.tr("Save as preset"), self.tr("Name of the preset")
        self._ask(title, name, "", self._save_as)

    def _ask(self, title: str, words: str, text: str, act: Callable[[str], None]) -> None:
        dialog = LineDialog(title, words, text, self.window())
        dialog.given.connect(act)
        dialog.open()

    def _save_as(self, name: str) -> None:
        if name.strip():
            self.saved.emit(Preset(name.strip(), self._values), None)

    def _save_changes(self) -> None:
        if preset := self.preset:
            self.saved.emit(replace(preset, sampling=self._values), preset)

    def _ask_rename(self) -> None:
        if preset := self.preset:
            title, name = self.tr("Rename the preset"), self.tr("Name of the preset")
            self._ask(title, name, preset.name, lambda given: self._rename(preset, given))

    def _rename(self, preset: Preset, name: str) -> None:
        if name.strip():
            self.saved.emit(replace(preset, name=name.strip()), preset)

    def _duplicate(self) -> None:
        if preset := self.preset:
            self.saved.emit(free(preset), None)

    def _delete(self) -> None:
        if preset := self.preset:
            self.deleted.emit(preset)

    def _restore(self) -> None:
        if preset := self.preset:
            self.restored.emit(preset)

    def _import(self) -> None:
        title, kinds = self.tr("Import presets"), self.tr("Presets (*.json);;All files (*)")
        path, _ = QFileDialog.getOpenFileName(self, title, str(Path.home()), kinds)
        if path:
            self.imported.emit(Path(path))

    def _export(self) -> None:
        if preset := self.preset:
            name = "".join(letter if letter.isalnum() or letter in " -_" else "_" for letter in preset.name)
            title, begin = self.tr("Export the preset"), Path.home() / f"{name}.json"
            path, _ = QFileDialog.getSaveFileName(self, title, str(begin), self.tr("Presets (*.json)"))
            if path:
                target = Path(path)
                self.exported.emit(target if target.suffix else target.with_suffix(".json"), preset)

    # ---- how it looks

    def _make_actions(self) -> None:
        menu = QMenu(self)
        self.save_as = menu.addAction(self.tr("Save as preset…"))
        self.save_changes = menu.addAction("")
        self.save_for_model = menu.addAction(self.tr("Use these values in every chat with this model"))
        menu.addSeparator()
        self.rename = menu.addAction(self.tr("Rename…"))
        self.duplicate = menu.addAction(self.tr("Duplicate"))
        self.restore = menu.addAction(self.tr("Back to the original"))
        self.delete = menu.addAction(self.tr("Delete"))
        menu.addSeparator()
        self.import_ = menu.addAction(self.tr("Import…"))
        self.export = menu.addAction(self.tr("Export…"))
        self.more.open_menu(menu)
        for action, act in self._acts().items():
            action.triggered.connect(act)

    def _acts(self) -> dict[QAction, Callable[[], object]]:
        return {
            self.save_as: self.ask_save_as, self.save_changes: self._save_changes,
            self.save_for_model: self.for_model.emit, self.rename: self._ask_rename,
            self.duplicate: self._duplicate, self.restore: self._restore,
            self.delete: self._delete, self.import_: self._import, self.export: self._export,
        }  # fmt: skip

    def _place(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.choice, 1)
        row.addWidget(self.more)
        self.choice.setAccessibleName(self.tr("Preset"))
        self._name_choice()
        self._show()

    def _name_choice(self) -> None:
        """On Linux a combo box is named by its label alone; this one is only heard."""
        label = QLabel(self.choice.accessibleName(), self)
        label.setBuddy(self.choice)
        label.hide()


class _Choice(QComboBox):
    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the panel."""
        event.ignore()


def _in_menu(preset: Preset | None) -> str:
    """A menu takes one & for a key."""
    return preset.name.replace("&", "&&") if preset else ""
