"""The prompts to choose from, above the message: `/` at its beginning opens them, what follows it filters them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from desktop_llm.storage.prompt_variables import outline
from desktop_llm.storage.prompts import SavedPrompt
from desktop_llm.ui.composer import Composer
from desktop_llm.ui.line_list import Line, LineList

SLASH = "/"
_WIDEST, _HIGHEST, _ABOVE = 560, 380, 6
_SOUGHT = 500  # characters of a prompt's text that are searched
_MANAGE = "manage"
_CHOOSES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
_STEPS: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -5, Qt.Key.Key_PageDown: 5}


class PromptPicker(QFrame):
    """The message keeps the focus; the keys that choose come here while this is shown."""

    chosen = Signal(object, bool)  # a SavedPrompt, and whether it replaces what is written
    managed = Signal()

    def __init__(self, composer: Composer, parent: QWidget) -> None:
        super().__init__(parent)
        self._page, self._composer, self._edit = parent, composer, composer.edit
        self._prompts: tuple[SavedPrompt, ...] = ()
        self._before = ""
        self._begun = False  # whether the slash came from the button
        self._typed = False  # the message is only what was typed to find a prompt
        self.list = LineList(self.tr("Prompts"))
        self._place()
        self._connect()

    def set_prompts(self, prompts: tuple[SavedPrompt, ...]) -> None:
        self._prompts = prompts
        if self.isVisible():
            self._filter()

    def open(self) -> None:
        """From the button: an empty message begins with the slash, what is written stays."""
        self._edit.setFocus()
        if self.isVisible():
            self.hide()
        elif self._edit.toPlainText():
            self._filter()
            if not self.isVisible():
                self._show("", typed=False)
        else:
            self._begun = True
            self._edit.insertPlainText(SLASH)

    # ---- what is typed

    def _on_text(self) -> None:
        text, before = self._edit.toPlainText(), self._before
        self._before, self._begun = text, self._begun and text.startswith(SLASH)
        if text == SLASH * 2 and before == SLASH and self.isVisible():
            self.hide()
            self._edit.setPlainText(SLASH)
            self._edit.moveCursor(self._edit.textCursor().MoveOperation.End)
        elif text == SLASH and not before and not self._edit.composing:
            self._show("")
        elif self.isVisible():
            self._filter()

    def _filter(self) -> None:
        """Where nothing fits it is a message that begins with a slash."""
        text = self._edit.toPlainText()
        if text.startswith(SLASH) and "\n" not in text and self._fitting(text[1:]):
            self._show(text[1:])
        else:
            self.hide()

    def _fitting(self, query: str) -> list[SavedPrompt]:
        """Those with all the words, in any order; where they are in the name comes first."""
        words = query.casefold().split()
        found = [prompt for prompt in self._prompts if _has(f"{prompt.name} {prompt.text[:_SOUGHT]}", words)]
        return sorted(found, key=lambda prompt: not _has(prompt.name, words))

    def _show(self, query: str, *, typed: bool = True) -> None:
        self._typed = typed
        lines = [Line(prompt, prompt.name, outline(prompt.text)) for prompt in self._fitting(query)]
        manage = Line(_MANAGE, self.tr("Prompts and personas…"))
        self.list.show_lines([*lines, manage])
        self.list.choose_first()
        self._fit()
        self.show()
        self.raise_()

    # ---- keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._composer:
            if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self.isVisible():
                self._fit()
            return False
        if not self.isVisible() or self._edit.composing or not isinstance(event, QKeyEvent):
            return False
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
            event.accept()  # else it would stop the answer
            return True
        return event.type() == QEvent.Type.KeyPress and self._obeyed(event)

    def _obeyed(self, event: QKeyEvent) -> bool:
        key = event.key()
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if key in _STEPS:
            self._step(_STEPS[key])
        elif key in _CHOOSES:
            self._choose()
        elif key == Qt.Key.Key_Escape:
            self._leave()
        else:
            return False
        return True

    def _leave(self) -> None:
        """A slash that nobody typed goes, too."""
        self.hide()
        if self._begun and self._edit.toPlainText() == SLASH:
            self._edit.clear()

    def _step(self, step: int) -> None:
        """One at a time goes round, a page stops at the end."""
        last = self.list.model().rowCount() - 1
        row = self.list.currentIndex().row() + step
        row = row % (last + 1) if abs(step) == 1 else min(max(row, 0), last)
        self.list.setCurrentIndex(self.list.model().index(row, 0))
        spoken = str(self.list.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole))
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, spoken))

    def _choose(self) -> None:
        key = self.list.current()
        self.hide()
        if key == _MANAGE:
            self.managed.emit()
        elif isinstance(key, SavedPrompt):
            self.chosen.emit(key, self._typed)

    # ---- how it looks

    def _fit(self) -> None:
        """Above the message, beginning where it begins; as high as its rows and the room allow."""
        above = QRect(self._composer.mapTo(self._page, QPoint()), self._composer.size())
        rows = sum(self.list.sizeHintForRow(row) for row in range(self.list.model().rowCount()))
        height = min(rows + 2 * self.frameWidth() + 12, _HIGHEST, above.top() - 2 * _ABOVE)
        width = min(above.width(), _WIDEST)
        left = above.left() if self.isLeftToRight() else above.right() + 1 - width
        self.setGeometry(left, above.top() - _ABOVE - height, width, height)
        self.list.scrollTo(self.list.currentIndex())

    def _place(self) -> None:
        self.setObjectName("popup")
        self.setAccessibleName(self.tr("Prompts"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(self.list)
        self.hide()

    def _on_focus(self, focused: bool) -> None:
        if not focused:
            self.hide()

    def _connect(self) -> None:
        self._edit.installEventFilter(self)
        self._composer.installEventFilter(self)
        self._edit.textChanged.connect(self._on_text)
        self._edit.focused.connect(self._on_focus)
        self._composer.prompts.clicked.connect(self.open)
        self.list.clicked.connect(self._choose)


def _has(text: str, words: list[str]) -> bool:
    known = text.casefold()
    return all(word in known for word in words)
