"""The bar for what has no place of its own: one sentence, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_llm.errors import Problem
from desktop_llm.ui.icons import IconButton, icon

_MOST_SENTENCES = 4
_MARK = QSize(18, 18)


def in_words(problem: Problem) -> str:
    """The problem's sentence in the language of the program."""
    return problem.sentence(translated, _value_in_words)


def translated(sentence: str) -> str:
    """A sentence of a module below ui/ in the language of the program."""
    return QCoreApplication.translate("errors", sentence)


def _value_in_words(value: str) -> str:
    """A phrase of ours, or names of settings; anything else is left as it is."""
    known = translated(value)
    if known != value or not value:
        return known
    return ", ".join(QCoreApplication.translate("settings", name) for name in value.split(", "))


class _Mark(QLabel):
    """Whether it is good news or not, for those who do not see it by the colour."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("mark")
        self._picture = "warning"

    def show_good(self, good: bool) -> None:
        self._picture = "check" if good else "warning"
        self.setAccessibleName(self.tr("Done") if good else self.tr("Attention"))
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._draw()

    def _draw(self) -> None:
        colour = self.palette().color(QPalette.ColorRole.WindowText)
        self.setPixmap(icon(self._picture, colour.name()).pixmap(_MARK, self.devicePixelRatioF()))


@dataclass(frozen=True)
class _Standing:
    """What is so until it is mended."""

    text: str
    action: str
    act: Callable[[], None] | None
    details: str


class NoticeBar(QFrame):
    """Says one thing after another; what stands comes back when what was said over it goes."""

    left = Signal()  # what had the keyboard's focus in it is gone

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setAccessibleName(self.tr("Notice"))
        self._details = ""
        self._said: dict[str, str] = {}
        """What more there is to know of each sentence."""
        self._standing: _Standing | None = None
        self._act: Callable[[], None] | None = None
        self._mark = _Mark()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action, self._copy = QPushButton(), QPushButton(self.tr("Copy details"))
        self.others: list[QPushButton] = []
        self._below = QHBoxLayout()
        self._close = IconButton("close", self.tr("Close notice"))
        self._place()
        self._show_good(False)
        self.hide()

    def say_done(self, text: str, action: str = "", act: Callable[[], None] | None = None) -> None:
        """What the person asked for was done, and how to take it back."""
        self.say(text, action, act)
        self._show_good(True)

    def say(self, text: str, action: str = "", act: Callable[[], None] | None = None, details: str = "") -> None:
        focused = QApplication.focusWidget() if self._has_focus() else None
        self._details, self._act, self._said = details, act, {text: details}
        self._show_good(False)
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._action.setText(action)
        self._action.setAccessibleName(action)
        self._action.setVisible(bool(action))
        self._copy.setVisible(bool(details))
        for button in self.others:
            button.hide()
            button.deleteLater()
        self.others.clear()
        self.show()
        if focused is not None and QApplication.focusWidget() is not focused:
            self.left.emit()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def say_also(self, text: str, details: str = "") -> None:
        """One more of several like sentences; of many the first are shown, and how many more there are."""
        said = {} if self.isHidden() or self._action.isVisible() or self.others else self._said
        said = {**{known: more for known, more in said.items() if known != text}, text: details}
        sentences = list(said)
        shown = sentences[: _MOST_SENTENCES + (len(sentences) == _MOST_SENTENCES + 1)]
        more = len(sentences) - len(shown)
        rest = [self.tr("and {count} more").format(count=more)] if more else []
        self.say("\n".join([*shown, *rest]), details="\n\n".join(filter(None, said.values())))
        self._said = said

    def stand(self, text: str, action: str = "", act: Callable[[], None] | None = None, details: str = "") -> None:
        """Says what is so for a while, until end_standing() or the person closes it."""
        self._standing = _Standing(text, action, act, details)
        if action:
            self.say(text, action, act, details)
        else:
            self.say_also(text, details)

    def end_standing(self) -> None:
        standing, self._standing = self._standing, None
        if standing:
            self.withdraw([standing.text])

    def withdraw(self, sentences: Collection[str]) -> None:
        """They are true no longer; what else is said stays."""
        left = {text: details for text, details in self._said.items() if text not in sentences}
        if self.isHidden() or len(left) == len(self._said):
            return
        self.hide()
        for text, details in left.items():
            self.say_also(text, details)

    def setVisible(self, visible: bool) -> None:  # noqa: N802 - Qt's
        focused = not visible and self._has_focus()
        standing = None if visible else self._standing
        if standing:
            self.say(standing.text, standing.action, standing.act, standing.details)
        else:
            super().setVisible(visible)
        if focused:
            self.left.emit()

    @property
    def is_good(self) -> bool:
        return bool(self.property("good"))

    def _show_good(self, good: bool) -> None:
        """A style sheet asks for a property only where the widget is polished anew."""
        if good != self.is_good:
            self.setProperty("good", good)
            for part in (self, self._mark):
                part.style().polish(part)
        self._mark.show_good(good)

    def _has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def add(self, action: str, act: Callable[[], None]) -> None:
        """One more thing that can be done about what was said."""
        button = QPushButton(action)
        button.setAccessibleName(action)
        button.clicked.connect(self.hide)
        button.clicked.connect(act)
        self.others.append(button)
        self._below.insertWidget(len(self.others) - 1, button)

    def report(self, problem: Problem, action: str = "", act: Callable[[], None] | None = None) -> None:
        self.say(in_words(problem), action, act, problem.details)

    def text(self) -> str:
        return "" if self.isHidden() else self._text.text()

    def _place(self) -> None:
        # What more can be done stands below the sentence, which would else have little room.
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(16, 6, 8, 6)
        column.setSpacing(6)
        column.addLayout(row)
        column.addLayout(self._below)
        self._below.addStretch(1)
        row.addWidget(self._mark)
        row.addWidget(self._text, 1)
        for button in (self._action, self._copy):
            row.addWidget(button)
        row.addWidget(self._close)
        self._action.clicked.connect(self._do)
        self._copy.clicked.connect(self._copy_details)
        self._close.clicked.connect(self._dismiss)

    def _dismiss(self) -> None:
        """What stands goes where nothing but it is said."""
        if self._standing and list(self._said) == [self._standing.text]:
            self._standing = None
        self.hide()

    def _do(self) -> None:
        act = self._act  # not that of what comes back now
        self._dismiss()
        if act is not None:
            act()

    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._text.text()}\n\n{self._details}")
