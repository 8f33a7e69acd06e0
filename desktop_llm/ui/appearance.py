"""Which of the two looks the program has on: the system's, or the one the person chose."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.theme import DARK, LIGHT, Theme, apply, has_fonts_of_language, resize

_SCHEMES = {"system": Qt.ColorScheme.Unknown, "light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}


class Appearance(QObject):
    """Dresses the whole program, and again whenever the system or the person changes the theme."""

    changed = Signal(object)  # the Theme now on

    def __init__(self, application: QApplication, choice: str, text_size: int = 100) -> None:
        super().__init__(application)
        self._application = application
        self.choice = ""
        self.text_size = text_size
        """In percent of the system's."""
        self.theme: Theme = LIGHT
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._dress)
        self.choose(choice)

    def choose(self, choice: str) -> None:
        """`choice` is "system", "light" or "dark"."""
        self.choice = choice
        QGuiApplication.styleHints().setColorScheme(_SCHEMES[choice])
        self._dress()

    def follow_language(self) -> None:
        """To go through all widgets takes a while: only where it has other fonts."""
        if not has_fonts_of_language(self._application):
            self._dress()

    def choose_text_size(self, percent: int) -> None:
        if percent != self.text_size:
            self.text_size = percent
            resize(self._application, self.theme, percent)
            self.changed.emit(self.theme)

    def _dress(self) -> None:
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        if self.choice in ("light", "dark"):
            dark = self.choice == "dark"
        self.theme = DARK if dark else LIGHT
        apply(self._application, self.theme, self.text_size)
        self.changed.emit(self.theme)


class AppearanceButton(IconButton):
    chosen = Signal(str)

    def __init__(self, choice: str, parent: QWidget | None = None) -> None:
        super().__init__("appearance", "", parent)
        self.rename(self.tr("Appearance"))
        menu = QMenu(self)
        one = QActionGroup(menu)
        for value, words in self._words().items():
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(value == choice)
            action.setData(value)
            one.addAction(action)
        menu.triggered.connect(self._choose)
        self.open_menu(menu)

    def choose(self, choice: str) -> None:
        """As a click in its menu would."""
        next(action for action in self.menu().actions() if action.data() == choice).trigger()

    def show_choice(self, choice: str) -> None:
        """It was chosen elsewhere."""
        next(action for action in self.menu().actions() if action.data() == choice).setChecked(True)

    def _words(self) -> dict[str, str]:
        return {"system": self.tr("Like the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}

    def _choose(self, action: QAction) -> None:
        self.chosen.emit(action.data())
