"""The command palette: a few letters of a command, a model or a conversation, and Enter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop_llm.ui.commands import Command
from desktop_llm.ui.line_list import Line, LineList

_WIDTH, _FROM_TOP, _MARGIN = 560, 64, 24
_ROWS, _MOST, _LONGEST = 10, 60, 200
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_IN_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_TAB = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
_STAYS = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)


class CommandPalette(QFrame):
    """Lies over `parent`, asks `commands` each time it opens, and keeps what was used last until the program ends.

    A part of the window and no window of its own, for input methods do not reach popups everywhere.
    """

    def __init__(self, commands: Callable[[], Sequence[Command]], parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._commands = commands
        self._offered: dict[Hashable, tuple[str, Command]] = {}
        self._used: list[Hashable] = []
        self._before: QWidget | None = None
        self.field = QLineEdit()
        self.list = LineList(self.tr("Commands and chats"))
        self._nothing = QLabel(self.tr("Nothing was found"))
        self._set_up()
        self.hide()

    def toggle(self) -> None:
        if self.isVisible():
            self.dismiss()
        else:
            self._open()

    def dismiss(self) -> None:
        """Closes it; the keyboard is where it was before."""
        before, self._before = self._before, None
        self.hide()
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self) -> None:
        self._offered = {_key(command): (folded(command.words), command) for command in self._commands()}
        self._before = QApplication.focusWidget()
        self.field.clear()
        self._show_found()
        self.show()
        self.raise_()
        self._lie()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_found(self) -> None:
        found = self._found()
        self.list.show_lines([_line(key, command) for key, command in found])
        self.list.choose_first()
        self.list.setVisible(bool(found))
        self._nothing.setVisible(not found)
        self._lie()

    def _found(self) -> list[tuple[Hashable, Command]]:
        """The best first; among equals what was used last, then as declared."""
        words = folded(self.field.text()).split()
        ages = {key: age for age, key in enumerate(reversed(self._used))}
        ranked = [
            (distance, ages.get(key, len(ages)), place, key, command)
            for place, (key, (text, command)) in enumerate(self._offered.items())
            if (distance := how_far(words, text)) is not None
        ]
        return [(key, command) for *_, key, command in sorted(ranked, key=lambda found: found[:3])[:_MOST]]

    def _carry_out(self) -> None:
        key = self.list.current()
        if key not in self._offered:
            return
        self.dismiss()
        if key in self._used:
            self._used.remove(key)
        self._used.append(key)
        self._offered[key][1].act()

    def _announce(self, key: Hashable) -> None:
        """The focus stays in the field, so a screen reader would say nothing of the list."""
        if self.isVisible() and key in self._offered:
            command = self._offered[key][1]
            said = ", ".join(filter(None, (command.words, _beside(command))))
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.field, said))

    # ---- events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._parent:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self._lie()
        elif isinstance(event, QKeyEvent):
            return self._take_key(event)
        elif isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() not in _STAYS:
            self.hide()
        return super().eventFilter(watched, event)

    def _take_key(self, event: QKeyEvent) -> bool:
        """The window's shortcuts give way to the keys that lead through the list."""
        key = Qt.Key(event.key())
        if key not in (*_ENTER, *_IN_LIST, *_TAB, Qt.Key.Key_Escape):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() == QEvent.Type.KeyPress:
            self._obey(key, event)
        return True

    def _obey(self, key: Qt.Key, event: QKeyEvent) -> None:
        if key == Qt.Key.Key_Escape:
            self.dismiss()
        elif key in _ENTER:
            self._carry_out()
        elif key in _IN_LIST:
            self.list.keyPressEvent(event)

    # ---- how it looks

    def _lie(self) -> None:
        room = self._parent.size()
        width = min(_WIDTH, room.width() - 2 * _MARGIN)
        rows = min(_ROWS, self.list.model().rowCount())
        self.list.setFixedHeight(max(1, rows) * max(1, self.list.sizeHintForRow(0)))
        height = min(self.sizeHint().height(), room.height() - _FROM_TOP - _MARGIN)
        self.resize(QSize(width, height))
        self.move((room.width() - width) // 2, _FROM_TOP)

    def _set_up(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        for part in (self.field, self.list, self._nothing):
            column.addWidget(part)
        self.setObjectName("palette")
        self.setAccessibleName(self.tr("Command palette"))
        self._nothing.setObjectName("muted")
        self._dress_field()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setVerticalScrollMode(LineList.ScrollMode.ScrollPerItem)
        self.list.setMouseTracking(True)
        self.list.clicked.connect(self._on_clicked)
        self.list.chosen.connect(self._announce)
        self._parent.installEventFilter(self)

    def _dress_field(self) -> None:
        self.field.setPlaceholderText(self.tr("A command, a model or a chat"))
        self.field.setAccessibleName(self.tr("Search commands, models and chats"))
        self.field.setMaxLength(_LONGEST)
        self.field.textChanged.connect(self._show_found)
        self.field.installEventFilter(self)

    def _on_clicked(self, _index: QModelIndex) -> None:
        self._carry_out()


def _key(command: Command) -> Hashable:
    return command.words if command.key is None else (command.kind, command.key)


def _line(key: Hashable, command: Command) -> Line:
    return Line(key, " ".join(command.words.split()), badge=_beside(command))


def _beside(command: Command) -> str:
    first = command.shortcuts[:1]
    return first[0].toString(QKeySequence.SequenceFormat.NativeText) if first else command.kind


# ---- finding


def folded(text: str) -> str:
    """Without case, accents and the differences of wide and narrow letters."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def how_far(words: Sequence[str], text: str) -> int | None:
    """How far `text` is from having all words, in any order, each at the beginning of one of its own; None: too far."""
    far = 0
    for word in words:
        if (distance := _distance(word, text)) is None:
            return None
        far += distance
    return far


def _distance(word: str, text: str) -> int | None:
    if word in text:
        return 0 if re.search(rf"\b{re.escape(word)}", text) else 1
    return 3 if _abbreviates(word, text) else None


def _abbreviates(word: str, text: str) -> bool:
    """Whether its letters are those of `text` in order, each word of which begins with one or has none: "nch"."""
    if not set(word) <= set(text):
        return False
    left = word
    for whole in re.findall(r"\w+", text):
        if left and whole.startswith(left[0]):
            for letter in whole:
                left = left.removeprefix(letter) if left.startswith(letter) else left
    return not left
