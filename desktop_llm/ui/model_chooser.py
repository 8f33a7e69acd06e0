"""Which model answers: the starter, the files found on this computer and in whose keeping, or another file."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from desktop_llm.library.models import ModelFile
from desktop_llm.ui.icons import icon
from desktop_llm.ui.theme import Theme

_LONGEST_NAME = 36


class ModelChooser(QPushButton):
    chosen = Signal(object)  # the model's path
    wants_file = Signal()
    wants_models = Signal()
    unloaded = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("model")
        self.setAccessibleName(self.tr("Model"))
        # Before there is a menu, which asks for it only once: a long list is to scroll, not to fill the screen.
        self.setStyleSheet("QMenu { menu-scrollable: 1; }")
        self._menu = QMenu(self)
        self._choices = QActionGroup(self._menu)
        self._models: list[ModelFile] = []
        self._current: Path | None = None
        self._loaded = False
        self._menu.setAccessibleName(self.accessibleName())
        self.setMenu(self._menu)
        self._show()

    def set_models(self, models: list[ModelFile], current: Path | None) -> None:
        self._models, self._current = models, current
        self._show()

    @property
    def models(self) -> Sequence[ModelFile]:
        return self._models

    def is_loaded(self) -> bool:
        return self._loaded

    def show_loaded(self, loaded: bool) -> None:
        """Whether a model is in memory, which can be given back."""
        self._loaded = loaded
        self._fill()

    def set_theme(self, theme: Theme) -> None:
        self.setIcon(icon("model", theme.muted))

    def _show(self) -> None:
        name = self._name()
        self.setText(_shortened(name).replace("&", "&&"))
        self.setAccessibleDescription(name)
        self.setToolTip(str(self._current or name))
        self._fill()

    def _name(self) -> str:
        if self._current is None:
            return self.tr("No model")
        known = (model.name for model in self._models if model.path == self._current)
        return next(known, self._current.stem)

    def _fill(self) -> None:
        self._menu.clear()
        self._choices.deleteLater()
        self._choices = QActionGroup(self._menu)
        self._choices.triggered.connect(lambda action: self.chosen.emit(Path(action.data())))
        for _, group in itertools.groupby(_by_origin(self._models), key=_origin):
            for model in group:
                self._add(model)
            self._menu.addSeparator()
        self._menu.addAction(self.tr("Choose a file…")).triggered.connect(self.wants_file)
        unload = self._menu.addAction(self.tr("Unload from memory"))
        unload.setEnabled(self._loaded)
        unload.triggered.connect(self.unloaded)
        self._menu.addAction(self.tr("Models…")).triggered.connect(self.wants_models)

    def _add(self, model: ModelFile) -> None:
        action = self._menu.addAction(self._described(model).replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(model.path == self._current)
        action.setData(str(model.path))
        action.setToolTip(str(model.path))
        self._choices.addAction(action)

    def _described(self, model: ModelFile) -> str:
        size = self.locale().formattedDataSize(model.size, 1, self.locale().DataSizeFormat.DataSizeSIFormat)
        name = self.tr("{name}, starter").format(name=model.name) if model.starter else model.name
        origin = self.tr("Downloads") if model.origin == "Downloads" else model.origin
        return "  ·  ".join(filter(None, (_shortened(name), size, origin)))


def _by_origin(models: list[ModelFile]) -> list[ModelFile]:
    """The program's and the person's own first, then one program after the other, each as it was found."""
    order = {origin: place for place, origin in enumerate(dict.fromkeys(["", *map(_origin, models)]))}
    return sorted(models, key=lambda model: order[_origin(model)])


def _origin(model: ModelFile) -> str:
    return "" if model.added else model.origin


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
